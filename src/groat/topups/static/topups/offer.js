// The form of an offer: fields that belong to what was chosen, and the rows of its steps.

const form = document.getElementById("offer");
const shown = {
  lasts_number: () => ["days", "months"].includes(form.elements.lasts.value),
  lasts_until: () => form.elements.lasts.value === "date",
  period_days: () => form.elements.basis?.value === "days",
};

function show() {
  for (const [name, is] of Object.entries(shown)) {
    const field = form.elements[name]?.closest(".field");
    if (field) field.hidden = !is();
  }
}

// What a step gives is a rate or an amount: its unit stands behind the field.
function units() {
  const unit = form.elements.unit;
  if (!unit) return;
  const credit = form.querySelector("[name$=-start]").parentElement.querySelector(".unit")?.textContent ?? "";
  for (const field of form.querySelectorAll("[name$=-bonus]")) {
    const sign = field.parentElement.querySelector(".unit");
    if (sign) sign.textContent = unit.value === "percent" ? "%" : credit;
  }
}

const list = form.querySelector("[data-rows]");
const add = form.querySelector("[data-add]");
const total = form.elements["steps-TOTAL_FORMS"];

function another() {
  const row = document.createElement("template");
  row.innerHTML = document.getElementById("step").innerHTML.replaceAll("__prefix__", total.value);
  total.value = Number(total.value) + 1;
  list.append(row.content);
  add.disabled = Number(total.value) >= Number(form.elements["steps-MAX_NUM_FORMS"].value);
  units();
  list.lastElementChild.querySelector("input").focus();
}

add?.addEventListener("click", another);
list?.addEventListener("click", ({ target }) => {
  const row = target.closest("[data-drop]")?.closest("[data-row]");
  if (!row) return;
  // Its fields stay, empty, so that the rows' numbers have no gap.
  for (const field of row.querySelectorAll("input")) field.value = "";
  row.hidden = true;
  (list.querySelector("[data-row]:not([hidden]) input") ?? add).focus();
  form.dispatchEvent(new Event("refresh"));
});
form.addEventListener("change", () => { show(); units(); });
show();
units();
