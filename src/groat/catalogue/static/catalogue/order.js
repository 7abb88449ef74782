// Puts rows in order, by dragging a handle or by its arrow keys; each change is sent at once, all of the order together.
// A list: [data-order="address"], a row: [data-item="id"] with its [data-handle], what is read aloud: [data-said].

import { toast } from "../web/web.js";

const PATIENCE_MS = 600;

const said = document.getElementById("order-said");
const timers = new Map();
let dragged = null;

const listOf = (item) => item.parentElement.closest("[data-order]");
const items = (list) => [...list.querySelectorAll("[data-item]")].filter((item) => listOf(item) === list);
const order = (list) => items(list).map((item) => item.dataset.item);

function tell(item) {
  const all = items(listOf(item));
  said.textContent = said.dataset.said
    .replace("%(name)s", item.dataset.name).replace("%(place)s", all.indexOf(item) + 1).replace("%(count)s", all.length);
}

async function save(list) {
  const body = new URLSearchParams(order(list).map((id) => ["order", id]));
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  const answer = await fetch(list.dataset.order, { method: "POST", headers, body }).catch(() => null);
  if (!answer?.ok) toast("failed");
}

function soon(list) {
  clearTimeout(timers.get(list));
  timers.set(list, setTimeout(() => { timers.delete(list); save(list); }, PATIENCE_MS));
}

document.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest("[data-handle]");
  if (!handle || event.button) return;
  const item = handle.closest("[data-item]");
  dragged = { item, list: listOf(item), before: order(listOf(item)).join() };
  handle.setPointerCapture(event.pointerId);
  item.dataset.dragged = "";
});

document.addEventListener("pointermove", (event) => {
  if (!dragged) return;
  const { item, list } = dragged;
  // The row over whose middle the pointer has come gives way.
  for (const other of items(list)) {
    if (other === item) continue;
    const { top, height } = other.getBoundingClientRect();
    const isAfter = Boolean(item.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);
    if (isAfter && event.clientY > top + height / 2) other.after(item);
    else if (!isAfter && event.clientY < top + height / 2) {
      other.before(item);
      break;
    }
  }
});

function drop() {
  if (!dragged) return;
  const { item, list, before } = dragged;
  dragged = null;
  delete item.dataset.dragged;
  if (order(list).join() === before) return;
  tell(item);
  save(list);
}
document.addEventListener("pointerup", drop);
document.addEventListener("pointercancel", drop);

document.addEventListener("keydown", (event) => {
  const handle = event.target.closest?.("[data-handle]");
  if (!handle || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
  event.preventDefault();
  const item = handle.closest("[data-item]");
  const all = items(listOf(item));
  const other = all[all.indexOf(item) + (event.key === "ArrowDown" ? 1 : -1)];
  if (!other) return;
  if (event.key === "ArrowDown") other.after(item);
  else other.before(item);
  handle.focus();
  tell(item);
  soon(listOf(item));
});
// Nothing that was moved is lost when somebody goes on.
addEventListener("pagehide", () => {
  for (const [list, timer] of timers) {
    clearTimeout(timer);
    const headers = JSON.parse(document.body.getAttribute("hx-headers"));
    const body = new URLSearchParams(order(list).map((id) => ["order", id]));
    fetch(list.dataset.order, { method: "POST", headers, body, keepalive: true });
  }
});
