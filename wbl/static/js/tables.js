// A table that scrolls sideways can be reached and scrolled with the keyboard; one that fits needs no
// stop of its own. Which it is depends on window, zoom and fonts, so without this module each has one.

export function focusScrollingTables() {
  const watch = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) {
        target.tabIndex = 0;
      } else {
        target.removeAttribute("tabindex");
      }
    }
  });
  for (const wrap of document.querySelectorAll(".table-wrap")) {
    watch.observe(wrap);
  }
}
