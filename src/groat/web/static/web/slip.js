// Printing a slip: a button, and the length of the paper. CSS cannot say "80 mm wide and as long as it takes".

const PX_PER_MM = 96 / 25.4;
const WIDTH_MM = 80;
const MARGIN_MM = 3;

const paper = new CSSStyleSheet();
document.adoptedStyleSheets.push(paper);

// Measured as it will be on paper: in a copy of that width, for what is on the screen is wider.
function lengthMm(slip) {
  const copy = slip.cloneNode(true);
  Object.assign(copy.style, { position: "absolute", visibility: "hidden", inlineSize: "72mm", padding: "0", fontSize: "3.4mm", lineHeight: "1.3" });
  document.body.append(copy);
  const length = Math.ceil(copy.getBoundingClientRect().height / PX_PER_MM);
  copy.remove();
  return length + 2 * MARGIN_MM + 6;
}

// A page may show its slip only later, in a dialog.
function measure() {
  const slip = document.querySelector("[data-slip]");
  paper.replaceSync(slip ? `@page { size: ${WIDTH_MM}mm ${lengthMm(slip)}mm; margin: ${MARGIN_MM}mm; }` : "");
}
measure();
addEventListener("beforeprint", measure);
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});
