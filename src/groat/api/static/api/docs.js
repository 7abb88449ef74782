// Shows the OpenAPI document with Swagger UI, in the page's own theme.
const place = document.getElementById("document");

function follow() {
  const chosen = document.documentElement.dataset.theme;
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.classList.toggle("dark-mode", dark);
}
follow();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", follow);
new MutationObserver(follow).observe(document.documentElement, { attributeFilter: ["data-theme"] });

window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.url,
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
  validatorUrl: null,
});
