// Show what belongs to one of the page's moments: data-when="waiting presenting".
export function during(root, moments) {
  for (const element of root.querySelectorAll("[data-when]")) {
    element.hidden = !element.dataset.when.split(" ").some((moment) => moments.has(moment));
  }
}
