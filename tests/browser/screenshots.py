"""The README's pictures, taken from the demo: ``script/screenshots`` runs this, so they stay true.

Not named as a test: a run of the tests writes no pictures.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import sign_in_as
from tests.browser.serving import Server

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "images"
WIDE = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 760}
POSTING = {"width": 1040, "height": 1010}


@pytest.fixture
def picture(server: Server, chromium: Browser, demo: dict[str, Any]) -> Callable[..., None]:
    """``picture(name, role, path, size)``: the page as that person sees it, or its part ``at``."""

    def take(name: str, role: str, path: str, size: dict[str, int], at: str = "") -> None:
        context = chromium.new_context(base_url=server.address, viewport=size, device_scale_factor=1.5)  # type: ignore[arg-type]  # two whole numbers
        page = context.new_page()
        _enter(page, demo, role)
        page.goto(path.format(**demo["ids"]) if path else page.url)
        if at:
            page.locator(at).first.evaluate("part => part.scrollIntoView()")
        page.screenshot(path=PICTURES / f"{name}.png")
        context.close()

    return take


def _enter(page: Page, demo: dict[str, Any], role: str) -> None:
    if role == "family":
        page.goto(demo["family_links"]["ar"])
        page.locator("main button").click()
    else:
        sign_in_as(page, demo, role)


def test_pictures(picture: Callable[..., None]) -> None:
    picture("review", "coordinator", "/rounds/{round}/runs/{run}", WIDE)
    picture("offers", "student", "/my-rounds/{collecting}/offers?possible=yes", PHONE, at=".offers")
    picture("family", "family", "", PHONE)
    picture("posting", "employer", "/postings/{waiting}", POSTING)
