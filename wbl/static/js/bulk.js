// Says in the bar of a list how many rows are ticked, and keeps its buttons from doing nothing.

export function countTicks() {
  for (const bar of document.querySelectorAll("form[data-bulk]")) {
    const count = bar.querySelector("[data-bulk-count]");
    const idle = count.textContent;
    const show = () => {
      const all = bar.elements.whole?.checked;
      const ticked = [...bar.elements].filter((field) => field.checked && field.name !== "whole").length;
      count.textContent = ticked && !all ? count.dataset.bulkCount.replace("{n}", ticked) : idle;
    };
    for (const field of bar.elements) {
      field.addEventListener("change", show);
    }
    addEventListener("pageshow", show);
  }
}
