"""Binding letters that were drawn apart, by whatever process, into one tagged PDF.

WeasyPrint writes one PDF from documents that are all in memory. Here it draws each document once
(``draw``): its own file is written, and it is taken apart into plain data, which another process can send.
A batch shares its fonts. A ``Book`` numbers the objects of all batches anew and joins their pages, structure
trees and outlines.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import pydyf

from wbl.paper.laying_out import OPTIONS

if TYPE_CHECKING:
    from weasyprint import Document

_REFERENCE = re.compile(rb"(\d+) 0 R")
# Where an object refers to another, that one's number stands between zero bytes: no text holds any.
_HOLE = re.compile(rb"\0(\d+)\0")
# What the book has one of, and a batch, by the number in leaves, which is beyond those of all objects.
_DOCUMENT, _FONTS = 10**9, 10**9 + 1
# From the numbers of one document's objects to those of the next.
_APART = 10**6


class Thing(NamedTuple):
    """A numbered object: ``head`` as a PDF spells it but for its references, and a stream's bytes.

    A tuple, since a hundred of them a letter go from process to process.
    """

    number: int
    head: bytes
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Leaves:
    """The pages of some documents, taken apart. Numbers count within these leaves alone."""

    things: tuple[Thing, ...]
    pages: tuple[int, ...]
    tagged: tuple[bytes, ...]  # by page: the structure elements of its marked pieces
    elements: tuple[int, ...]  # the structure elements right below the document's
    outlines: tuple[int, ...]  # the topmost ones
    outline_count: int  # with those below them
    catalog: dict[str, bytes]  # language, metadata and so on: a book takes its first leaves'
    info: dict[str, bytes]


def draw(documents: Sequence[Document], own_files: Sequence[bool]) -> tuple[tuple[bytes, ...], Leaves]:
    """Draw documents without links or forms once: a PDF of each that has an own file, and their leaves.

    Raises
    ------
    ValueError
        Where there is none, or where a page holds a link: joining those is not foreseen.
    """
    if not documents:
        raise ValueError("there is no letter to print")
    files: list[bytes] = []
    parts: list[Leaves] = []
    fonts: dict[str, Any] = {}
    for place, (document, own_file) in enumerate(zip(documents, own_files, strict=True), 1):

        def take(document: Document, drawn: Any, base: int = place * _APART, own: bool = own_file) -> None:
            taken = _Taken(drawn)
            if own:
                files.append(taken.written())
            parts.append(taken.apart(document.metadata.lang, base))
            del drawn.objects[1:]  # what is left for WeasyPrint to write is nothing

        document.write_pdf(finisher=take, **OPTIONS)
        _add_fonts(fonts, document)
    return tuple(files), Leaves(
        things=(*_font_things(fonts), *(thing for part in parts for thing in part.things)),
        pages=tuple(number for part in parts for number in part.pages),
        tagged=tuple(row for part in parts for row in part.tagged),
        elements=tuple(number for part in parts for number in part.elements),
        outlines=tuple(number for part in parts for number in part.outlines),
        outline_count=sum(part.outline_count for part in parts),
        catalog=parts[0].catalog,
        info=parts[0].info,
    )


def _add_fonts(fonts: dict[str, Any], document: Document) -> None:
    """Add the glyphs that a document uses, which has been drawn, to fonts for a whole batch."""
    from weasyprint.text.fonts import get_hb_object_data

    for font in document.fonts.values():
        whole = fonts.setdefault(font.hash, font)
        if whole is font:
            # The document's own file holds no more of it than its glyphs.
            whole.file_content = get_hb_object_data(font.hb_face)
        else:
            for known, more in ((whole.to_unicode, font.to_unicode), (whole.widths, font.widths)):
                known.update(more)
            whole.missing.update(font.missing)


def _font_things(fonts: dict[str, Any]) -> list[Thing]:
    from weasyprint.pdf.fonts import build_fonts_dictionary

    home = pydyf.PDF()
    begin = len(home.objects)
    options = {"hinting": False, "pdf_version": "1.7"}
    by_name = build_fonts_dictionary(home, fonts, True, True, options)
    home.add_object(by_name)
    numbers = _Numbers(0, {by_name.number: _FONTS})
    return [_thing(thing, thing.data, numbers) for thing in home.objects[begin:]]


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The numbers of objects in the leaves, by those that they have where they were drawn."""

    base: int
    standing_for: dict[int, int]

    def of(self, number: int) -> int:
        return self.standing_for.get(number, self.base + number)


class _Taken:
    """A PDF as WeasyPrint has drawn it, to be written and taken apart: each stream is packed once."""

    def __init__(self, drawn: Any) -> None:
        self.drawn = drawn
        self.objects = list(drawn.objects)
        self.streams = {thing.number: thing.data for thing in self.objects if isinstance(thing, pydyf.Stream)}

    def written(self) -> bytes:
        for number, data in self.streams.items():
            self.drawn.objects[number] = _Spelled(data, stream=True)
            self.drawn.objects[number].number = number
        output = io.BytesIO()
        self.drawn.write(output, compress=True)
        return output.getvalue()

    def apart(self, language: str, base: int) -> Leaves:
        """What was drawn, with a language for it: WeasyPrint names one for a whole book."""
        catalog = dict(self.drawn.catalog)
        root = self._at(catalog.pop("StructTreeRoot"))
        document, parents = self._at(root["K"][0]), self._at(root["ParentTree"])
        outline = self._at(catalog.pop("Outlines")) if "Outlines" in catalog else None
        outlines = self._chain(outline)
        pages: list[Any] = [
            thing for thing in self.objects if isinstance(thing, dict) and thing.get("Type") == "/Page"
        ]
        if len(parents["Nums"]) != 2 * len(pages):
            raise ValueError("a page holds a link")
        for page in pages:
            # The book counts its pages anew, and names their parent.
            del page["Parent"], page["StructParents"]
        for thing in outlines:
            for key in ("Parent", "Prev", "Next"):
                thing.pop(key, None)
        elements = [self._at(reference) for reference in document["K"]]
        for element in elements:
            element["Lang"] = pydyf.String(language)
        fonts = self._at(self._at(pages[0]["Resources"])["Font"])
        one_a_book = (self.drawn.pages, self.drawn.catalog, root, document, parents, outline, fonts)
        gone = {thing.number for thing in one_a_book if thing is not None} | self._below(fonts)
        numbers = _Numbers(base, {document.number: _DOCUMENT, fonts.number: _FONTS})
        catalog.pop("Pages")
        return Leaves(
            things=tuple(
                _thing(thing, self.streams.get(thing.number), numbers)
                for thing in self.objects[1:]
                if thing.number not in gone
            ),
            pages=tuple(numbers.of(page.number) for page in pages),
            tagged=tuple(_spelled(each, numbers) for each in parents["Nums"][1::2]),
            elements=tuple(numbers.of(element.number) for element in elements),
            outlines=tuple(numbers.of(thing.number) for thing in outlines),
            outline_count=outline["Count"] if outline is not None else 0,
            catalog={key: _spelled(value, numbers) for key, value in catalog.items()},
            info={key: _spelled(value, numbers) for key, value in self.drawn.info.items()},
        )

    def _at(self, reference: bytes) -> Any:
        return self.objects[int(reference.split()[0])]

    def _chain(self, outline: Any) -> list[Any]:
        """The topmost entries of an outline."""
        found = []
        reference = outline["First"] if outline is not None else None
        while reference is not None:
            found.append(self._at(reference))
            reference = found[-1].get("Next")
        return found

    def _below(self, value: Any) -> set[int]:
        """The numbers of what a font refers to."""
        if isinstance(value, bytes) and _REFERENCE.fullmatch(value):
            thing = self._at(value)
            return {thing.number} | self._below(thing)
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return set().union(*map(self._below, inner))


def _thing(thing: Any, data: bytes | None, numbers: _Numbers) -> Thing:
    """An object for leaves; ``data`` as a PDF holds it, where it is a stream."""
    number = numbers.of(thing.number)
    if not isinstance(thing, pydyf.Stream) or data is None:
        return Thing(number, _spelled(thing, numbers))
    body = data.split(b"\nstream\n", 1)[1]
    extra = {**thing.extra, "Length": len(body) - len(b"\nendstream")}
    if thing.compress:
        extra["Filter"] = "/FlateDecode"
    return Thing(number, _spelled(extra, numbers), b"stream\n" + body)


def _spelled(value: Any, numbers: _Numbers) -> bytes:
    """A value as a PDF spells it, with a hole for each reference."""
    if isinstance(value, dict):
        pairs = (b"/%b %b" % (_plain(key), _spelled(inner, numbers)) for key, inner in value.items())
        return b"<<" + b"".join(pairs) + b">>"
    if isinstance(value, list):
        return b"[" + b" ".join(_spelled(inner, numbers) for inner in value) + b"]"
    if isinstance(value, bytes):
        reference = _REFERENCE.fullmatch(value)
        if reference:
            return b"\0%d\0" % numbers.of(int(reference[1]))
    return _plain(value)


def _plain(value: Any) -> bytes:
    if isinstance(value, str):  # most are: worth no list
        return value.encode("ascii")
    spelled: bytes = pydyf.Array([value]).data[1:-1]
    return spelled


class _Spelled(pydyf.Object):
    """An object that is spelled already."""

    def __init__(self, data: bytes = b"", *, stream: bool = False) -> None:
        super().__init__()
        self.spelled, self.stream = data, stream

    @property
    def data(self) -> bytes:
        return self.spelled

    @property
    def compressible(self) -> bool:
        return not self.stream


class Book:
    """All pages of many leaves in one tagged PDF, in their order; title and language are the first one's.

    Leaves are bound in as they come: what others draw meanwhile takes longer.
    """

    def __init__(self) -> None:
        self._pdf = pydyf.PDF()
        self._whole = [_Spelled() for _ in range(4)]  # root, document, parents, outline
        for one in self._whole:
            self._pdf.add_object(one)
        self._tagged: list[bytes] = []
        self._elements: list[bytes] = []
        self._tops: list[_Spelled] = []
        self._count = 0

    def __bool__(self) -> bool:
        """Whether there is a page in it."""
        return bool(self._tagged)

    def add(self, leaves: Leaves) -> None:
        """Bind in what a batch has drawn."""
        pdf = self._pdf
        made = {thing.number: _Spelled(stream=thing.body is not None) for thing in leaves.things}
        for number, one in made.items():
            if number in leaves.pages:
                pdf.add_page(one)
            else:
                pdf.add_object(one)
        number_of = {number: one.number for number, one in made.items()}
        number_of[_DOCUMENT] = self._whole[1].number
        for thing in leaves.things:
            made[thing.number].spelled = _filled(thing.head, number_of) + (
                b"\n" + thing.body if thing.body is not None else b""
            )
        if not self:
            pdf.catalog.update({key: _filled(value, number_of) for key, value in leaves.catalog.items()})
            pdf.info.update({key: _filled(value, number_of) for key, value in leaves.info.items()})
        for number, references in zip(leaves.pages, leaves.tagged, strict=True):
            place = len(self._tagged)
            _add(made[number], b"/Parent %b/StructParents %d" % (pdf.pages.reference, place))
            self._tagged.append(b"%d %b" % (place, _filled(references, number_of)))
        self._elements += [made[number].reference for number in leaves.elements]
        self._tops += [made[number] for number in leaves.outlines]
        self._count += leaves.outline_count

    def written(self) -> bytes:
        """The PDF; nothing can be added after it.

        Raises
        ------
        ValueError
            Where there is no page.
        """
        if not self:
            raise ValueError("there is no letter to print")
        root, document, parents, outline = self._whole
        root.spelled = b"<</Type /StructTreeRoot/K [%b]/ParentTree %b>>" % (
            document.reference,
            parents.reference,
        )
        document.spelled = b"<</Type /StructElem/S /Document/P %b/K [%b]>>" % (
            root.reference,
            b" ".join(self._elements),
        )
        parents.spelled = b"<</Nums [%b]>>" % b" ".join(self._tagged)
        self._pdf.catalog["StructTreeRoot"] = root.reference
        _join_outlines(self._pdf, outline, self._tops, self._count)
        output = io.BytesIO()
        self._pdf.write(output, compress=True)
        return output.getvalue()


def _filled(spelled: bytes, number_of: dict[int, int]) -> bytes:
    return _HOLE.sub(lambda hole: b"%d 0 R" % number_of[int(hole[1])], spelled)


def _add(thing: _Spelled, entries: bytes) -> None:
    """Add entries to a dictionary."""
    thing.spelled = thing.spelled.removesuffix(b">>") + entries + b">>"


def _join_outlines(book: pydyf.PDF, outline: _Spelled, tops: Sequence[_Spelled], count: int) -> None:
    """Chain the topmost entries, and hang them below the book's outline."""
    if not tops:
        outline.spelled = b"<<>>"
        return
    for place, top in enumerate(tops):
        _add(top, b"/Parent %b" % outline.reference)
        if place > 0:
            _add(top, b"/Prev %b" % tops[place - 1].reference)
        if place + 1 < len(tops):
            _add(top, b"/Next %b" % tops[place + 1].reference)
    ends = (tops[0].reference, tops[-1].reference, count)
    outline.spelled = b"<</First %b/Last %b/Count %d>>" % ends
    book.catalog["Outlines"] = outline.reference
