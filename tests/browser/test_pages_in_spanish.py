"""Every page in Spanish: as `test_pages.py` looks at it in English."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.test_pages import NAMES, PAGES, Open, look_at, open_as

__all__ = ["open_as"]


@pytest.mark.parametrize(("role", "path"), PAGES, ids=NAMES)
def test_page_in_spanish_is_accessible_and_fits(
    open_as: Open, annex: dict[str, Any], role: str, path: str
) -> None:
    look_at(open_as, annex, role, path, "es")
