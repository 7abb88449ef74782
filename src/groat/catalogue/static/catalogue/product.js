// Shows on the product's form what its tile on the till will look like, while it is being typed.

const preview = document.getElementById("preview");
const form = document.querySelector("form:has([name=swatch])");
const before = preview.querySelector("img")?.getAttribute("src") ?? null;
let taken = null;

function part(name) {
  return preview.querySelector(`[data-part=${name}]`);
}

function draw() {
  const typed = new FormData(form);
  preview.dataset.swatch = typed.get("swatch") ?? "";
  part("name").textContent = typed.get("name");
  const price = typed.get("price_minor").trim();
  part("price").textContent = price ? `${price}\u00a0${preview.dataset.unit}` : "";
  show(taken ?? (typed.has("without_picture") ? null : before));
}

function show(source) {
  const image = preview.querySelector("img");
  if (!source) image?.remove();
  else if (image) image.src = source;
  else preview.prepend(Object.assign(new Image(), { src: source, alt: "" }));
}

form.addEventListener("input", draw);
form.picture.addEventListener("change", () => {
  if (taken) URL.revokeObjectURL(taken);
  taken = form.picture.files.length ? URL.createObjectURL(form.picture.files[0]) : null;
  draw();
});
draw();
