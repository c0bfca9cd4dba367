"""What every page is held to: WCAG 2.2 AA by axe-core, in both themes, and what axe cannot see.

No scrolling sideways, also with wider spacing of letters, and no focus where it is covered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, ViewportSize

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDTHS = (1280, 390)
NARROWEST = 320
EVERYTHING = {"runOnly": RULES, "resultTypes": ["violations"]}
# The theme changes colors and nothing else.
COLORS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
Looks = Sequence[tuple[int, Literal["light", "dark"]]]
EVERY_LOOK: Looks = [(width, theme) for width in WIDTHS for theme in ("light", "dark")]
# What moves although one asked for less of it; a tenth of a second is no motion.
MOVING = """() => document.getAnimations()
  .filter(a => a.effect && a.effect.getComputedTiming().activeDuration > 100)
  .map(a => `${a.effect.target.tagName}.${a.effect.target.className}`).slice(0, 5)"""
WIDER_THAN_THE_WINDOW = """() => {
  const wide = document.documentElement.scrollWidth, window = document.documentElement.clientWidth;
  if (wide <= window) return [];
  return [...document.body.querySelectorAll('*')]
    .filter(e => e.getBoundingClientRect().right > window + 1)
    .map(e => `${e.tagName}.${e.className}: ${(e.textContent || '').trim().slice(0, 40)}`).slice(0, 5)
    .concat([`${wide} px`]);
}"""

# Focus never goes where nothing of it can be seen, as below a bar that stays in place (2.4.11).
COVERED = """() => {
  const covered = [];
  const reached = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  for (const element of document.querySelectorAll(reached)) {
    element.focus();
    const box = element.getBoundingClientRect();
    if (document.activeElement !== element || box.width < 4 || box.height < 4) continue;
    const points = [0.5, 0.1, 0.9].flatMap(x => [0.5, 0.1, 0.9].map(
      y => [box.left + x * box.width, box.top + y * box.height]));
    const seen = points.some(([x, y]) => {
      const top = document.elementFromPoint(x, y);
      return top && (element.contains(top) || top.contains(element));
    });
    if (!seen) covered.push(element.outerHTML.slice(0, 120));
  }
  document.activeElement.blur();
  scrollTo(0, 0);
  return covered.slice(0, 5);
}"""

# The spacing of 1.4.12; a constructed sheet is no inline style, which the content policy refuses.
SPACED = """spaced => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
    word-spacing: 0.16em !important; } p { margin-block-end: 2em !important; }`);
  document.adoptedStyleSheets = spaced ? [sheet] : [];
}"""
CUT_OFF = """() => [...document.querySelectorAll('main *')]
  .filter(e => e.childNodes.length && !e.closest('.visually-hidden')
    && ['hidden', 'clip'].includes(getComputedStyle(e).overflowY)
    && e.clientHeight > 4 && e.scrollHeight > e.clientHeight + 2 && e.textContent.trim())
  .map(e => `${e.tagName}.${e.className}: ${e.textContent.trim().slice(0, 40)}`).slice(0, 5)"""


def faults_of(page: Page, *, looks: Looks = EVERY_LOOK) -> list[str]:
    """What is wrong with the page that is open; its window is as it was afterwards.

    ``looks``: in which widths and themes axe looks at it. What does not hang on colors is asked at all
    widths anyway: reflow at 320 px, which is 1280 px at 400 %.
    """
    window = page.viewport_size
    assert window is not None
    faults = []
    page.wait_for_load_state()  # a page is judged with all of its styles
    page.evaluate(AXE_SCRIPT)
    for width, theme in looks:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        rules = EVERYTHING if theme == "light" else COLORS
        faults += _violations(page, rules, f"{width} px, {theme}")
        faults += [f"moves at {width} px: {what}" for what in page.evaluate(MOVING)]
    page.emulate_media(color_scheme="light")
    for width in (*WIDTHS, NARROWEST):
        page.set_viewport_size({"width": width, "height": 900})
        faults += [f"wider than {width} px: {what}" for what in page.evaluate(WIDER_THAN_THE_WINDOW)]
        if width != WIDTHS[0]:
            faults += [f"covered at {width} px when focused: {what}" for what in page.evaluate(COVERED)]
    return faults + _faults_when_spaced(page, window)


def _faults_when_spaced(page: Page, window: ViewportSize) -> list[str]:
    page.set_viewport_size({"width": WIDTHS[1], "height": 900})
    page.evaluate(SPACED, True)
    faults = [f"wider than the window when spaced: {what}" for what in page.evaluate(WIDER_THAN_THE_WINDOW)]
    faults += [f"cut off when spaced: {what}" for what in page.evaluate(CUT_OFF)]
    page.evaluate(SPACED, False)
    page.set_viewport_size(window)
    return faults


def _violations(page: Page, options: dict[str, Any], where: str) -> list[str]:
    answer = page.evaluate("options => axe.run(options)", options)
    return [
        f"{where}: {violation['id']} at {node['target']}: {node['html'][:160]}"
        for violation in answer["violations"]
        for node in violation["nodes"][:3]
    ]
