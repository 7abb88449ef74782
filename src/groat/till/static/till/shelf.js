// The products: categories, search, number keys, and arrows between the tiles.

import { priceAt, stateAt } from "./selling.js";

const KEYS = "1234567890";
const JUDGED_EVERY_MS = 15000;
const FAVOURITES = "favourites";

// How people type without diacritics: "cesnek" finds "Česnek".
function folded(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

// `choices`: by product, what it leaves to choose; `selling`: by product, what is not the same always; `refused(why)` is
// told when something is chosen that is not to be had.
export function shelf(root, { chosen, choices, selling, timeZone, format, refused }) {
  const tiles = [...root.querySelectorAll(".tile[data-product]")];
  const tabs = [...root.querySelectorAll("[data-tab]")];
  const search = root.querySelector("#search");
  const words = new Map(tiles.map((tile) => [tile, folded(tile.dataset.name)]));
  const nothing = root.querySelector("[data-nothing-found]");
  let tab = tabs.some(({ dataset }) => dataset.tab === FAVOURITES) ? FAVOURITES : "";

  const products = new Map(
    tiles.map(({ dataset: { product, name, priceMinor } }) => [
      product, { id: product, name, price_minor: Number(priceMinor), groups: choices[product] ?? [] },
    ]),
  );
  const told = new Map(Object.entries(selling));

  // Hours begin and end, and dated prices come, while nobody touches the page.
  function judge() {
    const now = Date.now();
    for (const tile of tiles) {
      const { product, priceMinor, name } = tile.dataset;
      const terms = told.get(product);
      const state = tile.querySelector(".state");
      if (!terms && state.hidden) continue;
      const is = stateAt(now, timeZone, terms);
      const price_minor = priceAt(now, Number(priceMinor), terms);
      if (products.get(product).price_minor !== price_minor || terms?.prices) {
        products.get(product).price_minor = price_minor;
        tile.querySelector(".price").textContent = format(price_minor);
      }
      state.hidden = !is;
      state.textContent = is === "closed" ? terms.when : state.dataset.out;
      tile.dataset.state = is;
      if (is) tile.setAttribute("aria-disabled", "true");
      else tile.removeAttribute("aria-disabled");
      tile.dataset.why = is ? `${name}: ${state.textContent}` : "";
    }
  }

  function take(tile) {
    judge();
    if (tile.dataset.state) refused(tile.dataset.why);
    else chosen(products.get(tile.dataset.product));
  }

  const visible = () => tiles.filter((tile) => !tile.hidden && !tile.closest("[hidden]"));

  function show() {
    const wanted = folded(search.value.trim());
    for (const tile of tiles) tile.hidden = Boolean(wanted) && !words.get(tile).includes(wanted);
    for (const section of root.querySelectorAll("[data-category]")) {
      const { category } = section.dataset;
      // A search looks everywhere: who types a name need not know where it lies. A favourite lies elsewhere too.
      const isOfTab = wanted || !tab ? category !== FAVOURITES : category === tab;
      section.hidden = !isOfTab || !section.querySelector(".tile:not([hidden])");
    }
    for (const button of tabs) button.setAttribute("aria-pressed", String(!wanted && button.dataset.tab === tab));
    const shown = visible();
    tiles.forEach((tile) => {
      const key = KEYS[shown.indexOf(tile)] ?? "";
      if (key) tile.dataset.key = key;
      else delete tile.dataset.key;
      const hint = tile.querySelector(".key");
      if (hint) hint.textContent = key;
    });
    if (nothing) nothing.hidden = shown.length > 0 || !products.size;
    roam(shown.includes(document.activeElement) ? document.activeElement : shown[0]);
  }

  // One tile is in the tab order; arrows reach the others.
  function roam(to) {
    for (const tile of tiles) tile.tabIndex = tile === to ? 0 : -1;
  }

  function move(from, key) {
    const all = visible();
    const box = from.getBoundingClientRect();
    const isRow = key === "ArrowUp" || key === "ArrowDown";
    if (!isRow) return all[all.indexOf(from) + (key === "ArrowRight" ? 1 : -1)];
    const centre = box.left + box.width / 2;
    const ahead = all
      .map((tile) => ({ tile, at: tile.getBoundingClientRect() }))
      .filter(({ at }) => (key === "ArrowDown" ? at.top >= box.bottom - 1 : at.bottom <= box.top + 1));
    const far = ({ at }) => Math.abs(at.top - box.top) * 4 + Math.abs(at.left + at.width / 2 - centre);
    return ahead.sort((one, other) => far(one) - far(other))[0]?.tile;
  }

  function choose(name) {
    tab = name;
    search.value = "";
    show();
    root.querySelector(".till-shelf").scrollTop = 0;
    tabs.find((button) => button.dataset.tab === tab)?.scrollIntoView({ block: "nearest", inline: "center" });
  }

  root.addEventListener("click", (event) => {
    const tile = event.target.closest(".tile[data-product]");
    if (tile) {
      take(tile);
      roam(tile);
      // After a tap or a number key, Enter belongs to the charge and not to this tile.
      if (!tile.matches(":focus-visible")) tile.blur();
    }
    const button = event.target.closest("[data-tab]");
    if (button) choose(button.dataset.tab);
  });

  root.addEventListener("keydown", (event) => {
    const from = event.target.closest(".tile[data-product]");
    if (!from || !event.key.startsWith("Arrow")) return;
    const to = move(from, event.key);
    event.preventDefault();
    if (!to) return;
    roam(to);
    to.focus();
  });

  search.addEventListener("input", show);
  search.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") visible()[0]?.focus();
    else if (event.key === "Enter" && search.value.trim()) {
      // The first that was found; Enter goes no further, for it would charge.
      const [first] = visible();
      if (first) take(first);
      search.value = "";
      show();
    } else if (event.key === "Escape" && search.value) {
      search.value = "";
      show();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  show();
  judge();
  setInterval(judge, JUDGED_EVERY_MS);
  // Disabled until somebody listens, so that no tap is lost.
  for (const tile of tiles) tile.disabled = false;
  return {
    products,
    // The next or the last category.
    turn(by) {
      const names = tabs.map((button) => button.dataset.tab);
      choose(names[(names.indexOf(tab) + by + names.length) % names.length]);
    },
    focus: () => visible()[0]?.focus(),
    // What is sold out now: by product, until when.
    hear(soldOut) {
      for (const id of products.keys()) {
        const { out: _out, ...terms } = told.get(id) ?? {};
        told.set(id, id in soldOut ? { ...terms, out: soldOut[id] } : terms);
      }
      judge();
    },
    changed(id, terms) {
      told.set(id, terms);
      judge();
    },
    counted(quantity) {
      for (const tile of tiles) {
        const count = quantity(tile.dataset.product);
        const badge = tile.querySelector(".count");
        badge.textContent = count || "";
        badge.hidden = !count;
      }
    },
  };
}
