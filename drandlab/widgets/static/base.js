// Shared by all live views of drandlab; it stands in front of each view's own source. Nothing is fetched.

const SVG = "http://www.w3.org/2000/svg";

function element(parent, tag, attributes = {}, text = null) {
  const vector = tag === "svg" || parent?.namespaceURI === SVG;
  const node = vector ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  if (text !== null) node.textContent = text;
  parent?.append(node);
  return node;
}

// A line that screen readers speak when it changes; the same sentence is not spoken twice in a row.
function announcer(root) {
  const line = element(root, "div", { class: "drandlab-live", role: "status", "aria-live": "polite" });
  return (sentence) => {
    if (line.textContent !== sentence) line.textContent = sentence;
  };
}

function pageIsDark() {
  const { body, documentElement } = document;
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false";
  if (body.dataset.vscodeThemeKind) return body.dataset.vscodeThemeKind.includes("dark");
  if (documentElement.getAttribute("theme")) return documentElement.getAttribute("theme") === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

// Keeps root's data-theme at "light" or "dark"; "own" paper is painted only where the page's theme is overruled.
function followTheme(root, model) {
  const apply = () => {
    const wanted = model.get("dark");
    root.dataset.theme = (wanted ?? pageIsDark()) ? "dark" : "light";
    root.dataset.paper = wanted === null || wanted === undefined ? "page" : "own";
  };
  const system = matchMedia("(prefers-color-scheme: dark)");
  const watcher = new MutationObserver(apply);
  watcher.observe(document.body, { attributes: true });
  watcher.observe(document.documentElement, { attributes: true });
  system.addEventListener("change", apply);
  model.on("change:dark", apply);
  apply();
  return () => {
    watcher.disconnect();
    system.removeEventListener("change", apply);
    model.off("change:dark", apply);
  };
}
