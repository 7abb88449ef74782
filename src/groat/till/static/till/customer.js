// A customer without a card: found by name, and asked to pay what waits.

// `due()` is what would be paid, in minor units, or 0; `pay({customer, why})` begins it.
export function customers(dialog, { denomination, due, pay }) {
  const search = dialog.querySelector("form[hx-post]");
  const found = dialog.querySelector("#customer-found");

  document.addEventListener("htmx:afterSettle", ({ target }) => {
    if (!dialog.contains(target)) return;
    const form = dialog.querySelector("[data-pay]");
    const minor = due();
    if (form && minor) {
      form.hidden = false;
      form.querySelector("[data-due]").textContent = denomination.format(minor);
    }
  });
  dialog.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-pay]");
    if (!form) return;
    event.preventDefault();
    const paying = { customer: form.dataset.pay, why: form.elements.why.value };
    dialog.close();
    pay(paying);
  });
  // A number key has chosen the reason: Enter pays.
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.repeat || event.target.closest("button, a, input")) return;
    event.preventDefault();
    event.stopPropagation();
    dialog.querySelector("[data-pay]:not([hidden])")?.requestSubmit();
  });
  // Nothing about a person stays on the screen, or in the page.
  dialog.addEventListener("close", () => {
    search.reset();
    found.replaceChildren();
  });
}
