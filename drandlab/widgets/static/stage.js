// The network stage. Python sends the last rounds; the page plays them, with or without a kernel. For later
// rounds, and for every change to the network, it asks Python.
// Times are whole microseconds since the world began.

const BOX = 520;
const MIDDLE = BOX / 2;
const FLIGHT = 0.9; // seconds that a usual message takes on the stage at speed 1
const REST = 0.9; // the longest time in seconds for a stretch without messages
const STILL = 700; // milliseconds for each step, for readers who asked for no motion
const PATIENCE = 15_000; // milliseconds to wait for Python

// A message that is lost, and one of an unknown kind.
const LOST = ["M-5-5l10 10M-5 5l10-10", "brick", true];
const UNKNOWN = ["M-6 0h12", "soft", true];

// Badges of nodes, in a box of 16 by 16.
const BADGES = {
  none: "M4 8h.1M8 8h.1M12 8h.1",
  behind: "M13 8a5 5 0 1 1-1.6-3.7M12 1.5v3.2H8.8",
  false: "M8 3v6.2M8 12.4h.1",
  down: "M4 4l8 8M12 4l-8 8",
  left: "M3.5 8h9",
  clock: "M8 4v4.3l2.6 1.6M8 1.8a6.2 6.2 0 1 0 0 12.4a6.2 6.2 0 1 0 0-12.4",
};

const PATH = /^[MLHVCSQTAZ\d\s.,-]+$/i;

// Shows what travels: Python says by which path, in which colour, filled or drawn as a line. A path that is none would
// be an error in the page's console.
function dress(glyph, shape, group, [path, colour, outline]) {
  glyph.dataset.group = group;
  glyph.classList.toggle("outline", outline);
  glyph.style.setProperty("--tint", `var(--${colour})`);
  shape.setAttribute("d", PATH.test(path) ? path : UNKNOWN[0]);
}

const seconds = (micros, digits = 3) => `${(micros / 1e6).toFixed(digits)} s`;

// From virtual time to the time on the stage and back: slow while messages travel, fast while nothing happens.
function pacing({ begin, until, sent }) {
  const delays = [];
  const busy = [];
  for (const [time, , , , to] of sent) {
    const arrivals = to.flatMap(([, ...found]) => found.filter((delay) => delay >= 0));
    delays.push(...arrivals);
    const end = time + arrivals.reduce((most, delay) => Math.max(most, delay), 0);
    const last = busy[busy.length - 1];
    if (last && time <= last[1]) last[1] = Math.max(last[1], end);
    else busy.push([time, end]);
  }
  delays.sort((a, b) => a - b);
  const usual = delays[delays.length >> 1] || 20_000;
  const knots = [[begin, 0]];
  const add = (time, rate, most) => {
    const [from, shown] = knots[knots.length - 1];
    if (time > from) knots.push([time, shown + Math.min(most, (time - from) * rate)]);
  };
  for (const [from, to] of busy) {
    add(Math.min(from, until), 1e-6, REST);
    add(Math.min(to, until), FLIGHT / usual, Infinity);
  }
  add(until, 1e-6, REST);
  const across = (value, from, to) => {
    const at = Math.max(0, Math.min(knots.length - 2, place(knots, value, (knot) => knot[from])));
    const [one, other] = [knots[at], knots[at + 1] ?? knots[at]];
    const width = other[from] - one[from];
    return width > 0 ? one[to] + ((value - one[from]) / width) * (other[to] - one[to]) : one[to];
  };
  return { usual, total: knots[knots.length - 1][1], shown: (time) => across(time, 0, 1), time: (shown) => across(shown, 1, 0) };
}

function render({ model, el }) {
  const root = element(el, "div", { class: "drandlab drandlab-stage", role: "group", "aria-label": "Network stage" });
  const bar = element(root, "div", { class: "bar" });
  element(bar, "h3", {}, "The network");
  const moment = element(bar, "span", { class: "moment" });
  const time = player(root, {
    label: "Time",
    moment: "Moment",
    names: { first: "To the beginning", back: "Step back", forward: "Step forward", last: "To the newest moment" },
    first: () => go(story.begin),
    back: () => step(-1),
    forward: () => step(1),
    last: () => go(story.until),
    scrub: (shown) => go(paces.time(shown), false),
    turn,
    frame: (passed) => move(paces.time(paces.shown(now) + passed * model.get("speed"))),
    jump: () => move(moments[place(moments, now, Number) + 1] ?? story.until),
    rest: () => STILL / model.get("speed"),
    paused: () => set("at", now / 1e6),
    grain: 0.01,
    model,
  });
  const note = element(root, "p", { class: "note" });
  const sides = element(root, "div", { class: "sides" });
  const left = element(sides, "div", { class: "left" });
  const svg = element(left, "svg", { viewBox: `0 0 ${BOX} ${BOX}`, role: "group", "aria-label": "Nodes in a ring" });
  const [linkLayer, flightLayer, clockLayer, nodeLayer] = ["links", "flight", "clock", "nodes"].map((name) => element(svg, "g", { class: name }));
  const right = element(sides, "div", { class: "right" });
  const log = element(right, "ol", { class: "log", "aria-label": "What happened last" });
  const panel = element(right, "section", { class: "panel", "aria-label": "The chosen node" });
  const legend = element(root, "ul", { class: "legend", "aria-label": "Messages and states" });
  element(root, "p", { class: "help" }, "Choose a node to crash it, cut it off, slow it down or make it misbehave; click a link to cut it. Keys: Tab into the ring, arrows, Enter, C crashes; Space plays, + and \u2212 step, Page Up and Page Down go by rounds.");
  const leave = settle(root, bar, { model, el });
  const announce = announcer(root);
  const set = setter(model);

  let story;
  let paces;
  let nodes; // per node: name, states, angle, x, y and its drawing
  let cuts; // "a-b": drawing and changes of both directions
  let flights; // per sending: time and the flights of its copies, as [from, to, departs, ends, fate, kind, round]
  let longest;
  let arrivals; // per round: [time, signer, node], for every partial that a node has
  let moments;
  let active = 0;
  let now = 0;
  let pending = null;
  let number = 0;
  let told = null;

  const byName = (name) => nodes.find((node) => node.name === name);
  const round = (at) => (story.genesis == null || at < story.genesis ? 0 : Math.floor((at - story.genesis) / story.period) + 1);
  const due = (number) => story.genesis + (number - 1) * story.period;
  const stateOf = (node, at) => node.states[Math.max(0, place(node.states, at))];
  const head = (at) => nodes.reduce((most, node) => Math.max(most, stateOf(node, at)[3] ?? 0), 0);
  const linkAt = (pair, at) => {
    const found = (cuts.get(pair)?.changes ?? []).map((list) => list[place(list, at)]).filter(Boolean);
    return { cut: found.some((state) => state[1]), slow: found.some((state) => state[2] !== 1) };
  };
  const key = (a, b) => `${Math.min(a, b)}-${Math.max(a, b)}`;

  function word(node, at, newest = head(at)) {
    const [, up, phase, last, misbehaviour] = stateOf(node, at);
    if (!up) return "down";
    if (phase === "left") return "left";
    if (misbehaviour != null) return "false";
    if (phase === "none") return "none";
    return (last ?? 0) < newest - 1 ? "behind" : "good";
  }

  // -- asking Python

  // `what` is "run", or an event of a scenario with its keys.
  function ask(what, keys = {}) {
    if (pending && what === "run") return;
    clearTimeout(pending?.timer);
    number += 1;
    const mine = { number, what };
    mine.timer = setTimeout(() => {
      if (pending !== mine) return;
      pending = null;
      busy(false);
      time.pause();
      tell("Python does not answer: the network cannot run on, but what is here can be played.");
    }, PATIENCE);
    pending = mine;
    busy(what !== "run");
    model.send({ number, do: what, at: now / 1e6, ...keys });
  }

  function answered() {
    const { number: which, refused } = model.get("answer");
    if (!pending || which !== pending.number) return;
    clearTimeout(pending.timer);
    const { what } = pending;
    pending = null;
    busy(false);
    tell(refused ?? "");
    if (!refused && what !== "run") announce(said(lines(now)));
    draw();
  }

  // An event changes all that follows: Python runs the network again, which takes seconds for a large one.
  function busy(working) {
    root.classList.toggle("waiting", working);
    root.setAttribute("aria-busy", working);
    if (working) tell("The network is run again from here \u2026");
  }

  function tell(sentence) {
    note.textContent = sentence;
    if (sentence) announce(sentence);
  }

  const said = (events) => events.map((event) => event[4]).join(" ");

  // -- time

  function go(at, spoken = true) {
    now = Math.round(Math.max(story.begin, Math.min(story.until, at)));
    draw();
    set("at", now / 1e6);
    if (spoken) announce(`${seconds(now)}. ${said(lines(now).slice(-3))}`.trim());
  }

  const lines = (at) => story.events.slice(place(story.events, at - 1) + 1, place(story.events, at) + 1);

  // While Python changes the network the time stops, and at the end it waits for later rounds.
  function move(at) {
    if (pending && pending.what !== "run") return;
    now = Math.min(story.until, Math.max(now, at));
    if (paces.total - paces.shown(now) < 1.5 * model.get("speed")) ask("run");
    draw();
  }

  function step(direction) {
    const at = place(moments, direction > 0 ? now : now - 1, Number) + (direction > 0 ? 1 : 0);
    if (at >= moments.length) return ask("run");
    go(moments[at] ?? story.begin);
  }

  function turn(direction) {
    if (story.genesis == null) return go(direction > 0 ? story.until : story.begin);
    const at = direction > 0 ? due(round(now) + 1) : due(round(now - 1));
    if (at > story.until) ask("run");
    go(at < story.genesis ? story.begin : at);
  }

  // -- what does not move

  function build() {
    const held = nodeLayer.contains(document.activeElement);
    story = model.get("story");
    paces = pacing(story);
    const count = story.nodes.length;
    const ring = count <= 9 ? 186 : 206;
    const size = Math.min(27, (Math.PI * ring) / count - 3);
    for (const layer of svg.children) layer.replaceChildren();
    svg.classList.toggle("many", count > 12);
    nodes = story.nodes.map(([name, states], i) => {
      const angle = (2 * Math.PI * i) / count - Math.PI / 2;
      return { name, states, angle, x: MIDDLE + ring * Math.cos(angle), y: MIDDLE + ring * Math.sin(angle) };
    });
    cuts = new Map();
    nodes.forEach((a, i) => {
      for (const b of nodes.slice(i + 1)) {
        const pair = key(a.name, b.name);
        const g = element(linkLayer, "g", { class: "link", "data-pair": pair });
        const ends = { x1: a.x, y1: a.y, x2: b.x, y2: b.y };
        element(g, "line", { class: "grip", ...ends });
        element(g, "line", { class: "line", ...ends });
        const [x, y] = [(a.x + b.x) / 2, (a.y + b.y) / 2];
        element(g, "path", { class: "mark", d: `M${x - 5} ${y - 5}l10 10m0-10l-10 10` });
        g.addEventListener("click", () => ask(linkAt(pair, now).cut ? "mend" : "cut", { between: [a.name, b.name] }));
        const changes = story.links.filter(([from, to]) => key(from, to) === pair).map(([, , found]) => found);
        cuts.set(pair, { g, changes });
      }
    });
    clock();
    nodes.forEach((node, i) => figure(node, i, size, count));
    read();
    time.speeds(story.speeds);
    buildLegend();
    active = Math.min(active, count - 1);
    now = Math.round(Math.max(story.begin, Math.min(story.until, now)));
    buildPanel();
    draw();
    if (held) nodes[active].g.focus();
  }

  function figure(node, i, size, count) {
    const g = element(nodeLayer, "g", { class: "node", role: "button", tabindex: i === active ? 0 : -1, transform: `translate(${node.x} ${node.y})` });
    element(g, "circle", { class: "halo", r: size + 9 });
    element(g, "circle", { class: "body", r: size });
    node.share = element(g, "circle", { class: "share", r: size + 4.5, pathLength: 1, transform: "rotate(-90)" });
    element(g, "text", { class: "name", y: count > 16 ? 4 : 6, "font-size": count > 16 ? 12 : 18 }, node.name);
    const out = count > 12 ? size + 15 : 0;
    node.label = element(g, "text", { class: "label", x: out * Math.cos(node.angle), y: out ? out * Math.sin(node.angle) + 4 : size + 22 });
    const badge = (side, name) => {
      const at = element(g, "g", { class: name, transform: `translate(${side * size * 0.72} ${-size * 0.72})` });
      element(at, "circle", { r: 10 });
      return element(at, "path", { d: BADGES.clock, transform: "translate(-8 -8)" });
    };
    node.badge = badge(1, "badge");
    badge(-1, "badge off");
    node.g = g;
    g.addEventListener("click", () => {
      set("chosen", node.name);
      g.focus();
    });
    g.addEventListener("focus", () => activate(i));
  }

  function clock() {
    clockLayer.setAttribute("transform", `translate(${MIDDLE} ${MIDDLE})`);
    element(clockLayer, "circle", { class: "face", r: 52 });
    element(clockLayer, "circle", { class: "hand", r: 52, pathLength: 1, transform: "rotate(-90)" });
    for (const [name, y] of [["above", -22], ["big", 8], ["below", 28]]) element(clockLayer, "text", { class: name, y });
  }

  function read() {
    longest = 0;
    arrivals = new Map();
    const times = new Set(story.events.map(([time]) => time));
    const count = (round, ...partial) => {
      if (!arrivals.has(round)) arrivals.set(round, []);
      arrivals.get(round).push(partial);
    };
    for (const [time, name, kind, round] of story.events) if (kind === "partial") count(round, time, name, name);
    flights = story.sent.map(([time, from, kind, round, to]) => {
      const copies = [];
      for (const [name, ...delays] of to) {
        for (const delay of delays) {
          if (delay === -2) continue;
          const lost = delay < 0;
          const ends = time + (lost ? paces.usual * 1.5 : delay);
          copies.push([from, name, time, ends, lost, kind, round]);
          longest = Math.max(longest, ends - time);
          if (!lost) times.add(ends);
          if (!lost && kind === "partial" && stateOf(byName(name), ends - 1)[1]) count(round, ends, from, name);
        }
      }
      times.add(time);
      return [time, copies];
    });
    moments = [...times].filter((time) => time >= story.begin && time <= story.until).sort((a, b) => a - b);
  }

  function buildLegend() {
    legend.replaceChildren();
    const seen = new Set(story.sent.map(([, , kind]) => story.groups[kind]));
    const item = (viewBox, d, look, text) => {
      const line = element(legend, "li");
      const svg = element(line, "svg", { viewBox, "aria-hidden": "true", class: look });
      element(line, "span", {}, text);
      return [svg, element(svg, "path", d ? { d } : {})];
    };
    for (const [group, look] of Object.entries(story.legends)) if (seen.has(group)) dress(...item("-9 -9 18 18", null, "glyph", group), group, look);
    for (const [state, path] of Object.entries(BADGES)) if (state in story.words) item("0 0 16 16", path, "badge", story.words[state]);
    element(element(legend, "li"), "span", { class: story.full && "ringed" }, story.full ? "partials, of the threshold" : "The journal is a summary: it has no messages.");
  }

  // -- the chosen node

  function activate(i) {
    nodes[active]?.g.setAttribute("tabindex", -1);
    active = i;
    nodes[i].g.setAttribute("tabindex", 0);
  }

  let controls = null;

  function buildPanel() {
    const chosen = byName(model.get("chosen"));
    const held = panel.contains(document.activeElement) ? document.activeElement.dataset.does : null;
    panel.replaceChildren();
    panel.hidden = !chosen;
    controls = null;
    if (!chosen) return;
    const { name } = chosen;
    element(panel, "h4", {}, `Node ${name}`);
    const state = element(panel, "p", { class: "state" });
    const row = element(panel, "div", { class: "deeds", role: "group", "aria-label": `Events for node ${name}` });
    const toggle = (does, decide) => {
      const button = element(row, "button", { type: "button", "data-does": does });
      button.addEventListener("click", () => ask(...decide()));
      return () => {
        const [what, , text = story.labels[what]] = decide();
        button.textContent = text;
      };
    };
    const others = nodes.filter((node) => node !== chosen);
    const all = (what) => others.every((node) => linkAt(key(name, node.name), now)[what]);
    const shows = [
      toggle("crash", () => [stateOf(chosen, now)[1] ? "crash" : "restart", { node: name }]),
      toggle("isolate", () => [all("cut") ? "rejoin" : "isolate", { node: name }]),
      toggle("slow", () => {
        const slow = all("slow") ? 1 : story.slow;
        return ["link", { nodes: [name], slow }, slow === 1 ? "Normal delays" : `${story.labels.link} ×${slow}`];
      }),
    ];
    const label = element(panel, "label", { class: "misbehaviour" }, `${story.labels.mischief} `);
    const select = element(label, "select", { "data-does": "mischief" });
    element(select, "option", { value: "" }, story.labels.behave);
    for (const what of Object.keys(story.misbehaviours)) element(select, "option", { value: what }, what);
    const about = element(panel, "p", { class: "about" });
    select.addEventListener("change", () => {
      if (select.value) ask("mischief", { what: `${select.value}:${name}`, instead: true });
      else ask("behave", { node: name });
    });
    const links = element(panel, "div", { class: "to", role: "group", "aria-label": `Links of node ${name}` });
    element(links, "span", {}, "links to");
    for (const other of others) {
      const pair = key(name, other.name);
      const button = element(links, "button", { type: "button", "data-does": `link ${other.name}` }, other.name);
      button.addEventListener("click", () => ask(linkAt(pair, now).cut ? "mend" : "cut", { between: [name, other.name] }));
      shows.push(() => {
        const { cut, slow } = linkAt(pair, now);
        button.setAttribute("aria-label", `Link to node ${other.name}: ${cut ? "cut" : slow ? "slow" : "whole"}`);
        button.title = cut ? "cut: click to mend" : "click to cut";
        button.classList.toggle("cut", cut);
      });
    }
    controls = () => {
      for (const show of shows) show();
      const [, , , last, misbehaviour, off, full] = stateOf(chosen, now);
      const said = [story.words[word(chosen, now)], last ? `at round ${last}` : "no beacon yet"];
      if (off) said.push(`clock ${off > 0 ? "+" : "\u2212"}${Math.abs(off)} s`);
      if (full) said.push("disk full");
      state.textContent = `${said.join(", ")}.`;
      const what = misbehaviour?.split(":")[0] ?? "";
      if (document.activeElement !== select || !pending) select.value = what in story.misbehaviours ? what : "";
      about.textContent = story.misbehaviours[what] ?? "";
    };
    controls();
    if (held) panel.querySelector(`[data-does="${held}"]`)?.focus();
  }

  // -- what moves

  function draw() {
    const newest = head(now);
    const current = round(now);
    const since = current ? now - due(current) : null;
    drawClock(current, since, newest);
    for (const node of nodes) drawNode(node, newest, current);
    for (const [pair, { g }] of cuts) {
      const { cut, slow } = linkAt(pair, now);
      g.classList.toggle("cut", cut);
      g.classList.toggle("slow", slow && !cut);
    }
    drawFlights();
    const where = current ? `round ${current} + ${seconds(since)}` : story.genesis == null ? "no chain yet" : `${seconds(story.genesis - now)} before round 1`;
    time.show({ max: paces.total, value: paces.shown(now), text: `${seconds(now)}, ${where}`, ends: [now <= story.begin, now >= story.until], off: { back: now <= story.begin } });
    moment.textContent = `${seconds(now)} · ${where}`;
    const from = place(story.events, now);
    const recent = story.events.slice(Math.max(0, from - 3), from + 1).reverse();
    if (told !== recent[0]) {
      told = recent[0];
      log.replaceChildren();
      for (const [time, , , , said] of recent) {
        const item = element(log, "li");
        element(item, "span", { class: "time" }, seconds(time));
        element(item, "span", {}, said);
      }
    }
    controls?.();
  }

  function drawClock(current, since, newest) {
    const [above, big, below] = clockLayer.querySelectorAll("text");
    above.textContent = current ? "round" : "before";
    big.textContent = current || "round 1";
    below.textContent = newest ? (newest < current - 1 ? `halted at ${newest}` : `beacon ${newest}`) : "no beacon";
    clockLayer.classList.toggle("halted", newest > 0 && newest < current - 1);
    clockLayer.querySelector(".hand").setAttribute("stroke-dasharray", `${since == null ? 0 : since / story.period} 1`);
  }

  function drawNode(node, newest, current) {
    const state = stateOf(node, now);
    const kind = word(node, now, newest);
    const last = state[3] ?? 0;
    const wanted = last + 1;
    const partials = new Set();
    if (state[1] && wanted <= current) for (const [time, from, name] of arrivals.get(wanted) ?? []) if (name === node.name && time <= now) partials.add(from);
    const share = Math.min(1, partials.size / story.threshold);
    node.share.setAttribute("stroke-dasharray", `${share} 2`);
    const earlier = node.states[place(node.states, now) - 1];
    node.g.classList.toggle("glow", Boolean(earlier) && last > (earlier[3] ?? 0) && now - state[0] < 1.2 * paces.usual);
    node.g.dataset.state = kind;
    node.g.classList.toggle("late", state[5] !== 0);
    node.badge.setAttribute("d", BADGES[kind] ?? "M0 0");
    const many = nodes.length > 12;
    const short = last ? (many ? last : `round ${last}`) : many ? "\u2013" : "no beacon";
    node.label.textContent = partials.size && !many ? `${partials.size}/${story.threshold} partials` : short;
    node.g.setAttribute("aria-pressed", model.get("chosen") === node.name);
    node.g.setAttribute("aria-label", `Node ${node.name}: ${story.words[kind]}, ${last ? `round ${last}` : "no beacon"}`);
  }

  function drawFlights() {
    const shown = [];
    for (let i = place(flights, now); i >= 0 && flights[i][0] > now - longest; i--) {
      for (const copy of flights[i][1]) if (copy[3] > now) shown.push(copy);
    }
    while (flightLayer.children.length < shown.length) {
      const g = element(flightLayer, "g", { class: "glyph" });
      element(g, "path", { class: "tail", d: "M-16 0h9" });
      element(g, "path", { class: "shape" });
    }
    [...flightLayer.children].forEach((g, i) => {
      g.setAttribute("display", i < shown.length ? "inline" : "none");
      if (i >= shown.length) return;
      const [from, to, departs, ends, lost, kind] = shown[i];
      const [a, b] = [byName(from), byName(to)];
      const whole = (now - departs) / Math.max(1, ends - departs);
      const part = lost ? whole / 2 : whole;
      // each direction bends to its own side
      const [cx, cy] = [(a.x + b.x) / 2 - (b.y - a.y) * 0.1, (a.y + b.y) / 2 + (b.x - a.x) * 0.1];
      const along = (p, c, q) => (1 - part) ** 2 * p + 2 * part * (1 - part) * c + part ** 2 * q;
      const slope = (p, c, q) => (1 - part) * (c - p) + part * (q - c);
      const angle = (Math.atan2(slope(a.y, cy, b.y), slope(a.x, cx, b.x)) * 180) / Math.PI;
      const dying = lost && whole > 0.7;
      const group = story.groups[kind] ?? kind;
      g.setAttribute("transform", `translate(${along(a.x, cx, b.x).toFixed(1)} ${along(a.y, cy, b.y).toFixed(1)}) rotate(${angle.toFixed(0)}) scale(${nodes.length > 12 ? 0.6 : 1})`);
      g.classList.toggle("forged", stateOf(a, now)[4] != null);
      dress(g, g.querySelector(".shape"), dying ? "lost" : group, dying ? LOST : (story.legends[group] ?? UNKNOWN));
    });
  }

  // -- mouse and keys

  root.addEventListener("keydown", (event) => {
    if (foreign(event) || !event.target.closest(".node")) return;
    const count = nodes.length;
    const focus = (i) => nodes[(i + count) % count].g.focus();
    const ring = {
      ArrowRight: () => focus(active + 1),
      ArrowDown: () => focus(active + 1),
      ArrowLeft: () => focus(active - 1),
      ArrowUp: () => focus(active - 1),
      Home: () => focus(0),
      End: () => focus(-1),
      Enter: () => set("chosen", nodes[active].name),
      c: () => ask(stateOf(nodes[active], now)[1] ? "crash" : "restart", { node: nodes[active].name }),
    };
    const action = ring[event.key] ?? ring[event.key.toLowerCase()];
    if (action == null) return;
    event.preventDefault();
    action();
  });

  const listeners = {
    "change:story": build,
    "change:answer": answered,
    "change:at": () => {
      if (Math.round(model.get("at") * 1e6) === now) return;
      now = Math.round(model.get("at") * 1e6);
      draw();
    },
    "change:chosen": () => {
      buildPanel();
      draw();
      const chosen = byName(model.get("chosen"));
      if (chosen) announce(`Node ${chosen.name}: ${panel.querySelector(".state").textContent}`);
    },
  };
  const deafen = listen(model, listeners);
  now = Math.round(model.get("at") * 1e6);
  build();
  return () => {
    time.end();
    clearTimeout(pending?.timer);
    leave();
    deafen();
  };
}

export { pacing };
export default { render };
