// A posting that is being written: what the law says of it follows the typing, parts of the form that
// the choice above does not need step back, and what takes the server a moment is fetched afterwards.

const PAUSE = 400;

async function partOf(id, address, options) {
  const answer = await fetch(address, options);
  if (!answer.ok || answer.redirected) {
    return null;
  }
  return new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id);
}

export function followTheLaw() {
  const form = document.querySelector("form[data-law]");
  const panel = document.getElementById("law");
  if (!form || !panel) {
    return;
  }
  let waiting = 0;
  let asked = 0;
  const ask = async () => {
    const number = (asked += 1);
    try {
      const fresh = await partOf("law", form.dataset.law, { method: "POST", body: new FormData(form) });
      if (fresh && number === asked && fresh.textContent !== panel.textContent) {
        panel.replaceChildren(...fresh.childNodes);
      }
    } catch {
      // The network is away: what is there stays, and the next page says it anew.
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE);
  });
}

export function loadLater() {
  for (const place of document.querySelectorAll("[data-load]")) {
    partOf(place.id, place.dataset.load)
      .then((fresh) => fresh && place.replaceChildren(...fresh.childNodes))
      .catch(() => {});
  }
}

export function showWhatIsNeeded() {
  const parts = document.querySelectorAll("[data-for]");
  const update = () => {
    for (const part of parts) {
      const chosen = document.querySelector(`[name="${part.dataset.for}"]:checked`);
      part.hidden = !chosen || !part.dataset.values.split(" ").includes(chosen.value);
    }
  };
  if (parts.length) {
    document.addEventListener("change", update);
    update();
  }
}
