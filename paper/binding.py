"""Binding letters that were drawn apart, by whatever process, into one tagged PDF.

WeasyPrint writes one PDF from documents that are all in memory. Here each batch of documents is drawn
by it and taken apart (``leaves``) into plain data, which another process can send; ``bind`` numbers the
objects of all batches anew and joins their pages, structure trees and outlines.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pydyf

from paper.laying_out import OPTIONS

if TYPE_CHECKING:
    from weasyprint import Document

_REFERENCE = re.compile(rb"(\d+) 0 R")
# Where an object refers to another, that one's number stands between zero bytes: no text holds any.
_HOLE = re.compile(rb"\0(\d+)\0")
# What the whole book has one of, by the number that leaves refer to it with, beyond those of all objects.
_PAGES, _DOCUMENT = 10**9, 10**9 + 1


@dataclass(frozen=True, slots=True)
class Thing:
    """A numbered object: ``head`` as a PDF spells it but for its references, and a stream's bytes."""

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


def leaves(documents: Sequence[Document]) -> Leaves:
    """Documents without links or forms, drawn and taken apart.

    Raises
    ------
    ValueError
        Where there is none, or where a page holds a link: joining those is not foreseen.
    """
    if not documents:
        raise ValueError("there is no letter to print")
    pages = [page for document in documents for page in document.pages]
    languages = [document.metadata.lang for document in documents for _page in document.pages]
    taken: list[Leaves] = []

    def take(_document: Document, drawn: Any) -> None:
        taken.append(_take_apart(drawn, languages))
        del drawn.objects[1:]  # what is left for WeasyPrint to write is nothing

    documents[0].copy(pages).write_pdf(finisher=take, **OPTIONS)
    return taken[0]


def _take_apart(drawn: pydyf.PDF, languages: Sequence[str]) -> Leaves:
    root = _at(drawn, drawn.catalog.pop("StructTreeRoot"))
    document, parents = _at(drawn, root["K"][0]), _at(drawn, root["ParentTree"])
    outline = _at(drawn, drawn.catalog.pop("Outlines")) if "Outlines" in drawn.catalog else None
    outlines = _chain(drawn, outline)
    pages: list[Any] = [
        thing for thing in drawn.objects if isinstance(thing, dict) and thing.get("Type") == "/Page"
    ]
    if len(parents["Nums"]) != 2 * len(pages):
        raise ValueError("a page holds a link")
    for page in pages:
        # The book counts its pages anew, and names their parent.
        del page["Parent"], page["StructParents"]
    for thing in outlines:
        for key in ("Parent", "Prev", "Next"):
            thing.pop(key, None)
    # WeasyPrint names one language a document; a screen reader needs each letter's.
    language_of = {page.reference: language for page, language in zip(pages, languages, strict=True)}
    elements = [_at(drawn, reference) for reference in document["K"]]
    for element in elements:
        element["Lang"] = pydyf.String(language_of[element["Pg"]])
    gone = {id(thing) for thing in (drawn.pages, drawn.catalog, root, document, parents, outline)}
    kept = [thing for thing in drawn.objects[1:] if id(thing) not in gone]
    standing_for = {drawn.pages.number: _PAGES, document.number: _DOCUMENT}
    drawn.catalog.pop("Pages")
    return Leaves(
        things=tuple(_thing(thing, standing_for) for thing in kept),
        pages=tuple(page.number for page in pages),
        tagged=tuple(_spelled(each, standing_for) for each in parents["Nums"][1::2]),
        elements=tuple(element.number for element in elements),
        outlines=tuple(thing.number for thing in outlines),
        outline_count=outline["Count"] if outline is not None else 0,
        catalog={key: _spelled(value, standing_for) for key, value in drawn.catalog.items()},
        info={key: _spelled(value, standing_for) for key, value in drawn.info.items()},
    )


def _at(drawn: pydyf.PDF, reference: bytes) -> Any:
    return drawn.objects[int(reference.split()[0])]


def _chain(drawn: pydyf.PDF, outline: Any) -> list[Any]:
    """The topmost entries of an outline."""
    found = []
    reference = outline["First"] if outline is not None else None
    while reference is not None:
        found.append(_at(drawn, reference))
        reference = found[-1].get("Next")
    return found


def _thing(thing: Any, standing_for: dict[int, int]) -> Thing:
    if not isinstance(thing, pydyf.Stream):
        return Thing(thing.number, _spelled(thing, standing_for))
    thing.extra = {key: _spelled(value, standing_for) for key, value in thing.extra.items()}
    head, body = thing.data.split(b"\nstream\n", 1)
    return Thing(thing.number, head, b"stream\n" + body)


def _spelled(value: Any, standing_for: dict[int, int]) -> bytes:
    """A value as a PDF spells it, with a hole for each reference."""
    if isinstance(value, dict):
        pairs = (b"/%b %b" % (_plain(key), _spelled(inner, standing_for)) for key, inner in value.items())
        return b"<<" + b"".join(pairs) + b">>"
    if isinstance(value, list):
        return b"[" + b" ".join(_spelled(inner, standing_for) for inner in value) + b"]"
    if isinstance(value, bytes):
        reference = _REFERENCE.fullmatch(value)
        if reference:
            number = int(reference[1])
            return b"\0%d\0" % standing_for.get(number, number)
    return _plain(value)


def _plain(value: Any) -> bytes:
    spelled: bytes = pydyf.Array([value]).data[1:-1]
    return spelled


class _Spelled(pydyf.Object):  # type: ignore[misc]  # pydyf has no types
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


def bind(parts: Iterable[Leaves]) -> bytes:
    """All pages of the parts in one tagged PDF, in their order; title and language are the first one's.

    Raises
    ------
    ValueError
        Where there is no part.
    """
    book = pydyf.PDF()
    whole = [_Spelled() for _ in range(4)]
    root, document, parents, outline = whole
    for one in whole:
        book.add_object(one)
    fixed = {_PAGES: book.pages.number, _DOCUMENT: document.number}
    first: Leaves | None = None
    tagged: list[bytes] = []
    elements: list[bytes] = []
    tops: list[_Spelled] = []
    count = 0
    for part in parts:
        first = first or part
        made = {thing.number: _Spelled(stream=thing.body is not None) for thing in part.things}
        for number, one in made.items():
            if number in part.pages:
                book.add_page(one)
            else:
                book.add_object(one)
        number_of = fixed | {number: one.number for number, one in made.items()}
        for thing in part.things:
            made[thing.number].spelled = _filled(thing.head, number_of) + (
                b"\n" + thing.body if thing.body is not None else b""
            )
        for number, references in zip(part.pages, part.tagged, strict=True):
            _add(made[number], b"/Parent %b/StructParents %d" % (book.pages.reference, len(tagged)))
            tagged.append(b"%d %b" % (len(tagged), _filled(references, number_of)))
        elements += [made[number].reference for number in part.elements]
        tops += [made[number] for number in part.outlines]
        count += part.outline_count
        if part is first:
            book.catalog.update({key: _filled(value, number_of) for key, value in part.catalog.items()})
            book.info.update({key: _filled(value, number_of) for key, value in part.info.items()})
    if first is None:
        raise ValueError("there is no letter to print")
    root.spelled = b"<</Type /StructTreeRoot/K [%b]/ParentTree %b>>" % (document.reference, parents.reference)
    document.spelled = b"<</Type /StructElem/S /Document/P %b/K [%b]>>" % (
        root.reference,
        b" ".join(elements),
    )
    parents.spelled = b"<</Nums [%b]>>" % b" ".join(tagged)
    book.catalog["StructTreeRoot"] = root.reference
    _join_outlines(book, outline, tops, count)
    output = io.BytesIO()
    book.write(output, compress=True)
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
