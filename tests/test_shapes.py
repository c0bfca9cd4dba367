"""What the checking client takes for a page that it has found good already, and what never."""

from __future__ import annotations

from tests.pages import shape_of

PAGE = '<main><p id="row-7">Round 12</p><p id="row-8">Round 13</p><a href="#row-8">12 students</a></main>'


def test_other_numbers_throughout_are_the_same_page() -> None:
    other = '<main><p id="row-41">Round 7</p><p id="row-5">Round 6</p><a href="#row-5">7 students</a></main>'
    assert shape_of(PAGE, "/rounds/3") == shape_of(other, "/rounds/90")


def test_an_id_used_twice_and_a_link_to_nowhere_are_another_page() -> None:
    twice, nowhere = PAGE.replace("row-8", "row-7"), PAGE.replace("#row-8", "#row-9")
    assert len({shape_of(page, "/rounds/3") for page in (PAGE, twice, nowhere)}) == 3


def test_another_word_tag_or_address_is_another_page() -> None:
    pages = (PAGE, PAGE.replace("students", ""), PAGE.replace("main", "div"), PAGE.replace("href", "title"))
    assert len({shape_of(page, "/rounds/3") for page in pages}) == 4
    assert shape_of(PAGE, "/rounds/3") != shape_of(PAGE, "/runs/3")
