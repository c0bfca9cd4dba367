// What is written saves itself. Without this, a button of its own does.
//
// data-draft-kept="key": what could not be saved, or whose sending ended at the sign-in page, stays in
// this tab (never longer) until it is sent; data-draft-sent="key" on the page after that forgets it.

const WAIT = 1500;

function keepWords(area, form) {
  const key = area.dataset.draftKept;
  if (!key) {
    return { keep() {}, forget() {} };
  }
  const name = `draft ${key}`;
  const words = form.querySelector("textarea");
  const kept = sessionStorage.getItem(name);
  if (kept && !words.value) {
    words.value = kept;
    words.closest("details")?.setAttribute("open", "");
  }
  // Of somebody who used this tab before, nothing is left.
  for (const other of Object.keys(sessionStorage)) {
    if (other.startsWith("draft ") && other !== name) {
      sessionStorage.removeItem(other);
    }
  }
  return {
    keep() {
      sessionStorage.setItem(name, words.value);
    },
    forget() {
      sessionStorage.removeItem(name);
    },
  };
}

export function saveDrafts() {
  for (const sent of document.querySelectorAll("[data-draft-sent]")) {
    sessionStorage.removeItem(`draft ${sent.dataset.draftSent}`);
  }
  for (const area of document.querySelectorAll("[data-draft]")) {
    const form = area.querySelector("form");
    const state = area.querySelector("[data-draft-state]");
    const words = keepWords(area, form);
    let waiting;
    let changed = false;
    const save = async () => {
      clearTimeout(waiting);
      if (!changed || form.dataset.sent) {
        return;
      }
      changed = false;
      try {
        const answer = await fetch(location.href, {
          method: "POST",
          body: new FormData(form),
          headers: { "X-Draft": "yes" },
          keepalive: true,
        });
        // A session that has ended answers with the sign-in page.
        if (!answer.ok || answer.redirected) {
          throw new Error(answer.status);
        }
        words.forget();
        state.textContent = state.dataset.saved;
      } catch {
        changed = true;
        words.keep();
        state.textContent = state.dataset.failed;
      }
    };
    form.addEventListener("input", () => {
      changed = true;
      clearTimeout(waiting);
      waiting = setTimeout(save, WAIT);
    });
    form.addEventListener("submit", () => words.keep());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") {
        save();
      }
    });
  }
}
