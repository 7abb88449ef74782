// The rows of a group's choices: another one, their order, one left out.

const list = document.querySelector("[data-rows]");
const blank = document.getElementById("choice-row");
const total = document.querySelector("[name=choices-TOTAL_FORMS]");
const most = Number(document.querySelector("[name=choices-MAX_NUM_FORMS]").value);
const add = document.querySelector("[data-add]");

// The rows stand in the order in which they are sent.
function number() {
  [...list.querySelectorAll("[data-row]")].forEach((row, index) => {
    row.querySelector("[name$=-ORDER]").value = index + 1;
    row.querySelector("[data-up]").disabled = index === 0;
  });
  add.disabled = Number(total.value) >= most;
}

function another() {
  const row = document.createElement("template");
  row.innerHTML = blank.innerHTML.replaceAll("__prefix__", total.value);
  total.value = Number(total.value) + 1;
  list.append(row.content);
  number();
  list.lastElementChild.querySelector("[name$=-name]").focus();
}

add.addEventListener("click", another);
list.addEventListener("click", ({ target }) => {
  const row = target.closest("[data-row]");
  if (target.closest("[data-up]")) {
    list.insertBefore(row, row.previousElementSibling);
    target.closest("[data-up]").focus();
  } else if (target.closest("[data-drop]")) {
    // Its fields stay, empty, so that the rows' numbers have no gap.
    for (const field of row.querySelectorAll("[name$=-name], [name$=-price_minor], [name$=-id]")) field.value = "";
    row.hidden = true;
    const next = [...list.querySelectorAll("[data-row]:not([hidden])")].at(-1);
    (next?.querySelector("[name$=-name]") ?? add).focus();
    list.append(row);
  }
  number();
});
// Enter goes on to the next row, as in a list.
list.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("input:not([type=checkbox])")) return;
  const rows = [...list.querySelectorAll("[data-row]:not([hidden])")];
  const next = rows[rows.indexOf(event.target.closest("[data-row]")) + 1];
  event.preventDefault();
  if (next) next.querySelector("[name$=-name]").focus();
  else if (!add.disabled) another();
});
number();
