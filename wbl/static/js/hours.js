// Check in and out, also without a network: what is tapped is kept on the phone first, and sent when it
// can be, under an identifier of its own, so that sending it twice stores it once. It is forgotten here
// only when the server has said that it is there. Without this module the buttons are plain forms.

const RETRY = 30000;
const WAITING = "hours-waiting";

function database() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("hours", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("items", { keyPath: "uid" });
      request.result.createObjectStore("own", { keyPath: "key" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

// Resolves when what was written is on the disk, not when it was asked for.
async function within(name, mode, work) {
  const open = await database();
  try {
    return await new Promise((resolve, reject) => {
      const change = open.transaction(name, mode, { durability: "strict" });
      let asked;
      change.oncomplete = () => resolve(asked?.result);
      change.onabort = () => reject(change.error);
      asked = work(change.objectStore(name));
    });
  } finally {
    open.close();
  }
}

const own = () => within("own", "readonly", (store) => store.get("page"));
const keepOwn = (page) => within("own", "readwrite", (store) => store.put({ key: "page", ...page }));
const keep = (item) => within("items", "readwrite", (store) => store.put(item));

async function items(owner) {
  const found = await within("items", "readonly", (store) => store.getAll());
  const mine = found.filter((item) => item.owner === owner);
  return mine.sort((one, other) => one.started_at.localeCompare(other.started_at));
}

// Only what was sent: a check-out that was tapped meanwhile stays.
function forget(sent) {
  return within("items", "readwrite", (store) => {
    const asked = store.get(sent.uid);
    asked.onsuccess = () => {
      if (asked.result && asked.result.ended_at === sent.ended_at) {
        store.delete(sent.uid);
      }
    };
  });
}

function refuse(sent, message) {
  return keep({ ...sent, refused: message });
}

async function unsent(owner) {
  const waiting = (await items(owner)).filter((item) => !item.refused);
  if (waiting.length) {
    localStorage.setItem(WAITING, String(waiting.length));
  } else {
    localStorage.removeItem(WAITING);
  }
  return waiting;
}

let busy = null;

// "sent", "nothing", "away" or "signed-out".
function send() {
  busy ??= sendOnce().catch(() => "away").finally(() => {
    busy = null;
  });
  return busy;
}

async function sendOnce() {
  const page = await own();
  const waiting = page ? await unsent(page.owner) : [];
  if (!waiting.length) {
    return "nothing";
  }
  const fresh = await fetch(page.page, { cache: "no-store" });
  const root = new DOMParser().parseFromString(await fresh.text(), "text/html").querySelector("[data-hours]");
  if (!fresh.ok || fresh.redirected || root?.dataset.owner !== page.owner) {
    return fresh.status >= 500 ? "away" : "signed-out";
  }
  const answer = await fetch(page.send, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-CSRFToken": root.querySelector("[name=csrf_token]").value,
    },
    body: JSON.stringify({ items: waiting }),
  });
  if (!answer.ok) {
    return "away";
  }
  const { results } = await answer.json();
  for (const result of results) {
    const sent = waiting.find((item) => item.uid === result.uid);
    if (sent && result.state === "stored") {
      await forget(sent);
      await remember(sent);
    } else if (sent) {
      await refuse(sent, result.message);
    }
  }
  await unsent(page.owner);
  return "sent";
}

// What the shell shows before the page is loaded anew.
async function remember(sent) {
  const page = await own();
  const over = page.running?.uid === sent.uid ? null : page.running;
  await keepOwn({ ...page, running: sent.ended_at ? over : { uid: sent.uid, started_at: sent.started_at } });
}

function thisMinute() {
  const now = new Date();
  now.setSeconds(0, 0);
  return now.toISOString();
}

function newId() {
  return crypto.randomUUID?.() ?? "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
    (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16));
}

class Clock {
  constructor(root) {
    this.root = root;
    this.said = root.dataset;
    this.shell = !root.dataset.page;
    this.outcome = "";
  }

  async begin() {
    if (!this.shell) {
      const { page, send: door, owner, place, running, started } = this.said;
      const now = running ? { uid: running, started_at: new Date(started).toISOString() } : null;
      await keepOwn({ page, send: door, owner, place, running: now });
    }
    this.listen();
    await this.show();
    await this.deliver();
    setInterval(() => localStorage.getItem(WAITING) && this.deliver(), RETRY);
    addEventListener("online", () => this.deliver());
  }

  listen() {
    for (const [name, act] of [["in", () => this.checkIn()], ["out", () => this.checkOut()]]) {
      const part = this.root.querySelector(`[data-hours-${name}]`);
      const form = part.querySelector("form");
      const happens = form ? "submit" : "click";
      (form ?? part.querySelector("button")).addEventListener(happens, (event) => {
        event.preventDefault();
        act();
      });
    }
    for (const part of this.root.querySelectorAll("[data-hours-write]")) {
      part.querySelector("button").addEventListener("click", () => this.writeDown(part));
      const week = part.querySelector("[data-hours-week]");
      if (week) {
        week.value = isoDay(new Date());
        week.addEventListener("change", () => nameDays(part, week.value));
        nameDays(part, week.value);
      }
    }
    this.root.querySelector("[data-hours-kept]").addEventListener("click", async (event) => {
      const uid = event.target.closest("button")?.dataset.uid;
      if (uid) {
        await within("items", "readwrite", (store) => store.delete(uid));
        await this.show();
      }
    });
  }

  // What runs: begun on this phone, or known to the server and not ended on this phone.
  async running() {
    const page = await own();
    const kept = page ? await items(page.owner) : [];
    const begun = kept.find((item) => !item.ended_at && !item.refused);
    if (begun) {
      return begun;
    }
    const known = page?.running;
    return known && !kept.some((item) => item.uid === known.uid) ? known : null;
  }

  async checkIn() {
    const page = await own();
    if (page && !(await this.running())) {
      await keep({ uid: newId(), owner: page.owner, started_at: thisMinute(), ended_at: null });
      await this.kept(page);
    }
  }

  async checkOut() {
    const page = await own();
    const running = await this.running();
    if (page && running) {
      const pause = Number(this.root.querySelector("[name=break_minutes]").value) || 0;
      const { uid, started_at } = running;
      await keep({ uid, owner: page.owner, started_at, ended_at: thisMinute(), break_minutes: pause });
      await this.kept(page);
    }
  }

  // A day, or those of a week that are filled in: all of them, or none. By the phone's own clock, which is
  // that of the place where its owner works.
  async writeDown(part) {
    const page = await own();
    const { saidOrder, saidBoth = "" } = part.dataset;
    const rows = [...part.querySelectorAll("[data-hours-day]")].map(typed);
    for (const { from, to, begins, ends, filled } of rows) {
      from.setCustomValidity(filled && !from.value ? saidBoth : "");
      const half = filled && !to.value ? saidBoth : "";
      to.setCustomValidity(from.value && to.value && ends <= begins ? saidOrder : half);
    }
    const days = rows.filter((row) => row.filled);
    const whole = [...part.querySelectorAll("input")].every((field) => field.reportValidity());
    if (!page || !days.length || !whole) {
      return;
    }
    const { owner } = page;
    await within("items", "readwrite", (store) => {
      for (const { begins, ends, pause } of days) {
        const [started_at, ended_at] = [begins.toISOString(), ends.toISOString()];
        store.put({ uid: newId(), owner, started_at, ended_at, break_minutes: Number(pause.value) || 0 });
      }
    });
    for (const field of days.flatMap(({ from, to, pause }) => [from, to, pause])) {
      field.value = "";
    }
    await this.kept(page);
  }

  async kept(page) {
    await unsent(page.owner);
    await this.show();
    await this.deliver();
  }

  async deliver() {
    if (localStorage.getItem(WAITING)) {
      this.say(this.said.saidSending);
    }
    this.outcome = await send();
    if (this.outcome === "sent") {
      const refused = (await items((await own()).owner)).some((item) => item.refused);
      if (!refused || this.shell) {
        location.replace((await own()).page);
        return;
      }
    }
    await this.show();
  }

  say(text) {
    const line = this.root.querySelector("[data-hours-said]");
    if (line.textContent !== text) {
      line.textContent = text;
    }
  }

  async show() {
    const page = await own();
    const running = await this.running();
    const waiting = page ? await unsent(page.owner) : [];
    this.root.querySelector("[data-hours-in]").hidden = !page || Boolean(running);
    this.root.querySelector("[data-hours-out]").hidden = !page || !running;
    const now = this.root.querySelector("[data-hours-now]");
    if (!page) {
      now.textContent = this.said.saidUnknown;
    } else if (this.shell || waiting.length) {
      now.textContent = running
        ? this.said.saidIn.replace("{time}", timeOf(running.started_at))
        : this.said.saidOut;
    }
    if (!waiting.length) {
      this.say("");
    } else {
      this.say(this.outcome === "signed-out" ? this.said.saidSignedOut : this.said.saidKept);
    }
    await this.list(page);
  }

  async list(page) {
    const kept = page ? await items(page.owner) : [];
    const list = this.root.querySelector("[data-hours-kept]");
    list.hidden = kept.length === 0;
    list.replaceChildren(...kept.map((item) => this.line(item)));
  }

  line(item) {
    const line = document.createElement("li");
    const times = [timeOf(item.started_at, true), item.ended_at ? timeOf(item.ended_at) : "…"];
    line.textContent = times.join(" – ");
    if (item.refused) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button quiet small";
      button.dataset.uid = item.uid;
      button.textContent = this.said.saidRemove;
      line.append(`: ${item.refused} ${this.said.saidRefused} `, button);
    }
    return line;
  }
}

// What stands in a row: its day is typed in it, or the row's own.
function typed(row) {
  const [from, to] = row.querySelectorAll("[type=time]");
  const day = row.querySelector("[type=date]")?.value ?? row.dataset.hoursDay;
  const [begins, ends] = [from, to].map((field) => new Date(`${day}T${field.value}`));
  const pause = row.querySelector("[type=number]");
  const filled = from.required || [from, to, pause].some((field) => field.value);
  return { from, to, pause, begins, ends, filled };
}

// The rows of a week, from the Sunday before any of its days on.
function nameDays(part, anyDay) {
  const rows = anyDay ? part.querySelectorAll("[data-hours-day]") : [];
  rows.forEach((row, at) => {
    const day = new Date(`${anyDay}T12:00`);
    day.setDate(day.getDate() - day.getDay() + at);
    row.dataset.hoursDay = isoDay(day);
    const style = { weekday: "long", month: "long", day: "numeric" };
    row.querySelector("legend").textContent = day.toLocaleDateString(document.documentElement.lang, style);
  });
}

function isoDay(day) {
  return new Date(day - day.getTimezoneOffset() * 60000).toISOString().slice(0, 10);
}

function timeOf(moment, withDay = false) {
  const style = { hour: "numeric", minute: "2-digit", ...(withDay ? { month: "short", day: "numeric" } : {}) };
  return new Date(moment).toLocaleString(document.documentElement.lang, style);
}

// Whoever signs out takes everything along. What is not sent yet is sent first, or asked about.
function guardSignOut() {
  for (const form of document.querySelectorAll("form[data-unsent]")) {
    form.addEventListener("submit", async (event) => {
      const button = form.querySelector("button");
      if (!localStorage.getItem(WAITING) || button.dataset.confirm) {
        return;
      }
      event.preventDefault();
      await send();
      if (localStorage.getItem(WAITING)) {
        button.dataset.confirm = form.dataset.unsent;
        button.dataset.confirmCancel = form.dataset.unsentBack;
      }
      form.requestSubmit(button);
    });
  }
}

export function keepHours() {
  guardSignOut();
  const root = document.querySelector("[data-hours]");
  if (!root) {
    // On any other page of its owner, what waits is sent in passing.
    if (localStorage.getItem(WAITING)) {
      send();
    }
    return;
  }
  if (root.dataset.worker && "serviceWorker" in navigator) {
    navigator.serviceWorker.register(root.dataset.worker).catch(() => {});
  }
  new Clock(root).begin();
}
