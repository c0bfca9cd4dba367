"""What every page is held to: WCAG 2.2 AA by axe-core, in both themes, and no scrolling sideways."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDTHS = (1280, 390)
NARROWEST = 320
EVERYTHING = {"runOnly": RULES, "resultTypes": ["violations"]}
# The theme changes colors and nothing else.
COLORS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
WIDER_THAN_THE_WINDOW = """() => {
  const wide = document.documentElement.scrollWidth, window = document.documentElement.clientWidth;
  if (wide <= window) return [];
  return [...document.body.querySelectorAll('*')]
    .filter(e => e.getBoundingClientRect().right > window + 1)
    .map(e => `${e.tagName}.${e.className}: ${(e.textContent || '').trim().slice(0, 40)}`).slice(0, 5)
    .concat([`${wide} px`]);
}"""


def faults_of(page: Page, *, dark: bool = True) -> list[str]:
    """What is wrong with the page that is open; its window is as it was afterwards.

    ``dark=False`` leaves the dark theme out: for a page that was seen in it in another language.
    """
    window = page.viewport_size
    assert window is not None
    faults = []
    page.evaluate(AXE_SCRIPT)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        faults += _violations(page, EVERYTHING, f"{width} px")
        if dark:
            page.emulate_media(color_scheme="dark")
            faults += _violations(page, COLORS, f"{width} px, dark")
    page.emulate_media(color_scheme="light")
    for width in (*WIDTHS, NARROWEST):
        page.set_viewport_size({"width": width, "height": 900})
        faults += [f"wider than {width} px: {what}" for what in page.evaluate(WIDER_THAN_THE_WINDOW)]
    page.set_viewport_size(window)
    return faults


def _violations(page: Page, options: dict[str, Any], where: str) -> list[str]:
    answer = page.evaluate("options => axe.run(options)", options)
    return [
        f"{where}: {violation['id']} at {node['target']}: {node['html'][:160]}"
        for violation in answer["violations"]
        for node in violation["nodes"][:3]
    ]
