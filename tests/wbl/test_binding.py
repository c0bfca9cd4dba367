"""A book of pages that were drawn apart: one tagged PDF, as if it had been drawn at once."""

from __future__ import annotations

import io
import pickle
import re
from collections.abc import Sequence
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject

from wbl.paper.binding import Book, Leaves, draw
from wbl.paper.laying_out import OPTIONS, lay_out, pdf

STYLE = 'body { font: 11pt "DejaVu Sans" } .long { break-after: page }'
# Every fourth one is two pages long.
WORDS = ("one", "dos", "три", "four", "cinco")
LANGUAGES = ("en", "es", "ru", "en", "es")


def page(number: int) -> Any:
    more = '<p class="long">More of it.</p><p>The end (5 0 R).</p>' if number == 3 else ""
    return lay_out(
        f'<!doctype html><html lang="{LANGUAGES[number]}"><head><title>Letter {number}</title>'
        f'<meta name="author" content="Office {number}"></head><body><h1>{WORDS[number]}</h1>'
        f"<h2>Below</h2><p>Said <b>firmly</b>.</p><ul><li>A point</li></ul>{more}</body></html>",
        STYLE,
    )


def leaves(documents: list[Any]) -> Leaves:
    return draw(documents, [False] * len(documents))[1]


def bind(parts: Sequence[Leaves]) -> bytes:
    book = Book()
    for part in parts:
        book.add(part)
    return book.written()


def at_once_of(documents: list[Any]) -> bytes:
    """The book that WeasyPrint makes of documents that are all in memory."""
    pages = [one for document in documents for one in document.pages]
    written: bytes = documents[0].copy(pages).write_pdf(**OPTIONS)
    return written


def tree(reader: PdfReader) -> list[Any]:
    """The structure tree: kind, page, language in force, and what is below; every parent is looked at."""
    root = reader.trailer["/Root"]["/StructTreeRoot"]
    document = root["/K"][0].get_object()
    by_page = [
        [reference.idnum for reference in row.get_object()] for row in root["/ParentTree"]["/Nums"][1::2]
    ]

    def below(reference: IndirectObject, parent: DictionaryObject, language: str) -> list[Any]:
        element = reference.get_object()
        assert element["/P"].get_object() == parent
        number = reader.get_page_number(element["/Pg"].get_object())
        language = element.get("/Lang", language)
        kids: list[Any] = []
        for kid in element["/K"]:
            if isinstance(kid, int):
                assert by_page[number][kid] == reference.idnum
                kids.append(int(kid))
            else:
                kids.append(below(kid, element, language))
        return [element["/S"], number, language, kids]

    return [below(kid, document, "") for kid in document["/K"]]


def outline(reader: PdfReader, entries: list[Any] | None = None) -> list[Any]:
    return [
        outline(reader, entry)
        if isinstance(entry, list)
        else (entry.title, reader.get_destination_page_number(entry))
        for entry in (reader.outline if entries is None else entries)
    ]


def test_parts_make_the_book_that_one_drawing_makes() -> None:
    documents = [page(number) for number in range(5)]
    at_once = PdfReader(io.BytesIO(at_once_of(documents)), strict=True)
    parts = [pickle.loads(pickle.dumps(leaves(some))) for some in (documents[:2], documents[2:])]
    book = PdfReader(io.BytesIO(bind(parts)), strict=True)
    assert [one.extract_text() for one in book.pages] == [one.extract_text() for one in at_once.pages]
    assert len(book.pages) == 6 and "(5 0 R)" in book.pages[4].extract_text()
    assert outline(book) == outline(at_once) and outline(book)[0] == ("one", 0)
    languages = [LANGUAGES[number] for number in (0, 1, 2, 3, 3, 4)]
    assert [(one[1], one[2]) for one in tree(book)] == [(one[1], languages[one[1]]) for one in tree(at_once)]

    def without_language(elements: list[Any]) -> list[Any]:
        return [
            one if isinstance(one, int) else [one[0], one[1], without_language(one[3])] for one in elements
        ]

    assert without_language(tree(book)) == without_language(tree(at_once))
    root = book.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en"
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()
    assert book.metadata is not None
    assert (book.metadata.title, book.metadata.author) == ("Letter 0", "Office 0")
    assert [one["/StructParents"] for one in book.pages] == list(range(6))


def fonts(reader: PdfReader) -> dict[int, set[str]]:
    """The letters that each font of a file is for, by its number."""
    found = {}
    for one in reader.pages:
        for reference in one["/Resources"]["/Font"].get_object().values():
            font = reference.get_object()
            to_unicode = font["/ToUnicode"].get_object().get_data().decode()
            found[reference.idnum] = {
                chr(int(code, 16))
                for code in re.findall(r"^<[0-9a-f]{4}> <([0-9a-f]{4})>$", to_unicode, re.M)
            }
    return found


def test_an_own_file_holds_its_document_alone() -> None:
    alone = [pdf(page(number)) for number in (0, 2)]
    files, part = draw([page(number) for number in (0, 1, 2)], [True, False, True])
    assert list(files) == alone
    assert not any("т" in letters for letters in fonts(PdfReader(io.BytesIO(files[0]))).values())
    # In the book the two share their fonts: each is there once, with the letters of both.
    book = PdfReader(io.BytesIO(bind([part])), strict=True)
    assert len(fonts(book)) == len(
        fonts(PdfReader(io.BytesIO(at_once_of([page(number) for number in (0, 1, 2)]))))
    )
    assert any({"т", "o"} <= letters for letters in fonts(book).values())


def test_a_letter_with_a_sign_of_no_font_is_bound_like_any_other() -> None:
    def documents() -> list[Any]:
        odd = "<!doctype html><html lang=en><title>A</title><body><p>a\U000f1234b</p></body></html>"
        return [page(0), lay_out(odd, STYLE), page(1)]

    book = PdfReader(io.BytesIO(bind([leaves(documents())])), strict=True)
    at_once = PdfReader(io.BytesIO(at_once_of(documents())), strict=True)
    assert [one.extract_text() for one in book.pages] == [one.extract_text() for one in at_once.pages]


def test_a_book_of_one_part_needs_no_outline() -> None:
    plain = lay_out("<!doctype html><html lang=en><title>A</title><body><p>Words</body></html>", STYLE)
    book = PdfReader(io.BytesIO(bind([leaves([plain])])), strict=True)
    assert book.pages[0].extract_text() == "Words" and not book.outline


def test_what_cannot_be_bound_is_refused() -> None:
    with pytest.raises(ValueError, match="no letter"):
        bind([])
    with pytest.raises(ValueError, match="no letter"):
        draw([], [])
    link = lay_out('<html lang=en><title>A</title><p><a href="https://a.example">A</a></p></html>', STYLE)
    with pytest.raises(ValueError, match="link"):
        leaves([link])
