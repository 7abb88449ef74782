// The buttons with usual amounts fill in the field; htmx then asks for the price as if it were typed.

const field = document.querySelector("#top-up [name=bought]");

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fill]");
  if (!button) return;
  field.value = button.dataset.fill;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});
