// A list whose order is dragged: the same form is sent as the arrows send, with the order as it lies.
// Without this module, and by keyboard or touch, the arrows do it.

export function sortLists() {
  for (const form of document.querySelectorAll("form[data-sortable]")) {
    const list = form.querySelector("ol");
    let dragged = null;
    for (const item of list.children) {
      item.draggable = true;
    }
    list.addEventListener("dragstart", (event) => {
      dragged = event.target.closest?.("li");
      if (dragged) {
        dragged.classList.add("dragged");
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", dragged.id);
      }
    });
    list.addEventListener("dragover", (event) => {
      const over = event.target.closest("li");
      if (!dragged || !over) {
        return;
      }
      event.preventDefault();
      if (over !== dragged) {
        const box = over.getBoundingClientRect();
        const below = event.clientY > box.top + box.height / 2;
        over[below ? "after" : "before"](dragged);
      }
    });
    list.addEventListener("drop", (event) => event.preventDefault());
    list.addEventListener("dragend", () => {
      if (dragged) {
        dragged.classList.remove("dragged");
        dragged = null;
        form.requestSubmit();
      }
    });
  }
}
