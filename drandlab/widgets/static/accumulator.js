// The accumulator. Python adds up the points, checks the equation and says what the chain does; the page plays it, and
// asks Python when a pulse is changed.

const ROOM = 24; // around the square or the circle
const SIDE = 360;
const PLAY = "M4 2.5l9 5.5l-9 5.5z";
const PAUSE = "M4 3h3v10h-3zM9 3h3v10h-3z";
const ICONS = {
  first: ["To the beginning", "M3 3h2v10h-2zM13 3v10l-7-5z"],
  back: ["One step back", "M11 3v10l-7-5z"],
  play: ["Play", PLAY],
  forward: ["One step forward", "M5 3v10l7-5z"],
  last: ["To the end", "M11 3h2v10h-2zM3 3v10l7-5z"],
};
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
  const transport = element(root, "div", { class: "transport", role: "group", "aria-label": "Steps" });
  const buttons = {};
  const icons = {};
  for (const [action, [name, path]] of Object.entries(ICONS)) {
    buttons[action] = element(transport, "button", { type: "button", "data-action": action, "aria-label": name, title: name });
    icons[action] = element(element(buttons[action], "svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }), "path", { d: path });
  }
  const slider = element(transport, "input", { type: "range", min: 0, step: 1, "aria-label": "Step" });
  const count = element(transport, "span", { class: "count" });
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

  let story;
  let radios = [];
  let lists = [];
  let rows = [];
  let chips = [];
  let timer = null;
  let fresh = false;

  function set(trait, value) {
    model.set(trait, value);
    model.save_changes();
  }

  const last = () => story.steps.length - 1;
  const now = () => Math.min(model.get("at"), last());
  const go = (at) => set("at", Math.max(0, Math.min(last(), at)));
  const asked = () => JSON.stringify(model.get("edits")) !== JSON.stringify(story.pulses.map(([, edit]) => edit)) || model.get("mode") !== story.mode;

  function pause() {
    clearInterval(timer);
    timer = null;
    icons.play.setAttribute("d", PLAY);
    buttons.play.setAttribute("aria-label", "Play");
    buttons.play.title = "Play";
  }

  function play() {
    if (timer != null) return pause();
    if (now() === last()) go(0);
    timer = setInterval(() => (now() < last() ? go(now() + 1) : pause()), PACE);
    icons.play.setAttribute("d", PAUSE);
    buttons.play.setAttribute("aria-label", "Pause");
    buttons.play.title = "Pause";
  }

  function edit(edits) {
    pause();
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
    const picture = element(parent, "svg", { viewBox: "0 0 16 16", "aria-hidden": "true", class: yes ? "yes" : "no" });
    element(picture, "path", { d: yes ? YES : NO });
  }

  function draw() {
    const at = now();
    const step = story.steps[at];
    slider.max = last();
    slider.value = at;
    slider.setAttribute("aria-valuetext", `step ${at + 1} of ${last() + 1}`);
    count.textContent = `step ${at + 1} of ${last() + 1}`;
    said.textContent = step.said;
    for (const action of ["first", "back"]) buttons[action].setAttribute("aria-disabled", at === 0);
    for (const action of ["forward", "last"]) buttons[action].setAttribute("aria-disabled", at === last());
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
    chips.forEach(([chip, place]) => {
      chip.classList.toggle("ahead", place > at);
      if (place === at) chip.setAttribute("aria-current", "step");
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
    story.steps.forEach(({ block, error, holds }, place) => {
      if (block == null) return;
      const result = error ?? (holds ? "stored" : "nothing");
      const chip = element(blocks, "button", { type: "button", class: error ? "chip failed" : "chip" }, `Block ${block}: ${result}`);
      chip.addEventListener("click", () => {
        pause();
        go(place);
      });
      chips.push([chip, place]);
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
    pause();
    set("mode", mode);
    wait();
    radios.find((radio) => radio.dataset.mode === model.get("mode"))?.focus();
  }

  const actions = { first: () => go(0), back: () => go(now() - 1), forward: () => go(now() + 1), last: () => go(last()) };
  buttons.play.addEventListener("click", play);
  for (const [action, act] of Object.entries(actions)) {
    buttons[action].addEventListener("click", () => {
      pause();
      act();
    });
  }
  slider.addEventListener("input", () => {
    pause();
    go(Number(slider.value));
  });

  root.addEventListener("keydown", (event) => {
    if (foreign(event) || event.target.tagName === "SELECT") return;
    const { key, target } = event;
    let action = { "+": () => go(now() + 1), "=": () => go(now() + 1), "-": () => go(now() - 1), "\u2212": () => go(now() - 1) }[key];
    if (action) pause();
    if (key === " " && target.tagName !== "BUTTON") action = play;
    if (target.getAttribute("role") === "radio" && key.startsWith("Arrow")) action = () => turn(story.modes[(story.modes.indexOf(story.mode) + 1) % story.modes.length]);
    if (!action) return;
    event.preventDefault();
    action();
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
  for (const [event, listener] of Object.entries(listeners)) model.on(event, listener);
  build();
  return () => {
    clearInterval(timer);
    leave();
    for (const [event, listener] of Object.entries(listeners)) model.off(event, listener);
  };
}

export { changed };
export default { render };
