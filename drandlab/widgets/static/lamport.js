// The Lamport view of one round. Python reads the journal and numbers the events; the page shows them and follows causes.

const WIDE = 900;
const [LEFT, RIGHT, TOP] = [64, 24, 30];
const [HIGH, ROW] = [380, 54]; // height of all lines, and the most between two
const MANY = 12; // with more nodes, only the messages that belong to the chosen event are shown
const REACH = 30; // how far from an event a click still chooses it

// One drawing for each kind of event, around 0: the shape alone tells them apart.
const SHAPES = {
  signed: "M-6.5 0a6.5 6.5 0 1 0 13 0a6.5 6.5 0 1 0-13 0z",
  served: "M0-7l6.5 11.5h-13z",
  arrived: "M0-5l5 5l-5 5l-5-5z",
  refused: "M-5-5l10 10M-5 5l10-10",
  stored: "M-6-6h12v12h-12z",
};

// Of two events in one place the earlier in this list stays on its node's line and is clicked first; the other moves away.
const RANK = ["stored", "signed", "refused", "served", "arrived"];

// How far each event is moved off its node's line, so that no two overlap where there is room: x of each event,
// its node and kind, the step from lane to lane, and how many lanes there are on each side.
function lanes(xs, nodes, kinds, step, sides) {
  const offsets = xs.map(() => 0);
  const order = xs.map((_, i) => i).sort((a, b) => RANK.indexOf(kinds[a]) - RANK.indexOf(kinds[b]) || a - b);
  // below first: the numbers are above
  const choices = [0, ...Array.from({ length: sides }, (_, i) => [(i + 1) * step, -(i + 1) * step]).flat()];
  const placed = new Map();
  for (const i of order) {
    const others = placed.get(nodes[i]) ?? [];
    const room = (y) => others.reduce((least, j) => Math.min(least, Math.hypot(xs[j] - xs[i], offsets[j] - y)), Infinity);
    offsets[i] = choices.find((y) => room(y) >= step) ?? choices.reduce((best, y) => (room(y) > room(best) ? y : best));
    placed.set(nodes[i], [...others, i]);
  }
  return offsets;
}

// All that can be reached from an event by steps.
function closure(number, steps) {
  const found = new Set();
  const open = [...steps[number]];
  while (open.length) {
    const one = open.pop();
    if (found.has(one)) continue;
    found.add(one);
    open.push(...steps[one]);
  }
  return found;
}

function ticks(low, high) {
  const rough = (high - low) / 6 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((m) => m >= rough);
  const marks = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) marks.push(i * step);
  return marks;
}

function render({ model, el }) {
  const root = element(el, "div", { class: "drandlab drandlab-lamport", role: "group", "aria-label": "Lamport view of a round" });
  const bar = element(root, "div", { class: "bar" });
  const title = element(bar, "h3");
  const go = {};
  for (const [name, text, sign] of [["earlier", "Earlier round", "\u2190"], ["later", "Later round", "\u2192"]]) {
    go[name] = element(bar, "button", { type: "button", "aria-label": text, title: text }, sign);
    go[name].addEventListener("click", () => story[name] != null && set("round", story[name]));
  }
  const choice = element(bar, "div", { class: "choice", role: "radiogroup", "aria-label": "Horizontal axis" });
  const radios = ["time", "order"].map((name) => {
    const radio = element(choice, "button", { type: "button", role: "radio", "data-by": name }, name);
    radio.addEventListener("click", () => set("by", name));
    return radio;
  });
  const verdict = element(root, "p", { class: "verdict" });
  const sheet = element(root, "div", { class: "sheet" });
  const legend = element(root, "ul", { class: "legend", "aria-label": "Events" });
  element(root, "p", { class: "help" }, "Choose an event: click it, or Tab into the picture, move with the arrow keys (up and down: to another node) and press Enter; Escape ends the choice. Small numbers are Lamport clocks.");
  const leave = settle(root, bar, { model, el });
  const announce = announcer(root);
  const set = setter(model);

  let story;
  let causes;
  let effects;
  let figures = [];
  let arrows = [];
  let places = []; // of each event in the picture
  let active = 0;

  const capital = (text) => text[0].toUpperCase() + text.slice(1);
  const when = (ms) => `${ms.toLocaleString("en", { maximumFractionDigits: 1 })} ms after it was due`;

  function build() {
    const held = sheet.contains(document.activeElement);
    story = model.get("story");
    const { events, nodes } = story;
    causes = events.map(([, , , , , found]) => found);
    effects = events.map(() => []);
    causes.forEach((found, later) => found.forEach((cause) => effects[cause].push(later)));
    title.textContent = `Round ${story.round} in space and time`;
    for (const name of ["earlier", "later"]) go[name].setAttribute("aria-disabled", story[name] == null);
    const by = model.get("by");
    radios.forEach((radio) => {
      radio.setAttribute("aria-checked", radio.dataset.by === by);
      radio.setAttribute("tabindex", radio.dataset.by === by ? 0 : -1);
    });
    const at = by === "time" ? events.map(([ms]) => ms) : events.map((_, i) => i + 1);
    const [low, high] = by === "time" ? [Math.min(0, ...at), Math.max(...at, 1)] : [0, events.length + 1];
    const x = (value) => LEFT + 14 + ((value - low) / (high - low || 1)) * (WIDE - LEFT - RIGHT - 28);
    const row = Math.min(ROW, HIGH / Math.max(1, nodes.length - 1));
    const y = (name) => TOP + nodes.indexOf(name) * row;
    const bottom = TOP + (nodes.length - 1) * row + 26;
    const many = nodes.length > MANY;
    const size = Math.min(1, Math.max(0.5, row / 24));
    const xs = at.map(x);
    const offsets = lanes(xs, events.map((event) => event[1]), events.map((event) => event[2]), 13, row < 40 ? 0 : row < 54 ? 1 : 2);
    places = events.map((event, i) => [xs[i], y(event[1]) + offsets[i]]);
    sheet.classList.toggle("many", many);
    sheet.replaceChildren();
    const svg = element(sheet, "svg", { viewBox: `0 0 ${WIDE} ${bottom + 42}`, role: "group", "aria-label": `Events of round ${story.round}` });
    element(svg, "text", { class: "axis", x: (WIDE + LEFT) / 2, y: bottom + 36 }, by === "time" ? "milliseconds after the round was due" : "events in order");
    if (by === "time") {
      for (const mark of ticks(low, high)) {
        element(svg, "line", { class: "tick", x1: x(mark), x2: x(mark), y1: 8, y2: bottom });
        element(svg, "text", { class: "number", x: x(mark), y: bottom + 16 }, Number(mark.toPrecision(10)).toLocaleString("en"));
      }
    }
    for (const name of nodes) {
      element(svg, "line", { class: "life", x1: LEFT, x2: WIDE - RIGHT, y1: y(name), y2: y(name) });
      element(svg, "text", { class: "name", x: LEFT - 10, y: y(name) + 4 }, `node ${name}`);
    }
    arrows = story.arrows.map(([source, target, kind, receiver]) => {
      const [x1, y1] = places[source];
      const lost = target == null;
      const ahead = by === "time" ? story.longest / 2 : 1.5;
      const [x2, y2] = lost ? [x(Math.min(high, at[source] + ahead)), (y1 + y(receiver)) / 2] : places[target];
      const line = element(svg, "line", { class: `arrow ${lost ? "lost" : kind}`, x1, y1, x2, y2 });
      if (lost) element(svg, "path", { class: "gone", d: `M${x2 - 3.5} ${y2 - 3.5}l7 7m0-7l-7 7` });
      return { source, target, line };
    });
    figures = events.map(([ms, name, kind, clock, said], i) => {
      const g = element(svg, "g", { class: "event", "data-kind": kind, role: "button", tabindex: -1, transform: `translate(${places[i].join(" ")}) scale(${size})`, "aria-label": `${capital(said)}, ${when(ms)}, clock ${clock}` });
      element(g, "circle", { class: "grip", r: 11 });
      element(g, "path", { d: SHAPES[kind] });
      element(g, "text", { y: -12, class: kind === "arrived" ? "minor" : null }, clock);
      g.addEventListener("focus", () => activate(i));
      return g;
    });
    svg.addEventListener("click", (event) => {
      // a click without a place comes from a screen reader, on the event itself
      const own = event.detail ? -1 : figures.indexOf(event.target.closest(".event"));
      const picked = own >= 0 ? own : pick(svg, event, true);
      if (picked == null) return;
      const chosen = model.get("event") === picked ? null : picked;
      set("event", chosen);
      figures[picked].focus({ preventScroll: true });
    });
    svg.addEventListener("pointermove", (event) => point(pick(svg, event)));
    svg.addEventListener("pointerleave", () => point(null));
    legend.replaceChildren();
    for (const [kind, text] of Object.entries(story.kinds)) {
      if (!events.some((event) => event[2] === kind)) continue;
      const item = element(legend, "li");
      const icon = element(item, "svg", { viewBox: "-9 -9 18 18", "aria-hidden": "true", class: "event", "data-kind": kind });
      element(icon, "path", { d: SHAPES[kind] });
      element(item, "span", {}, text);
    }
    activate(Math.min(active, events.length - 1));
    draw();
    if (held) figures[active].focus({ preventScroll: true });
  }

  // The event whose middle is nearest to where the pointer is. Of several in one place a click chooses one after
  // the other, in the order of `RANK`, and then none.
  function pick(svg, event, turning = false) {
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const far = places.map(([px, py]) => Math.hypot(px - x, py - y));
    const least = Math.min(...far);
    if (least > REACH) return null;
    const together = far.flatMap((one, i) => (one <= least + 0.5 ? [i] : []));
    together.sort((a, b) => RANK.indexOf(story.events[a][2]) - RANK.indexOf(story.events[b][2]) || a - b);
    const turn = turning ? together.indexOf(model.get("event")) : -1;
    return together[turn + 1] ?? together[turn];
  }

  function point(i) {
    for (const g of figures) g.classList.toggle("near", g === figures[i]);
    sheet.classList.toggle("pointing", i != null);
  }

  function activate(i) {
    figures[active]?.setAttribute("tabindex", -1);
    active = i;
    figures[i].setAttribute("tabindex", 0);
  }

  function draw() {
    const chosen = model.get("event");
    const none = chosen == null || chosen >= figures.length;
    const before = none ? new Set() : closure(chosen, causes);
    const behind = none ? new Set() : closure(chosen, effects);
    const part = (i) => (i === chosen ? "chosen" : before.has(i) ? "before" : behind.has(i) ? "behind" : "apart");
    root.classList.toggle("choosing", !none);
    figures.forEach((g, i) => {
      g.dataset.part = none ? "" : part(i);
      g.setAttribute("aria-pressed", i === chosen);
    });
    for (const { source, target, line } of arrows) {
      const ends = [part(source), target == null ? "apart" : part(target)];
      const inside = (side) => ends.every((end) => end === side || end === "chosen");
      line.dataset.part = none ? "" : inside("before") ? "before" : inside("behind") ? "behind" : "apart";
    }
    if (none) {
      const drawn = story.nodes.length > MANY ? "; messages are drawn for the event that is chosen" : "";
      verdict.textContent = `${story.events.length} events, ${story.arrows.length} messages${drawn}. Choose an event to see what could have caused it.`;
      return verdict.textContent;
    }
    const [ms, , , clock, said] = story.events[chosen];
    const apart = story.events.length - 1 - before.size - behind.size;
    verdict.textContent = `${capital(said)}, ${when(ms)}; Lamport clock ${clock}. Before it: ${before.size} events. After it: ${behind.size}. Neither: ${apart}, which could not know of it, nor it of them.`;
    return verdict.textContent;
  }

  root.addEventListener("keydown", (event) => {
    if (foreign(event)) return;
    const { key, target } = event;
    let action;
    if (target.closest(".event")) {
      const count = figures.length;
      const focus = (i) => figures[Math.max(0, Math.min(count - 1, i))].focus({ preventScroll: true });
      // the event of the next line up or down that is nearest in time
      const across = (direction) => {
        const [time, name] = story.events[active];
        const wanted = story.nodes[story.nodes.indexOf(name) + direction];
        let best = active;
        story.events.forEach(([ms, node], i) => {
          if (node === wanted && (best === active || Math.abs(ms - time) < Math.abs(story.events[best][0] - time))) best = i;
        });
        focus(best);
      };
      const choose = () => set("event", model.get("event") === active ? null : active);
      action = {
        ArrowRight: () => focus(active + 1),
        ArrowLeft: () => focus(active - 1),
        ArrowDown: () => across(1),
        ArrowUp: () => across(-1),
        Home: () => focus(0),
        End: () => focus(count - 1),
        Enter: choose,
        " ": choose,
        Escape: model.get("event") == null ? undefined : () => set("event", null),
      }[key];
    } else if (target.getAttribute("role") === "radio" && key.startsWith("Arrow")) {
      action = () => {
        set("by", model.get("by") === "time" ? "order" : "time");
        radios.find((radio) => radio.dataset.by === model.get("by")).focus();
      };
    }
    if (!action) return;
    event.preventDefault();
    action();
  });

  const listeners = {
    "change:story": () => {
      build();
      announce(`Round ${story.round}. ${verdict.textContent}`);
    },
    "change:by": build,
    "change:event": () => announce(draw()),
  };
  const deafen = listen(model, listeners);
  build();
  return () => {
    leave();
    deafen();
  };
}
export { closure, lanes, ticks };
export default { render };
