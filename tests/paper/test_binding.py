"""A book of pages that were drawn apart: one tagged PDF, as if it had been drawn at once."""

from __future__ import annotations

import io
import pickle
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject

from paper.binding import bind, leaves
from paper.laying_out import OPTIONS, lay_out

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
    pages = [one for document in documents for one in document.pages]
    at_once = PdfReader(io.BytesIO(documents[0].copy(pages).write_pdf(**OPTIONS)), strict=True)
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


def test_a_book_of_one_part_needs_no_outline() -> None:
    plain = lay_out("<!doctype html><html lang=en><title>A</title><body><p>Words</body></html>", STYLE)
    book = PdfReader(io.BytesIO(bind([leaves([plain])])), strict=True)
    assert book.pages[0].extract_text() == "Words" and not book.outline


def test_what_cannot_be_bound_is_refused() -> None:
    with pytest.raises(ValueError, match="no letter"):
        bind([])
    with pytest.raises(ValueError, match="no letter"):
        leaves([])
    link = lay_out('<html lang=en><title>A</title><p><a href="https://a.example">A</a></p></html>', STYLE)
    with pytest.raises(ValueError, match="link"):
        leaves([link])
