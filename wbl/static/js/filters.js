// Remembers the last choice of a filter bar while the tab is open, so that coming back to a list
// from one of its entries finds it as it was left. Empty choices are left out of the address.

export function rememberFilters() {
  for (const form of document.querySelectorAll("form[data-filter]")) {
    const key = `filter:${form.dataset.filter}:${location.pathname}`;
    const asked = location.search;
    if (asked) {
      sessionStorage.setItem(key, asked);
    } else if (cameFromAnEntry() && sessionStorage.getItem(key)) {
      location.replace(location.pathname + sessionStorage.getItem(key));
    }
    form.addEventListener("submit", () => {
      for (const field of form.elements) {
        field.disabled ||= field.name && !field.value;
      }
    });
  }
  for (const link of document.querySelectorAll("[data-filter-clear]")) {
    link.addEventListener("click", () => {
      sessionStorage.removeItem(`filter:${link.dataset.filterClear}:${location.pathname}`);
    });
  }
  addEventListener("pageshow", () => {
    for (const field of document.querySelectorAll("form[data-filter] :disabled")) {
      field.disabled = false;
    }
  });
}

// From a page below the list, not from the navigation of some other page.
function cameFromAnEntry() {
  if (!document.referrer) {
    return false;
  }
  const from = new URL(document.referrer);
  return from.origin === location.origin && from.pathname.startsWith(`${location.pathname}/`);
}
