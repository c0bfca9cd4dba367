// Asks before a form is sent by a button with data-confirm="question". What cannot be undone has
// a confirm page besides; this is for slips of the finger.

function ask(button) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  const question = document.createElement("p");
  question.id = "confirm-question";
  question.textContent = button.dataset.confirm;
  dialog.setAttribute("aria-labelledby", question.id);
  const yes = button.cloneNode(true);
  yes.type = "button";
  yes.removeAttribute("data-confirm");
  yes.classList.remove("quiet", "plain", "small");
  const no = document.createElement("button");
  no.type = "button";
  no.className = "button quiet";
  no.textContent = button.dataset.confirmCancel;
  no.autofocus = true;
  const actions = document.createElement("div");
  actions.className = "actions";
  actions.append(yes, no);
  dialog.append(question, actions);
  document.body.append(dialog);
  return new Promise((resolve) => {
    yes.addEventListener("click", () => dialog.close("yes"));
    no.addEventListener("click", () => dialog.close("no"));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    dialog.showModal();
  });
}

export function confirmSubmits() {
  const agreed = new WeakSet();
  document.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (!button?.dataset.confirm || agreed.has(button)) {
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (await ask(button)) {
      agreed.add(button);
      event.target.requestSubmit(button);
      agreed.delete(button);
    } else {
      button.focus();
    }
  }, true);
}
