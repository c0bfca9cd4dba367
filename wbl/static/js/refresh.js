// Replaces <… id data-refresh="seconds"> by the same element of a fresh copy of the page, until
// the copy no longer asks for it; then the page is loaded once more, for what has come with the end.
// What has not changed is left alone, so that a screen reader hears only news.

const SLOWEST = 30;

async function freshCopy(id) {
  const answer = await fetch(location.href, { headers: { "X-Fragment": id } });
  if (!answer.ok || answer.redirected) {
    return null;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.getElementById(id);
}

function replace(old, fresh) {
  const said = old.querySelector("[role=status]");
  const says = fresh.querySelector("[role=status]");
  if (said && says) {
    if (said.textContent !== says.textContent) {
      said.textContent = says.textContent;
    }
    says.replaceWith(said);
  }
  old.replaceChildren(...fresh.childNodes);
}

function watch(element, seconds) {
  setTimeout(async () => {
    let wait = seconds;
    if (!document.hidden) {
      try {
        const fresh = await freshCopy(element.id);
        if (!fresh || !fresh.dataset.refresh) {
          location.reload();
          return;
        }
        replace(element, fresh);
        wait = Number(fresh.dataset.refresh);
      } catch {
        // The network is away: ask again, less and less often.
        wait = Math.min(seconds * 2, SLOWEST);
      }
    }
    watch(element, wait);
  }, seconds * 1000);
}

export function refreshFragments() {
  for (const element of document.querySelectorAll("[data-refresh]")) {
    watch(element, Number(element.dataset.refresh) || 2);
  }
}
