// A list whose order is dragged: by mouse anywhere on a row, by finger or pen at its number, so that
// the rest of the row still scrolls. The same form is sent as the arrows send, with the order as it
// lies. Without this module, and by keyboard, the arrows do it.

const FAR_ENOUGH = 5; // pixels: less is a press
const EDGE = 70; // so near to the edge of the window the page scrolls along
const A_STEP = 14;

function takesHold(event) {
  if (!event.isPrimary || event.button !== 0 || event.target.closest("button, input")) {
    return null;
  }
  const grip = event.pointerType === "mouse" ? event.target : event.target.closest("[data-grip]");
  return grip?.closest("li") ?? null;
}

function putWhereItIs(list, item, y) {
  for (const other of list.children) {
    const box = other.getBoundingClientRect();
    if (other !== item && y > box.top && y < box.bottom) {
      other[y > box.top + box.height / 2 ? "after" : "before"](item);
      return;
    }
  }
}

function scrollAlong(y) {
  if (y < EDGE) {
    scrollBy(0, -A_STEP);
  } else if (y > innerHeight - EDGE) {
    scrollBy(0, A_STEP);
  }
}

function makeSortable(form) {
  const list = form.querySelector("ol");
  let held = null;
  const letGo = () => {
    held?.item.classList.remove("dragged");
    held = null;
  };
  list.addEventListener("dragstart", (event) => event.preventDefault()); // a link is not taken away
  list.addEventListener("pointerdown", (event) => {
    const item = takesHold(event);
    held = item && { item, pointer: event.pointerId, y: event.clientY, before: [...list.children], moves: false };
  });
  list.addEventListener("pointermove", (event) => {
    if (!held || event.pointerId !== held.pointer) {
      return;
    }
    if (!held.moves && Math.abs(event.clientY - held.y) < FAR_ENOUGH) {
      return;
    }
    if (!held.moves) {
      held.moves = true;
      held.item.classList.add("dragged");
      list.setPointerCapture(held.pointer); // the list stays where it is, the row does not
    }
    event.preventDefault();
    putWhereItIs(list, held.item, event.clientY);
    scrollAlong(event.clientY);
  });
  list.addEventListener("pointerup", (event) => {
    if (!held || event.pointerId !== held.pointer) {
      return;
    }
    const { before, moves } = held;
    letGo();
    if (moves) {
      // The press that ends a drag opens no link.
      addEventListener("click", (click) => click.preventDefault(), { capture: true, once: true });
    }
    if (before.some((item, place) => list.children[place] !== item)) {
      form.requestSubmit();
    }
  });
  list.addEventListener("pointercancel", () => {
    if (held) {
      list.append(...held.before);
      letGo();
    }
  });
}

export function sortLists() {
  for (const form of document.querySelectorAll("form[data-sortable]")) {
    form.classList.add("sortable");
    makeSortable(form);
  }
}
