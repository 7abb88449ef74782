// The sheet in which a product's choices are made: a thumb, number keys, or Enter for what stands there.

import { open } from "../web/web.js";
import * as choices from "./choices.js";

const KEYS = "1234567890";

export function choosing(dialog, { denomination }) {
  const form = dialog.querySelector("form");
  const box = dialog.querySelector("[data-groups]");
  const total = dialog.querySelector("[data-total]");
  const [groupTemplate, choiceTemplate] = ["choice-group", "choice-one"].map((id) => document.getElementById(id).content);
  let product = null;
  let taken = null;

  const chosenIds = () => [...box.querySelectorAll("input:checked")].map(({ value }) => value);
  const chosen = () => choices.line(product, chosenIds());
  const difference = (minor) => (minor ? `${minor > 0 ? "+" : ""}${denomination.format(minor)}` : "");

  function group({ id, name, pick, choices: all }, ids, keys) {
    const made = groupTemplate.cloneNode(true).firstElementChild;
    made.querySelector("legend").textContent = name;
    for (const choice of all) {
      const label = choiceTemplate.cloneNode(true).firstElementChild;
      const input = label.querySelector("input");
      Object.assign(input, { type: pick === "one" ? "radio" : "checkbox", name: id, value: choice.id, checked: ids.includes(choice.id) });
      if (pick === "at_most_one") input.dataset.alone = id;
      label.querySelector("[data-name]").textContent = choice.name;
      label.querySelector("[data-difference]").textContent = difference(choice.price_minor);
      const key = keys.shift();
      label.querySelector("kbd").textContent = key ?? "";
      // On the label: on the field itself a key would only move the focus there.
      if (key) label.dataset.key = key;
      made.append(label);
    }
    return made;
  }

  function show() {
    const line = chosen();
    total.textContent = denomination.format(line?.price_minor ?? product.price_minor);
  }

  form.addEventListener("change", ({ target }) => {
    if (target.dataset.alone && target.checked) {
      for (const other of box.querySelectorAll("input")) if (other.dataset.alone === target.dataset.alone && other !== target) other.checked = false;
    }
    show();
  });

  function finish() {
    const line = dialog.open && chosen();
    if (!line) return;
    dialog.close();
    taken(line);
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    finish();
  });

  return {
    // `take(line)` hears what was chosen. Of a line that is changed `ids` are its choices.
    open(of, take, ids = null) {
      product = of;
      taken = take;
      dialog.querySelector("h2").textContent = product.name;
      for (const when of dialog.querySelectorAll("[data-of]")) when.hidden = when.dataset.of !== (ids ? "changing" : "adding");
      const keys = [...KEYS];
      box.replaceChildren(...product.groups.map((one) => group(one, ids ?? choices.preselected(product), keys)));
      show();
      open(dialog);
      (box.querySelector("input:checked") ?? box.querySelector("input")).focus();
    },
    // A card came while the choice stood here: it is for this too.
    finish,
  };
}
