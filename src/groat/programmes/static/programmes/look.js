/* The page in the colour that is being chosen. */
const form = document.getElementById("look");
const [colour, own] = ["accent", "own_accent"].map((name) => form.elements[name]);

function show() {
  let sheet = document.getElementById("accent");
  if (!own.checked) {
    sheet?.remove();
    return;
  }
  if (!sheet) {
    sheet = Object.assign(document.createElement("link"), { id: "accent", rel: "stylesheet" });
    document.head.append(sheet);
  }
  sheet.href = form.dataset.accent.replace("COLOUR", colour.value.slice(1));
}

colour.addEventListener("input", () => {
  own.checked = true;
  show();
});
own.addEventListener("change", show);
