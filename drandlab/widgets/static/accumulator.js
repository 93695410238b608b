// The accumulator. Python adds up the points, checks the equation and says what the chain does; the page plays it, and
// asks Python when a pulse is changed.

const ROOM = 24; // around the square or the circle
const SIDE = 360;
const YES = "M3 8.5l3.5 3.5L13 4.5";
const NO = "M4 4l8 8M12 4l-8 8";
const PACE = 1100; // milliseconds of a step

// The marks of a pulse that exchanges its signature come in pairs, from the left.
function partnerOf(edits, i) {
  for (let at = 0; at < edits.length; at += 1) {
    if (edits[at] !== "swap") continue;
    if (at === i) return at + 1;
    if (at + 1 === i) return at;
    at += 1;
  }
  return null;
}

// The edits when pulse i becomes `edit`: an exchange takes a second pulse, and ends for both.
function changed(edits, i, edit) {
  const next = [...edits];
  const free = (at) => {
    const other = next[at] === "swap" ? partnerOf(next, at) : null;
    next[at] = "true";
    if (other != null) next[other] = "true";
  };
  free(i);
  if (edit !== "swap") {
    next[i] = edit;
    return next;
  }
  const other = i + 1 < next.length ? i + 1 : i - 1;
  if (other < 0) return edits;
  free(other);
  next[i] = next[other] = "swap";
  return next;
}

function render({ model, el }) {
  const root = element(el, "div", { class: "drandlab drandlab-accumulator", role: "group", "aria-label": "Accumulator" });
  const bar = element(root, "div", { class: "bar" });
  element(bar, "h3", {}, "Accumulator");
  const choice = element(bar, "span", { class: "choice", role: "radiogroup", "aria-label": "Design" });
  const time = steps(root, {
    label: "Steps",
    moment: "Step",
    names: { first: "To the beginning", back: "One step back", forward: "One step forward", last: "To the end" },
    at: () => now(),
    last: () => last(),
    go: (at) => set("at", at),
    pace: PACE,
  });
  const said = element(root, "p", { class: "said" });
  const sides = element(root, "div", { class: "sides" });
  const left = element(sides, "div", { class: "left" });
  const svg = element(left, "svg", { viewBox: `0 0 ${SIDE + 2 * ROOM} ${SIDE + 2 * ROOM}`, role: "img" });
  const legend = element(left, "ul", { class: "legend", "aria-label": "Marks" });
  const right = element(sides, "div", { class: "right" });
  const lamp = element(right, "p", { class: "lamp" });
  const facts = element(right, "dl");
  const blocks = element(right, "div", { class: "blocks", role: "group", "aria-label": "Blocks" });
  const examples = element(right, "div", { class: "examples", role: "group", "aria-label": "Examples" });
  const sheet = element(right, "div", { class: "sheet", tabindex: 0, role: "region", "aria-label": "Pulses" });
  element(root, "p", { class: "help" }, "Change a pulse in its list, or take an example. Keys: + and \u2212 go one step, the space bar plays.");
  const leave = settle(root, bar, { model, el });
  const announce = announcer(root);
  const set = setter(model);

  let story;
  let radios = [];
  let lists = [];
  let rows = [];
  let chips = [];
  let fresh = false;

  const last = () => story.steps.length - 1;
  const now = () => Math.min(model.get("at"), last());
  const asked = () => JSON.stringify(model.get("edits")) !== JSON.stringify(story.pulses.map(([, edit]) => edit)) || model.get("mode") !== story.mode;

  function edit(edits) {
    time.pause();
    fresh = true;
    set("edits", edits);
    wait();
  }

  function wait() {
    root.classList.toggle("waiting", asked());
    if (!asked()) return;
    said.textContent = "Python is asked; without a running kernel nothing will change.";
  }

  const x = ([value]) => ROOM + SIDE * value;
  const y = ([, value]) => ROOM + SIDE * (1 - value);

  function mark(kind, place, filled) {
    if (place == null) return;
    const g = element(svg, "g", { class: `mark ${kind} ${filled ? "stored" : "submitted"}`, transform: `translate(${x(place).toFixed(1)} ${y(place).toFixed(1)})` });
    const size = filled ? 5 : 9;
    const paths = {
      message: `M${-size} 0a${size} ${size} 0 1 0 ${2 * size} 0a${size} ${size} 0 1 0 ${-2 * size} 0z`,
      signature: `M0 ${-1.25 * size}l${1.25 * size} ${1.25 * size}l${-1.25 * size} ${1.25 * size}l${-1.25 * size} ${-1.25 * size}z`,
      wanted: "M-5 -5l10 10m0 -10l-10 10",
    };
    element(g, "path", { d: paths[kind] });
    if (!filled && kind !== "wanted") element(g, "text", { y: (kind === "message" ? place[1] > 0.93 : place[1] > 0.07) ? 25 : -15 }, kind === "message" ? "Q" : "\u03c3");
  }

  function trail(places, kind) {
    const there = places.filter((place) => place != null);
    if (there.length > 1) element(svg, "path", { class: `trail ${kind}`, d: `M${there.map((place) => `${x(place).toFixed(1)} ${y(place).toFixed(1)}`).join("L")}` });
  }

  function drawPlane(at) {
    const step = story.steps[at];
    svg.replaceChildren();
    if (story.plane === "circle") {
      element(svg, "circle", { class: "frame", cx: ROOM + SIDE / 2, cy: ROOM + SIDE / 2, r: SIDE / 2 });
    } else {
      element(svg, "rect", { class: "frame", x: ROOM, y: ROOM, width: SIDE, height: SIDE });
      element(svg, "line", { class: "middle", x1: ROOM, x2: ROOM + SIDE, y1: ROOM + SIDE / 2, y2: ROOM + SIDE / 2 });
      element(svg, "text", { class: "axis", x: ROOM + SIDE / 2, y: SIDE + ROOM + 17 }, "x / p");
      element(svg, "text", { class: "axis", transform: `translate(${ROOM - 9} ${ROOM + SIDE / 2}) rotate(-90)` }, "y / p");
    }
    const stored = story.pairs.slice(0, taken(at));
    trail(stored.map(([message]) => message), "message");
    trail(stored.map(([, signature]) => signature), "signature");
    for (const [message, signature] of stored) {
      mark("message", message, true);
      mark("signature", signature, true);
    }
    mark("wanted", step.wanted, false);
    mark("message", step.message?.[1], false);
    mark("signature", step.signature?.[1], false);
    const many = stored.length === 1 ? "1 pair is stored" : `${stored.length} pairs are stored`;
    svg.setAttribute("aria-label", `Sums of points, ${story.drawn}; ${many}. ${verdict(step)}`);
  }

  // How many pairs are stored up to a step: each block that was taken stores one.
  const taken = (at) => story.steps.slice(0, at + 1).filter(({ block, holds }) => block != null && holds).length;

  function verdict({ holds, block }) {
    if (holds == null) return "There is nothing to compare.";
    const what = block == null ? "what an author would submit now" : "what was submitted";
    return `e(\u03c3, g\u2082) ${holds ? "=" : "\u2260"} e(Q, pk): ${what} ${holds ? "verifies" : "does not verify"}.`;
  }

  function line(name, value) {
    element(facts, "dt", {}, name);
    element(facts, "dd", {}, value);
  }

  function icon(parent, yes) {
    drawing(parent, yes ? YES : NO, { class: yes ? "yes" : "no" });
  }

  function draw() {
    const at = now();
    const step = story.steps[at];
    time.show(`step ${at + 1} of ${last() + 1}`);
    said.textContent = step.said;
    drawPlane(at);
    lamp.replaceChildren();
    lamp.dataset.holds = step.holds == null ? "none" : step.holds ? "yes" : "no";
    if (step.holds != null) icon(lamp, step.holds);
    element(lamp, "span", {}, verdict(step));
    facts.replaceChildren();
    line("Q", step.message?.[0] ?? "\u2013");
    line("\u03c3", step.signature?.[0] ?? "\u2013");
    line("stored", step.stored == null ? "nothing yet" : `Q ${step.stored[0]}  \u03c3 ${step.stored[1]}`);
    line("next round", step.next);
    rows.forEach((row, i) => {
      const come = story.pulses[i][4];
      row.classList.toggle("ahead", come > at);
      if (come === at) row.setAttribute("aria-current", "step");
      else row.removeAttribute("aria-current");
    });
    chips.forEach(([chip, where]) => {
      chip.classList.toggle("ahead", where > at);
      if (where === at) chip.setAttribute("aria-current", "step");
      else chip.removeAttribute("aria-current");
    });
    wait();
    return step.said;
  }

  function buildPulses() {
    sheet.replaceChildren();
    const table = element(sheet, "table");
    const head = element(element(table, "thead"), "tr");
    for (const text of ["round", "signature", "what comes", "alone"]) element(head, "th", { scope: "col" }, text);
    const body = element(table, "tbody");
    lists = [];
    rows = story.pulses.map(([round, word, signature, alone], i) => {
      const tr = element(body, "tr");
      element(tr, "th", { scope: "row" }, round);
      element(tr, "td", { class: "hex" }, signature ?? "\u2013");
      const list = element(element(tr, "td"), "select", { "aria-label": `What comes of round ${round}` });
      for (const [value, text] of Object.entries(story.words)) element(list, "option", { value, selected: value === word }, text);
      list.addEventListener("change", () => edit(changed(model.get("edits"), i, list.value)));
      lists.push(list);
      const cell = element(tr, "td", { class: "alone" });
      if (alone != null) icon(cell, alone);
      element(cell, "span", {}, alone == null ? "\u2013" : alone ? "verifies" : "does not");
      return tr;
    });
  }

  function build() {
    const held = lists.indexOf(document.activeElement);
    story = model.get("story");
    choice.replaceChildren();
    radios = story.modes.map((mode) => {
      const own = mode === story.mode;
      const radio = element(choice, "button", { type: "button", role: "radio", "data-mode": mode, "aria-checked": String(own), tabindex: own ? 0 : -1 }, mode);
      radio.addEventListener("click", () => turn(mode));
      return radio;
    });
    legend.replaceChildren();
    const marks = [["message", "Q, the sum of the rounds"], ["signature", "\u03c3, the sum of the signatures"]];
    if (story.plane === "circle") marks.push(["wanted", "where \u03c3 must be"]);
    for (const [kind, text] of marks) {
      const item = element(legend, "li");
      element(item, "i", { class: kind, "aria-hidden": "true" }, { message: "\u25cf", signature: "\u25c6", wanted: "\u2715" }[kind]);
      element(item, "span", {}, text);
    }
    const note = element(legend, "li");
    element(note, "span", {}, `Filled: stored. Drawn is ${story.drawn}.`);
    blocks.replaceChildren();
    chips = [];
    story.steps.forEach(({ block, error, holds }, where) => {
      if (block == null) return;
      const result = error ?? (holds ? "stored" : "nothing");
      const chip = element(blocks, "button", { type: "button", class: error ? "chip failed" : "chip" }, `Block ${block}: ${result}`);
      chip.addEventListener("click", () => {
        time.pause();
        time.go(where);
      });
      chips.push([chip, where]);
    });
    examples.replaceChildren();
    for (const [name, edits] of story.examples) {
      element(examples, "button", { type: "button" }, name).addEventListener("click", () => edit(edits));
    }
    buildPulses();
    draw();
    if (held >= 0) lists[Math.min(held, lists.length - 1)].focus();
  }

  function turn(mode) {
    time.pause();
    set("mode", mode);
    wait();
    radios.find((radio) => radio.dataset.mode === model.get("mode"))?.focus();
  }

  choice.addEventListener("keydown", (event) => {
    if (foreign(event) || !event.key.startsWith("Arrow")) return;
    event.preventDefault();
    turn(story.modes[(story.modes.indexOf(story.mode) + 1) % story.modes.length]);
  });

  const listeners = {
    "change:story": () => {
      build();
      const [at, errors] = [now(), story.steps.filter(({ error }) => error != null).length];
      if (fresh) announce(`${errors === 0 ? "No block fails" : errors === 1 ? "1 block fails" : `${errors} blocks fail`}. ${story.steps[at].said}`);
      fresh = false;
    },
    "change:at": () => announce(draw()),
    "change:mode": wait,
    "change:edits": () => {
      lists.forEach((list, i) => (list.value = model.get("edits")[i]));
      wait();
    },
  };
  const deafen = listen(model, listeners);
  build();
  return () => {
    time.end();
    leave();
    deafen();
  };
}

export { changed };
export default { render };
