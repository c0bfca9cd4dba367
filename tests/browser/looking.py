"""What every page is held to: WCAG 2.2 AA by axe-core, in both themes, and what axe cannot see.

No scrolling sideways, also with wider spacing of letters, and no focus where it is covered.
"""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDE, PHONE, NARROWEST = 1280, 390, 320
HEIGHT = 900
# Nothing is fetched for the checker: the one rule that would want style sheets again is experimental.
EVERYTHING = {"runOnly": RULES, "resultTypes": ["violations"], "preload": False}
# A theme changes colors and nothing else; a width changes where things are and what can be reached, too.
OF_COLORS = ["color-contrast", "link-in-text-block"]
OF_LAYOUT = ["target-size", "scrollable-region-focusable"]
# Some of the elements in each combination of colors: the ink, and every paint behind it. What lies over
# what is judged by the run with everything, on every element.
COLORED = """() => {
  const found = new Map();
  const add = element => {
    const own = getComputedStyle(element);
    let key = [own.color, own.fontSize, own.fontWeight, own.textShadow].join();
    for (let one = element; one; one = one.parentElement) {
      const style = getComputedStyle(one);
      key += `|${style.backgroundColor} ${style.backgroundImage} ${style.opacity}`;
    }
    const alike = found.get(key) || [];
    if (alike.length < 3) found.set(key, [...alike, element]);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (texts.currentNode.data.trim() && element.checkVisibility()) add(element);
  }
  document.querySelectorAll('input, select, textarea').forEach(add);
  return [...found.values()].flat();
}"""
# Observers of sizes are called between the layout of a frame and its drawing.
DRAWN_TWICE = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
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


def faults_of(page: Page, *, first: int = WIDE) -> list[str]:
    """What is wrong with the page that is open, loaded once; its window is as it was afterwards.

    axe looks at it in every width and theme. With all its rules, at every element, in the ``first`` width and
    the light theme; then with the rules that another width or theme can change: those of layout at every
    element, those of colors at each combination of colors. Reflow is asked for at 320 px too, which is
    1280 px at 400 %.
    """
    window = page.viewport_size
    assert window is not None
    page.wait_for_load_state()  # a page is judged with all of its styles
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.evaluate(AXE_SCRIPT)
    faults = []
    for width in (first, *({WIDE, PHONE} - {first})):
        _widen(page, width)
        faults += _seen(page, f"{width} px", moves=MOVING, wider=WIDER_THAN_THE_WINDOW, covered=COVERED)
        if width == first:
            faults += _violations(page, EVERYTHING, f"{width} px, light")
        else:
            faults += _violations(page, _rules(OF_LAYOUT), f"{width} px, light")
            faults += _violations(page, _rules(OF_COLORS), f"{width} px, light", of=COLORED)
        if width == PHONE:
            page.evaluate(SPACED, True)
            faults += _seen(page, f"{width} px when spaced", wider=WIDER_THAN_THE_WINDOW, cut_off=CUT_OFF)
            page.evaluate(SPACED, False)
        page.emulate_media(color_scheme="dark")
        faults += _violations(page, _rules(OF_COLORS), f"{width} px, dark", of=COLORED)
        page.emulate_media(color_scheme="light")
    _widen(page, NARROWEST)
    faults += _seen(page, f"{NARROWEST} px", wider=WIDER_THAN_THE_WINDOW, covered=COVERED)
    page.set_viewport_size(window)
    return faults


def _widen(page: Page, width: int) -> None:
    """Gives the window a width; what watches sizes has heard of it when this returns."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.evaluate(DRAWN_TWICE)


def _rules(names: list[str]) -> dict[str, Any]:
    return {**EVERYTHING, "runOnly": {"type": "rule", "values": names}}


def _seen(page: Page, where: str, **questions: str) -> list[str]:
    """What functions of the page find, each a list of what is wrong; asked for all at once."""
    asked = ", ".join(f"{name}: ({function})()" for name, function in questions.items())
    found: dict[str, list[str]] = page.evaluate(f"() => ({{{asked}}})")
    return [f"{name} at {where}: {what}" for name, said in found.items() for what in said]


def _violations(page: Page, options: dict[str, Any], where: str, of: str = "() => [document]") -> list[str]:
    answer = page.evaluate(f"options => axe.run({{include: ({of})()}}, options)", options)
    return [
        f"{where}: {violation['id']} at {node['target']}: {node['html'][:160]}"
        for violation in answer["violations"]
        for node in violation["nodes"][:3]
    ]
