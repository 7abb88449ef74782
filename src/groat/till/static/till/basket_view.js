// The basket as the cashier sees it: lines with steppers, the total, and on a phone a sheet that opens.

import { ifAlone } from "../web/alone.js";
import * as baskets from "./basket.js";
import { fill } from "./panel.js";

// `isChoosable(id)`: whether a product leaves something to choose; `rechoose(key)` begins it for a line.
export function basketView(root, { denomination, stepped, changed, isChoosable, rechoose }) {
  const box = root.querySelector(".till-basket");
  const list = box.querySelector(".lines");
  const template = document.getElementById("basket-line");
  const toggle = box.querySelector("[data-toggle]");
  const said = document.getElementById("said");
  const undo = document.getElementById("toast-cleared");
  let current = null;

  function line({ key, id, name, price_minor, quantity, chosen }) {
    const item = list.querySelector(`[data-line="${key}"]`) ?? template.content.cloneNode(true).firstElementChild;
    item.dataset.line = key;
    fill(item, { name, chosen, each: denomination.format(price_minor), quantity: String(quantity), amount: denomination.format(price_minor * quantity) });
    item.querySelector("[data-step='-1']").dataset.last = quantity === 1 ? "yes" : "no";
    const named = [name, chosen].filter(Boolean).join(", ");
    for (const button of item.querySelectorAll("[data-step]")) button.setAttribute("aria-label", `${button.dataset.label}: ${named}`);
    const change = item.querySelector("[data-rechoose]");
    change.hidden = !isChoosable(id);
    change.setAttribute("aria-label", `${change.dataset.label}: ${named}`);
    item.querySelector("[data-unchosen]").hidden = Boolean(chosen);
    item.toggleAttribute("data-current", key === current);
    return item;
  }

  function show(basket, touched) {
    current = basket.some(({ key }) => key === touched) ? touched : (basket.find(({ key }) => key === current) ?? basket.at(-1))?.key ?? null;
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    const items = basket.map(line);
    for (const item of [...list.children]) if (!items.includes(item)) item.remove();
    items.forEach((item, index) => {
      if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
    });
    if (focused && !focused.isConnected) (list.querySelector("[data-current] button") ?? box.querySelector("[data-act=charge]")).focus();
    if (touched) list.querySelector("[data-current]")?.scrollIntoView({ block: "nearest" });
    const count = baskets.count(basket);
    const total = denomination.format(baskets.totalMinor(basket));
    fill(toggle, { count: String(count) });
    fill(box.querySelector("footer"), { total });
    box.toggleAttribute("data-empty", !count);
    box.querySelector(".till-note").hidden = !count;
    for (const button of box.querySelectorAll("[data-act]")) button.disabled = !count;
    if (!count) collapse();
    const line_ = touched && basket.find(({ key }) => key === touched);
    said.textContent = touched ? [line_ && `${line_.quantity} × ${line_.name}`, line_?.chosen, total].filter(Boolean).join(", ") : "";
  }

  function expand(is) {
    box.toggleAttribute("data-spread", is);
    toggle.setAttribute("aria-expanded", String(is));
  }
  const collapse = () => expand(false);

  box.addEventListener("click", (event) => {
    const step = event.target.closest("[data-step]");
    if (step) {
      stepped(step.closest("[data-line]").dataset.line, Number(step.dataset.step));
      if (!step.matches(":focus-visible")) step.blur();
    }
    const line = event.target.closest(".till-line")?.closest("[data-line]");
    if (line && !line.querySelector("[data-rechoose]").hidden) rechoose(line.dataset.line);
    if (event.target.closest("[data-toggle]")) expand(!box.hasAttribute("data-spread"));
  });
  // + and − of the keyboard mean the line that was touched last; their buttons carry no key of their own.
  document.addEventListener("keydown", (event) => {
    if (!"+-".includes(event.key) || !current || event.target.matches("input") || document.querySelector("dialog[open]")) return;
    const by = event.key === "+" ? 1 : -1;
    if (event.repeat) stepped(current, by);
    else ifAlone(() => stepped(current, by));
  });

  return {
    show, collapse,
    get current() { return current; },
    // Emptied at a touch, and brought back at another.
    clear(basket, broughtBack) {
      changed(baskets.EMPTY);
      const toast = undo.content.cloneNode(true).firstElementChild;
      toast.querySelector("[data-bring-back]").addEventListener("click", () => {
        changed(basket);
        broughtBack();
        toast.querySelector(".dismiss").click();
      });
      document.getElementById("toasts").append(toast);
    },
  };
}
