// What the views with a list of options share: which one is chosen, and the keys. Python puts it in front of the view:
// `_esm = static("name", "js", "lists")`.

// A list of names and values.
function pairList(parent, pairs) {
  const list = element(parent, "dl");
  for (const [name, value] of pairs) {
    element(list, "dt", {}, name);
    element(list, "dd", {}, value);
  }
  return list;
}

// Marks the chosen option of a list, if one is: Tab reaches it, else the first.
function markOption(options, at) {
  options.forEach((option, i) => {
    option.setAttribute("aria-selected", i === at);
    option.setAttribute("tabindex", i === Math.max(0, at) ? 0 : -1);
  });
}

// Brings an option of a list into view; only the list scrolls, never the notebook.
function bringIntoView(list, option) {
  if (option == null) return;
  const { offsetLeft: x, offsetTop: y, offsetWidth: wide, offsetHeight: high } = option;
  if (x < list.scrollLeft || x + wide > list.scrollLeft + list.clientWidth) list.scrollLeft = x - (list.clientWidth - wide) / 2;
  if (y < list.scrollTop || y + high > list.scrollTop + list.clientHeight) list.scrollTop = y - (list.clientHeight - high) / 2;
}

// Home, End, Page Up, Page Down, Enter and the keys of `moves`, which say how far each leads, choose an option and go to it.
function listKeys(list, { options, at, choose, moves }) {
  list.addEventListener("keydown", (event) => {
    const end = options().length - 1;
    if (foreign(event) || end < 0) return;
    const move = { Home: -end, End: end, PageUp: -10, PageDown: 10, Enter: 0, ...moves() }[event.key];
    if (move == null) return;
    event.preventDefault();
    const to = Math.max(0, Math.min(end, at() + move));
    choose(to);
    options()[to].focus({ preventScroll: true });
  });
}
