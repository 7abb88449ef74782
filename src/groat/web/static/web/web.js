// What every page does: dialogs, menus, toasts, theme, copying, keys. Loaded once, by web/base.html.
// Everything listens on the document, so that what htmx swaps in works without set-up.

import { ifAlone } from "./alone.js";

const toasts = document.getElementById("toasts");

// ---- Dialogs: data-open="id", data-close, a click beside the dialog ----

export function open(dialog) {
  if (dialog.open) return;
  if (dialog.id === "shortcuts") listKeys(dialog.querySelector("dl"));
  dialog.showModal();
  raiseToasts();
  (dialog.querySelector("[autofocus]") ?? dialog.querySelector("input:not([type=hidden]), select, textarea"))?.focus();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) {
    event.preventDefault();
    opener.closest("details.menu")?.removeAttribute("open");
    opener.closest("[popover]")?.hidePopover();
    open(document.getElementById(opener.dataset.open));
    return;
  }
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
});

// A press that begins and ends on the backdrop closes; one that began inside (selecting text) does not.
let pressedOn = null;
document.addEventListener("pointerdown", (event) => { pressedOn = event.target; });
document.addEventListener("click", (event) => {
  const dialog = event.target;
  if (!(dialog instanceof HTMLDialogElement) || pressedOn !== dialog || dialog.dataset.stays !== undefined) return;
  const box = dialog.getBoundingClientRect();
  const isInside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  if (!isInside) dialog.close();
});

// ---- Menus close when one looks elsewhere ----

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
}
document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
document.addEventListener("focusin", (event) => closeMenus(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu[open]") ?? document.querySelector("details.menu[open]");
  if (!menu) return;
  if (event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
    event.stopPropagation();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const items = [...menu.querySelectorAll(".items :is(a, button)")];
    const step = event.key === "ArrowDown" ? 1 : -1;
    const at = items.indexOf(document.activeElement);
    items[at < 0 ? (step > 0 ? 0 : items.length - 1) : (at + step + items.length) % items.length]?.focus();
    event.preventDefault();
  }
});

// ---- Theme ----

function showTheme() {
  const chosen = document.documentElement.dataset.theme ?? "";
  for (const button of document.querySelectorAll("[data-theme-set]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeSet === chosen));
  }
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-set]");
  if (!button) return;
  const theme = button.dataset.themeSet;
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  try {
    if (theme) localStorage.setItem("groat-theme", theme);
    else localStorage.removeItem("groat-theme");
  } catch {
    // Without storage the choice lasts for this page.
  }
  showTheme();
});

// ---- Toasts ----

// An open dialog covers and disables everything outside it, so the toasts move into it while it lasts.
function raiseToasts() {
  if (!toasts) return;
  if (toasts.matches(":popover-open")) toasts.hidePopover();
  const host = [...document.querySelectorAll("dialog:modal")].at(-1) ?? document.body;
  if (toasts.parentElement !== host) host.append(toasts);
  if (toasts.childElementCount) toasts.showPopover();
}
document.addEventListener("close", raiseToasts, { capture: true });

function leave(toast) {
  toast.classList.add("is-leaving");
  setTimeout(() => {
    toast.remove();
    if (!toasts.childElementCount && toasts.matches(":popover-open")) toasts.hidePopover();
  }, 250);
}

// Bad news stays until it is closed; an undo stays longer than a plain word; both wait while looked at.
function live(toast) {
  if (toast.dataset.tone === "bad") return;
  const patience = toast.querySelector("form") ? 12000 : 6000;
  let timer = setTimeout(leave, patience, toast);
  const stay = () => clearTimeout(timer);
  const go = () => { clearTimeout(timer); timer = setTimeout(leave, patience / 2, toast); };
  toast.addEventListener("pointerenter", stay);
  toast.addEventListener("pointerleave", go);
  toast.addEventListener("focusin", stay);
  toast.addEventListener("focusout", go);
}

if (toasts) {
  for (const toast of toasts.querySelectorAll(".toast")) live(toast);
  raiseToasts();
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.classList?.contains("toast")) live(node);
    if (changes.some((change) => change.addedNodes.length)) raiseToasts();
  }).observe(toasts, { childList: true });
  toasts.addEventListener("click", (event) => {
    if (event.target.closest(".dismiss")) leave(event.target.closest(".toast"));
  });
}

// Show one of the toasts that the page brought along in <template id="toast-…">, and return it; `text` replaces its words.
export function toast(id, text) {
  const shown = document.getElementById(`toast-${id}`).content.cloneNode(true).firstElementChild;
  if (text) shown.querySelector(".grow").textContent = text;
  toasts.append(shown);
  return shown;
}

document.addEventListener("htmx:responseError", () => toast("failed"));
document.addEventListener("htmx:sendError", () => toast("failed"));
document.addEventListener("htmx:timeout", () => toast("failed"));

// ---- Copy, reveal, submit at a choice ----

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    // No permission, or no HTTPS: select it, so that the person can copy it.
    button.parentElement.querySelector("input")?.select();
    return;
  }
  toast("copied");
});

document.addEventListener("focusin", (event) => {
  if (event.target.matches(".copy input")) event.target.select();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reveal]");
  if (!button) return;
  const input = button.parentElement.querySelector("input");
  const isShown = input.type === "text";
  input.type = isShown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!isShown));
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});

// ---- A form is sent once ----

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.dataset.again !== undefined) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button:not([type=button])")) button.setAttribute("aria-disabled", "true");
});

function mayBeSentAgain(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("button[aria-disabled]")) button.removeAttribute("aria-disabled");
}
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) mayBeSentAgain(form);
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form");
  if (form) mayBeSentAgain(form);
});

// ---- Where the keyboard is after a change ----

function settleFocus(root) {
  const wanted = root.querySelector("[aria-invalid=true]") ?? root.querySelector("[autofocus]");
  if (wanted && !document.activeElement?.matches("input[type=search]")) wanted.focus();
}
document.addEventListener("htmx:afterSettle", (event) => settleFocus(event.target));
document.querySelector("[aria-invalid=true]")?.focus();

// ---- Keys: data-key="n" presses or focuses; "?" shows them all ----

function isTyping(target) {
  return target.matches?.("input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable]");
}

// The sheet tells each key that works on this page, in the words of what it presses.
function listKeys(list) {
  for (const row of list.querySelectorAll("[data-found]")) row.remove();
  for (const element of document.querySelectorAll("[data-key]")) {
    // What bears its key needs no row of its own.
    if (!element.checkVisibility() || element.querySelector(".key")) continue;
    const row = document.createElement("div");
    row.dataset.found = "";
    const key = document.createElement("kbd");
    key.textContent = element.dataset.key;
    row.append(document.createElement("dt"), document.createElement("dd"));
    row.firstChild.append(key);
    row.lastChild.textContent = element.getAttribute("aria-label") ?? element.innerText.trim();
    list.append(row);
  }
}

function act(key) {
  // Of dialogs over one another the uppermost, which comes last in the page.
  const scope = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document;
  if (key === "?" && scope === document) {
    open(document.getElementById("shortcuts"));
    return;
  }
  const wanted = [...scope.querySelectorAll("[data-key]")].find(
    (element) => element.dataset.key === key && element.checkVisibility(),
  );
  if (!wanted) return;
  if (wanted.matches("input, select, textarea")) {
    wanted.focus();
    wanted.select?.();
  } else wanted.click();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || isTyping(event.target)) return;
  ifAlone(() => act(event.key));
  if (event.key === "/") event.preventDefault();
});

showTheme();
