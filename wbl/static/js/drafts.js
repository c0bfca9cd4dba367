// A reflection saves itself while it is written. Without this, its own button does.

const WAIT = 1500;

export function saveDrafts() {
  for (const area of document.querySelectorAll("[data-draft]")) {
    const form = area.querySelector("form");
    const state = area.querySelector("[data-draft-state]");
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
        if (!answer.ok) {
          throw new Error(answer.status);
        }
        state.textContent = state.dataset.saved;
      } catch {
        changed = true;
        state.textContent = state.dataset.failed;
      }
    };
    form.addEventListener("input", () => {
      changed = true;
      clearTimeout(waiting);
      waiting = setTimeout(save, WAIT);
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") {
        save();
      }
    });
  }
}
