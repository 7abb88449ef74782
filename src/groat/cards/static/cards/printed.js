// The button that prints a code.
document.querySelector("[data-print]").addEventListener("click", () => print());
