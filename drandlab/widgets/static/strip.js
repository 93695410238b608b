// The chain strip. Python reads the journal and sends what happened in each round; the page only shows it.

// What a node did for a round, in Python's order; the shape alone tells them apart.
const SHAPES = [
  ["signed", "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11z"],
  ["only", "M8 3a5 5 0 1 0 0 10a5 5 0 1 0 0-10z"],
  ["unsigned", "M3 3h10v10H3z"],
  ["sync", "M8 2l6.5 11.5h-13z"],
  ["nothing", "M4 4l8 8M12 4l-8 8"],
];

const short = (hex, count = 8) => (hex ? `${hex.slice(0, count)}\u2026${count > 8 ? hex.slice(-8) : ""}` : "");
const after = (ms) => `${ms < 0 ? "\u2212" : "+"}${Math.abs(ms).toLocaleString("en", { maximumFractionDigits: 1 })} ms`;

function shape(parent, number) {
  const svg = element(parent, "svg", { viewBox: "0 0 16 16", "aria-hidden": "true", class: `how ${SHAPES[number][0]}` });
  element(svg, "path", { d: SHAPES[number][1] });
  return svg;
}

function render({ model, el }) {
  const root = element(el, "div", { class: "drandlab drandlab-strip", role: "group", "aria-label": "Chain strip" });
  const bar = element(root, "div", { class: "bar" });
  element(bar, "h3", {}, "The chain");
  const kind = element(bar, "span", { class: "kind" });
  const row = element(root, "div", { class: "row", role: "listbox", "aria-orientation": "horizontal", "aria-label": "Rounds" });
  const legend = element(root, "ul", { class: "legend", "aria-label": "What a node did for a round" });
  const panel = element(root, "section", { class: "panel", "aria-label": "The chosen round", tabindex: 0 });
  element(root, "p", { class: "help" }, "Choose a round: click it, or Tab into the strip and move with the left and right arrow keys (Home, End: the ends).");
  const leave = settle(root, bar, { model, el });
  const announce = announcer(root);

  let story;
  let options;

  const chosen = () => Math.max(0, story.rounds.findIndex(({ round }) => round === model.get("round")));

  const choose = (i) => setter(model)("round", story.rounds[i].round);

  function sentence({ round, randomness, first, signed }) {
    if (!randomness) return `Round ${round}: no beacon yet.`;
    const who = story.full ? `, signed by ${new Set(signed.map(([name]) => name)).size} of ${story.nodes.length} nodes` : "";
    return `Round ${round}: beacon ${short(randomness)}${who}${first ? `, first at node ${first[0]}, ${after(first[1])}` : ""}.`;
  }

  function build() {
    const held = row.contains(document.activeElement);
    story = model.get("story");
    kind.textContent = story.chained ? "chained: each beacon signs the signature before it" : "unchained: a beacon signs its round alone";
    row.replaceChildren();
    row.classList.toggle("chained", story.chained);
    options = story.rounds.map((told, i) => {
      const option = element(row, "div", { class: `block ${told.randomness ? "made" : "missing"}`, role: "option", tabindex: -1, "aria-label": sentence(told) });
      element(option, "div", { class: "round" }, told.round);
      element(option, "div", { class: "randomness" }, told.randomness ? told.randomness.slice(0, 6) : "none");
      const nodes = element(option, "div", { class: "behind" });
      told.how.forEach((number) => shape(nodes, number));
      option.addEventListener("click", () => {
        choose(i);
        option.focus();
      });
      return option;
    });
    legend.replaceChildren();
    const seen = new Set(story.rounds.flatMap(({ how }) => how));
    story.hows.forEach((text, number) => {
      if (!seen.has(number)) return;
      const item = element(legend, "li");
      shape(item, number);
      element(item, "span", {}, text);
    });
    draw();
    if (held) options[chosen()].focus();
  }

  function draw() {
    const at = chosen();
    markOption(options, at);
    bringIntoView(row, options[at]);
    const told = story.rounds[at];
    panel.replaceChildren();
    element(panel, "h4", {}, `Round ${told.round}`);
    element(panel, "p", {}, sentence(told));
    const lines = [];
    if (told.randomness) lines.push(["randomness", `${told.randomness}\u2026`]);
    if (told.signature) lines.push(["signature", short(told.signature, 12)]);
    if (told.previous) lines.push(["signs the one before", short(told.previous, 12)]);
    pairList(panel, [...lines, ["partials needed", told.threshold]]);
    const table = element(element(panel, "div", { class: "who" }), "table");
    const head = element(element(table, "thead"), "tr");
    for (const text of ["node", "", "signed", "stored", "by"]) element(head, text ? "th" : "td", text ? { scope: "col" } : {}, text);
    const body = element(table, "tbody");
    story.nodes.forEach((name, i) => {
      const tr = element(body, "tr");
      element(tr, "th", { scope: "row" }, name);
      shape(element(tr, "td"), told.how[i]);
      const signed = told.signed.find(([who]) => who === name);
      const stored = told.stored.find(([who]) => who === name);
      element(tr, "td", {}, signed ? after(signed[1]) : "\u2013");
      element(tr, "td", {}, stored ? after(stored[1]) : "\u2013");
      element(tr, "td", {}, stored ? stored[2] : "\u2013");
    });
  }

  listKeys(row, { options: () => options, at: chosen, choose, moves: () => ({ ArrowLeft: -1, ArrowRight: 1, " ": 0 }) });

  const listeners = {
    "change:story": build,
    "change:round": () => {
      draw();
      announce(sentence(story.rounds[chosen()]));
    },
  };
  const deafen = listen(model, listeners);
  build();
  // a notebook shows the view some time after it was made, and may change its width
  const width = new ResizeObserver(() => bringIntoView(row, options[chosen()]));
  width.observe(row);
  return () => {
    width.disconnect();
    leave();
    deafen();
  };
}
export default { render };
