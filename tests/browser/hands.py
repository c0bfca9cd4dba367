"""Three ways to use a page, with the same words: by keyboard alone, by finger with scripts off, by thumb."""

from __future__ import annotations

import re
from typing import Protocol

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PASSWORD, PHONE, WIDE

Name = str | re.Pattern[str]

# The key that leads from what has the focus towards this element: arrows inside a group of radio
# buttons and in the grid of a week, Tab elsewhere. Empty where it has the focus.
KEY = """element => {
  const here = document.activeElement;
  if (here === element) return '';
  if (element.type === 'radio' && here.type === 'radio' && here.name === element.name
      && here.form === element.form) return 'ArrowDown';
  const grid = element.closest('[data-week] tbody');
  if (grid && grid.rows.length > 1 && grid.contains(here)) {
    const place = input => [input.closest('tr').rowIndex, input.closest('td').cellIndex];
    const [row, column] = place(element), [at, beside] = place(here);
    if (row !== at) return row > at ? 'ArrowDown' : 'ArrowUp';
    return column > beside ? 'ArrowRight' : 'ArrowLeft';
  }
  return here.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING ? 'Tab' : 'Shift+Tab';
}"""
# An outline of 2 px or more around what has the focus or around its label, inside the window.
SHOWS = """() => {
  const here = document.activeElement;
  return [here, ...(here.labels || []), here.closest('label, li, td')].some(one => {
    if (!one) return false;
    const style = getComputedStyle(one), box = one.getBoundingClientRect();
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
      && box.width > 0 && box.bottom > 0 && box.top < innerHeight;
  });
}"""
MOST_KEYS = 400


class Hand(Protocol):
    """What a journey does. Fields are found by their label, inside ``within`` where that is given."""

    page: Page
    javascript: bool

    def press(self, name: Name, *, within: Locator | None = None) -> None:
        """A button, which leads to another page."""

    def follow(self, name: Name, *, within: Locator | None = None) -> None:
        """A link."""

    def open(self, text: str) -> None:
        """Something closed, by its summary."""

    def type(self, label: Name, text: str) -> None: ...

    def when(self, label: Name, *, text: str, keys: str, within: Locator | None = None) -> None:
        """A day or a time: ``text`` as the form sends it, ``keys`` as one types it in the U.S., tabs too."""

    def tick(self, box: Locator) -> None: ...

    def choose(self, radio: Locator) -> None: ...

    def select(self, label: Name, option: str) -> None: ...


def sign_in_by(hand: Hand, email: str, password: str = PASSWORD) -> None:
    hand.page.goto("/sign-in")
    hand.type("E-mail", email)
    hand.type("Password", password)
    hand.press("Sign in")


def _main(page: Page) -> Locator:
    return page.locator("main")


class Keyboard:
    """Tab and Shift with Tab, arrows, Space, Enter and letters; each focus on the way has to show."""

    width, javascript, touch = WIDE, True, False

    def __init__(self, page: Page) -> None:
        self.page = page

    def to(self, target: Locator) -> None:
        for _ in range(MOST_KEYS):
            key = target.evaluate(KEY)
            if not key:
                assert self.page.evaluate(SHOWS), f"the focus does not show on {target}"
                return
            self.page.keyboard.press(key)
        raise AssertionError(f"not reached by keyboard on {self.page.url}: {target}")

    def _enter(self, target: Locator) -> None:
        self.to(target)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def press(self, name: Name, *, within: Locator | None = None) -> None:
        button = (within or _main(self.page)).get_by_role("button", name=name, exact=True).first
        if button.get_attribute("data-confirm") is None:
            self._enter(button)
            return
        self.to(button)
        self.page.keyboard.press("Enter")
        self._enter(self.page.get_by_role("dialog").get_by_role("button", name=name, exact=True))

    def follow(self, name: Name, *, within: Locator | None = None) -> None:
        self._enter((within or _main(self.page)).get_by_role("link", name=name, exact=True).first)

    def open(self, text: str) -> None:
        self.to(_main(self.page).locator("summary").filter(has_text=text))
        self.page.keyboard.press("Enter")

    def type(self, label: Name, text: str) -> None:
        field = _main(self.page).get_by_label(label).locator("visible=true").first
        self.to(field)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Delete")
        self.page.keyboard.type(text)
        expect(field).to_have_value(text)

    def when(self, label: Name, *, text: str, keys: str, within: Locator | None = None) -> None:
        field = (within or _main(self.page)).get_by_label(label)
        self.to(field)
        for at, part in enumerate(keys.split("\t")):
            if at:
                self.page.keyboard.press("Tab")
            self.page.keyboard.type(part)
        expect(field).to_have_value(text)

    def tick(self, box: Locator) -> None:
        if not box.is_checked():
            self.to(box)
            self.page.keyboard.press("Space")
        expect(box).to_be_checked()

    def choose(self, radio: Locator) -> None:
        self.to(radio)
        if not radio.is_checked():
            self.page.keyboard.press("Space")
        expect(radio).to_be_checked()

    def select(self, label: Name, option: str) -> None:
        field = _main(self.page).get_by_label(label)
        self.to(field)
        self.page.keyboard.type(option)
        expect(field.locator("option:checked")).to_contain_text(option)


class Finger:
    """A phone that runs no scripts."""

    width, javascript, touch = PHONE, False, False

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, name: Name, *, within: Locator | None = None) -> None:
        # The next page may have a button of that name, too.
        with self.page.expect_navigation():
            (within or _main(self.page)).get_by_role("button", name=name, exact=True).first.click()

    def follow(self, name: Name, *, within: Locator | None = None) -> None:
        with self.page.expect_navigation():
            (within or _main(self.page)).get_by_role("link", name=name, exact=True).first.click()

    def open(self, text: str) -> None:
        _main(self.page).locator("summary").filter(has_text=text).click()

    def type(self, label: Name, text: str) -> None:
        _main(self.page).get_by_label(label).locator("visible=true").first.fill(text)

    def when(self, label: Name, *, text: str, keys: str, within: Locator | None = None) -> None:
        (within or _main(self.page)).get_by_label(label).fill(text)

    def tick(self, box: Locator) -> None:
        box.check()

    def choose(self, radio: Locator) -> None:
        radio.check()

    def select(self, label: Name, option: str) -> None:
        field = _main(self.page).get_by_label(label)
        value = field.locator("option").filter(has_text=option).first.get_attribute("value")
        field.select_option(value)


class Thumb(Finger):
    """A phone that runs scripts, touched and never clicked; what is asked first is answered."""

    javascript, touch = True, True

    def press(self, name: Name, *, within: Locator | None = None) -> None:
        button = (within or _main(self.page)).get_by_role("button", name=name, exact=True).first
        asks = button.get_attribute("data-confirm") is not None
        if asks:
            button.tap()
            button = self.page.get_by_role("dialog").get_by_role("button", name=name, exact=True)
        with self.page.expect_navigation():
            button.tap()

    def follow(self, name: Name, *, within: Locator | None = None) -> None:
        with self.page.expect_navigation():
            (within or _main(self.page)).get_by_role("link", name=name, exact=True).first.tap()

    def open(self, text: str) -> None:
        _main(self.page).locator("summary").filter(has_text=text).tap()

    def tick(self, box: Locator) -> None:
        if not box.is_checked():
            box.tap()
        expect(box).to_be_checked()

    def choose(self, radio: Locator) -> None:
        radio.tap()
        expect(radio).to_be_checked()


BY_BOTH_HANDS = pytest.mark.parametrize(
    ("server", "hand"),
    [("postgresql", Keyboard), ("sqlite", Finger)],
    ids=["keyboard, PostgreSQL", "no scripts, SQLite"],
    indirect=True,
)
"""A journey by keyboard alone on one database, by a finger without scripts on the other."""
