// Ticks all customers of the page, and lets nobody both tick some and ask for all.

document.addEventListener("change", ({ target }) => {
  const form = target.closest?.("form.many");
  if (!form) return;
  const picks = [...form.querySelectorAll("input.pick")];
  const page = form.querySelector("[data-pick-all]");
  const all = form.elements.all;
  if (target === page) for (const pick of picks) pick.checked = page.checked;
  if (target === all) for (const pick of [page, ...picks]) pick.checked = false;
  else if (target === page || picks.includes(target)) all.checked = false;
  if (target !== page) page.checked = picks.length > 0 && picks.every((pick) => pick.checked);
});
