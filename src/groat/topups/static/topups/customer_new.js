// Who is anonymous has no name, e-mail, phone or number: the fields for them go, and nobody fills them in vain.

const form = document.getElementById("customer-new");
const personal = ["name", "email", "phone", "identifier"].map((name) => form.elements[name].closest(".field"));

function show() {
  for (const field of personal) field.hidden = form.elements.anonymous.checked;
}

form.elements.anonymous.addEventListener("change", show);
show();
