// Shared by all live views of drandlab; it stands in front of each view's own source. Nothing is fetched.

const SVG = "http://www.w3.org/2000/svg";

function element(parent, tag, attributes = {}, text = null) {
  const vector = tag === "svg" || parent?.namespaceURI === SVG;
  const node = vector ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value != null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  if (text != null) node.textContent = text;
  parent?.append(node);
  return node;
}

// An icon of one path, in a box of 16 by 16.
function drawing(parent, d, attributes = {}) {
  const svg = element(parent, "svg", { viewBox: "0 0 16 16", "aria-hidden": "true", ...attributes });
  element(svg, "path", { d });
  return svg;
}

// The place of the last entry of a sorted list not after `at`, else -1.
function place(list, at, time = (entry) => entry[0]) {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (time(list[middle]) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

// set(trait, value): Python gets it too.
const setter = (model) => (trait, value) => {
  model.set(trait, value);
  model.save_changes();
};

// Hears the model by a table of listeners, until the function that it returns is called.
function listen(model, listeners) {
  for (const [event, listener] of Object.entries(listeners)) model.on(event, listener);
  return () => {
    for (const [event, listener] of Object.entries(listeners)) model.off(event, listener);
  };
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
    root.dataset.paper = wanted == null ? "page" : "own";
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

const WHOLE = "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4";
const HALF = "M6 2v4H2M14 6h-4V2M10 14v-4h4M2 10h4v4";

// A button at the end of the bar that gives the view the whole screen, or the whole page where the browser refuses that.
function wholeScreen(root, bar) {
  const button = element(bar, "button", { type: "button", class: "whole-screen" });
  const icon = drawing(button, HALF).firstChild;
  const page = () => root.popover === "manual" && root.matches(":popover-open");
  const is = () => page() || root.matches(":fullscreen");
  const show = () => {
    const name = is() ? "Leave full screen" : "Full screen";
    root.classList.toggle("whole", is());
    button.setAttribute("aria-label", name);
    button.title = name;
    icon.setAttribute("d", is() ? HALF : WHOLE);
  };
  const enter = async () => {
    try {
      await root.requestFullscreen();
    } catch {
      // the top layer of the page: no part of the notebook can cover or clip it
      root.popover = "manual";
      root.showPopover();
    }
    show();
  };
  const leave = () => {
    if (root.matches(":fullscreen")) document.exitFullscreen();
    if (page()) {
      root.hidePopover();
      root.removeAttribute("popover");
    }
    show();
  };
  button.addEventListener("click", () => (is() ? leave() : enter()));
  root.addEventListener("fullscreenchange", show);
  show();
  return { is, leave };
}

// A key that is not for the view: with a modifier, or to run the cell.
const foreign = ({ key, altKey, ctrlKey, metaKey, shiftKey }) => altKey || ctrlKey || metaKey || (shiftKey && key === "Enter");

// While the focus is in a view, the notebook must not get its keys: there X cuts the cell, D D deletes it, and the
// arrows go to another. The notebook still gets Ctrl or Cmd with a letter (save, find), Shift+Enter, and Escape, which
// first leaves the full screen and then the view.
function keepKeys(el, root, screen) {
  const forNotebook = ({ key, ctrlKey, metaKey, shiftKey, altKey }) => {
    if (["Tab", "Escape", "Shift", "Control", "Alt", "Meta"].includes(key) || /^F\d+$/.test(key)) return true;
    if (key === "Enter") return !altKey && (ctrlKey || metaKey || shiftKey);
    // but not Ctrl+A and Ctrl+M, which choose or merge cells
    return (ctrlKey || metaKey) && !altKey && /^[a-z]$/i.test(key) && !/^[am]$/i.test(key);
  };
  const heard = (event) => {
    if (!forNotebook(event) || (event.key === "Escape" && event.defaultPrevented)) event.stopPropagation();
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if (screen.is()) {
      event.stopPropagation();
      event.preventDefault();
      return screen.leave();
    }
    document.activeElement?.blur();
    el.closest("[tabindex]")?.focus({ preventScroll: true });
  };
  // above the root, so that the view's own listeners come first
  el.addEventListener("keydown", heard);
  return () => el.removeEventListener("keydown", heard);
}

// What every view with controls has: the page's theme, a full screen, and its own keys.
function settle(root, bar, { model, el }) {
  const ends = [followTheme(root, model), keepKeys(el, root, wholeScreen(root, bar))];
  return () => ends.forEach((end) => end());
}
