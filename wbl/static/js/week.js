// A grid of half hours: dragging the mouse marks or clears many, arrow keys move between them, and
// "all day" fills its column at once. Without this module each box is pressed by itself.

function cellsOf(table) {
  return [...table.tBodies[1].rows].map((row) => [...row.querySelectorAll("input")]);
}

// As if it had been pressed: whoever listens for a change hears of it.
function mark(input, marked) {
  if (input.checked !== marked) {
    input.checked = marked;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

// Everything between the box on which the drag began and the one that it has reached: a quick mouse
// leaves boxes out on its way.
function paintByMouse(table) {
  const body = table.tBodies[1];
  const cells = cellsOf(table);
  const placeOf = (input) => {
    const row = cells.findIndex((inputs) => inputs.includes(input));
    return [row, cells[row].indexOf(input)];
  };
  let from = null;
  let marking = false;
  body.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button === 0 && event.target.matches("input")) {
      from = placeOf(event.target);
      marking = !event.target.checked;
    }
  });
  body.addEventListener("pointerover", (event) => {
    if (!from || !(event.buttons & 1) || !event.target.matches("input")) {
      return;
    }
    const [row, column] = placeOf(event.target);
    for (let y = Math.min(from[0], row); y <= Math.max(from[0], row); y += 1) {
      for (let x = Math.min(from[1], column); x <= Math.max(from[1], column); x += 1) {
        mark(cells[y][x], marking);
      }
    }
  });
  addEventListener("pointerup", () => {
    from = null;
  });
}

function moveByArrows(table) {
  const cells = cellsOf(table);
  for (const input of cells.flat()) {
    input.tabIndex = -1;
  }
  cells[0][0].tabIndex = 0;
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  table.tBodies[1].addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (!step || !event.target.matches("input")) {
      return;
    }
    const row = cells.findIndex((inputs) => inputs.includes(event.target));
    const turned = getComputedStyle(table).direction === "rtl" ? -1 : 1;
    const next = cells[row + step[0]]?.[cells[row].indexOf(event.target) + step[1] * turned];
    if (next) {
      event.preventDefault();
      event.target.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    }
  });
  table.tBodies[1].addEventListener("focusin", (event) => {
    for (const input of cells.flat()) {
      input.tabIndex = input === event.target ? 0 : -1;
    }
  });
}

function fillWholeDays(table) {
  const cells = cellsOf(table);
  const days = [...table.tBodies[0].querySelectorAll("input")];
  const follow = () => {
    days.forEach((day, at) => {
      const column = cells.map((row) => row[at]);
      day.checked = column.every((input) => input.checked);
      day.indeterminate = !day.checked && column.some((input) => input.checked);
    });
  };
  days.forEach((day, at) => {
    day.addEventListener("change", () => {
      for (const row of cells) {
        row[at].checked = day.checked;
      }
    });
  });
  table.tBodies[1].addEventListener("change", follow);
  follow();
}

function chooseOnly(table) {
  // Who marks a time means it.
  table.addEventListener("change", () => {
    const only = table.closest("form").querySelector("input[name=when][value=only]");
    if (only) {
      only.checked = true;
    }
  });
}

export function paintWeeks() {
  for (const table of document.querySelectorAll("table[data-week]")) {
    fillWholeDays(table);
    paintByMouse(table);
    moveByArrows(table);
    chooseOnly(table);
  }
}
