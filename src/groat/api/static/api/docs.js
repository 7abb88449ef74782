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

// What Swagger UI leaves to be wished for by those who do not see or do not point.
function accessible({ React }) {
  return {
    // A link inside a button cannot be reached; opening an operation writes its address all the same.
    components: { DeepLink: ({ text }) => React.createElement("span", { className: "nostyle" }, text) },
    // What stands around the operations; the page has a main part already.
    wrapComponents: {
      VersionPragmaFilter: (Original) => ({ children, ...props }) => {
        const parts = React.Children.toArray(children);
        const kept = parts.map((part) => (part.type === "main" ? React.createElement("div", part.props) : part));
        return React.createElement(Original, props, ...kept);
      },
    },
  };
}

// Nothing of it can be told to Swagger UI itself.
function named() {
  place.querySelector("#servers")?.setAttribute("aria-label", "Server");
  // Its headings leave out the second level.
  for (const heading of place.querySelectorAll("h3, h4, h5")) heading.ariaLevel = String(heading.tagName[1] - 1);
}
new MutationObserver(named).observe(place, { childList: true, subtree: true });

window.SwaggerUIBundle({
  plugins: [accessible],
  domNode: place,
  url: place.dataset.url,
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
  validatorUrl: null,
});
