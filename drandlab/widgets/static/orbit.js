// Satellites above a map, and their passes in time. Python sends all that happens; the page plays it without a kernel.
// Times are UNIX seconds, longitudes and latitudes degrees.

const SCALE = 2.5; // units of the picture for a degree
const EARTH = 6371; // mean radius in kilometres
const RAD = Math.PI / 180;
const STILL = 700; // milliseconds for each step, for readers who asked for no motion
const MINUTE = 60;
const [HOUR, DAY] = [3600, 86_400];
const STEPS = [60, 300, 600, 900, 1800, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY];

const LAND = /^[ML\d\s.Z-]+$/;

// Where a name stands beside its mark: anchor, x, y, by Python's words for it.
const BESIDE = { middle: 6, top: -12, bottom: 25, right: ["start", 13], left: ["end", -13], center: ["middle", 0] };

const vector = (latitude, longitude) => [Math.cos(latitude * RAD) * Math.cos(longitude * RAD), Math.cos(latitude * RAD) * Math.sin(longitude * RAD), Math.sin(latitude * RAD)];

// The point of the globe at a part of the way between two others, along the great circle.
function between(one, other, part) {
  const [a, b] = [vector(...one), vector(...other)];
  const angle = Math.acos(Math.min(1, Math.max(-1, a[0] * b[0] + a[1] * b[1] + a[2] * b[2])));
  const [p, q] = angle < 1e-9 ? [1 - part, part] : [Math.sin((1 - part) * angle), Math.sin(part * angle)].map((x) => x / Math.sin(angle));
  const [x, y, z] = a.map((value, i) => p * value + q * b[i]);
  return [Math.atan2(z, Math.hypot(x, y)) / RAD, Math.atan2(y, x) / RAD];
}

// Points as [longitude, latitude] that go on beyond 180 degrees instead of jumping there.
function unwrapped(points) {
  let before = null;
  return points.map(([latitude, longitude]) => {
    before = before == null ? longitude : longitude + 360 * Math.round((before - longitude) / 360);
    return [before, latitude];
  });
}

// What sees a satellite above the mask, on a sphere: its edge, and the area within. One that holds a pole reaches to the
// map's edge.
function footprint(latitude, longitude, height, mask, count = 90) {
  const radius = Math.acos((EARTH / (EARTH + height)) * Math.cos(mask * RAD)) - mask * RAD;
  const points = [];
  for (let i = 0; i <= count; i++) {
    const turn = (2 * Math.PI * i) / count;
    const sine = Math.sin(latitude * RAD) * Math.cos(radius) + Math.cos(latitude * RAD) * Math.sin(radius) * Math.cos(turn);
    const aside = Math.atan2(Math.sin(turn) * Math.sin(radius) * Math.cos(latitude * RAD), Math.cos(radius) - Math.sin(latitude * RAD) * sine);
    points.push([Math.asin(Math.min(1, Math.max(-1, sine))) / RAD, longitude + aside / RAD]);
  }
  const ring = unwrapped(points);
  const [first, last] = [ring[0][0], ring[count][0]];
  const pole = latitude > 0 ? 90 : -90;
  return { edge: ring, area: Math.abs(last - first) < 180 ? ring : [[first, pole], ...ring, [last, pole]] };
}

// A path on the map, drawn again wherever it comes back onto it.
function path(points, closed = false) {
  if (!points.length) return "";
  const xs = points.map(([x]) => x);
  const turns = [Math.floor((Math.min(...xs) + 180) / 360), Math.floor((Math.max(...xs) + 180) / 360)];
  let text = "";
  for (let turn = turns[0]; turn <= turns[1]; turn++) {
    const spots = points.map(([x, y]) => `${((x - 360 * turn + 180) * SCALE).toFixed(1)} ${((90 - y) * SCALE).toFixed(1)}`);
    text += `M${spots.join("L")}${closed ? "Z" : ""}`;
  }
  return text;
}

// How many rounds went which way among those due from one time to another.
function counted(runs, parts, period, from, to) {
  const found = { due: 0, first: null, last: null, of: parts.map(() => 0) };
  for (const [first, last, since, , part] of runs) {
    const low = Math.max(first, first + Math.ceil((from - since) / period - 1e-9));
    const high = Math.min(last, first + Math.ceil((to - since) / period - 1e-9) - 1);
    if (high < low) continue;
    found.due += high - low + 1;
    found.of[part] += high - low + 1;
    found.first ??= low;
    found.last = high;
  }
  return found;
}

const iso = (at) => new Date(Math.round(at) * 1000).toISOString();
const clock = (at) => iso(at).slice(11, 19);
const date = (at) => iso(at).slice(0, 10);
const whole = (value, digits = 0) => value.toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: digits });
const placed = (latitude, longitude) => `${whole(Math.abs(latitude), 1)}\u00b0 ${latitude < 0 ? "S" : "N"}, ${whole(Math.abs(longitude), 1)}\u00b0 ${longitude < 0 ? "W" : "E"}`;
const plural = (count, word, ending = "s") => `${whole(count)} ${word}${count === 1 ? "" : ending}`;

function render({ model, el }) {
  const root = element(el, "div", { class: "drandlab drandlab-orbit", role: "group", "aria-label": "Satellites and stations" });
  const bar = element(root, "div", { class: "bar" });
  element(bar, "h3", {}, "Satellites and stations");
  const moment = element(bar, "span", { class: "moment" });
  const time = player(root, {
    label: "Time",
    moment: "Moment",
    names: { first: "To the beginning", back: "Previous pass", forward: "Next pass", last: "To the end" },
    first: () => go(story.start),
    back: () => turn(-1),
    forward: () => turn(1),
    last: () => go(story.end),
    scrub: (at) => go(at, false),
    step: (way) => go(now + way * MINUTE),
    turn,
    begin: () => now >= story.end && (now = story.start),
    frame: (passed) => move(now + passed * model.get("speed")),
    jump: () => move(events[place(events, now, Number) + 1] ?? story.end),
    rest: () => STILL,
    paused: () => go(now, false),
    model,
  });
  const sides = element(root, "div", { class: "sides" });
  const left = element(sides, "div", { class: "left" });
  const svg = element(left, "svg", { class: "map", viewBox: `0 0 ${360 * SCALE} ${180 * SCALE}`, role: "img" });
  const right = element(sides, "section", { class: "right", "aria-label": "Now, and the chosen pass", tabindex: 0 });
  element(right, "h4", {}, "Now");
  const present = element(right, "dl");
  const chosenTitle = element(right, "h4");
  const chosenLine = element(right, "p");
  const figures = element(right, "dl");
  const times = element(root, "div", { class: "times" });
  const legend = element(root, "ul", { class: "legend", "aria-label": "What is drawn" });
  element(root, "p", { class: "help" }, "Click a pass, or Tab to the rows and use the arrow keys. Space plays, + and \u2212 step a minute, Page Up and Page Down change the pass.");
  const zoom = element(element(time.box, "label", {}, "show "), "select");
  const leave = settle(root, bar, { model, el });
  const announce = announcer(root);
  const set = setter(model);

  let story;
  let layers;
  let rows; // per station
  let options; // per window
  let lanes;
  let axis;
  let cursor;
  let span;
  let events; // all moments at which a pass begins, culminates or ends
  let now = 0;
  let active = 0;
  let ticks = "";

  const name = (window) => story.satellites[window[0]].name;
  const station = (window) => story.stations[window[1]][0];
  const failed = (window) => Array.isArray(window[10]) && window[10].length === 0;
  // a pass as it happened, else the window
  const open = (window) => (window[10]?.length ? window[10] : [window[2], window[4]]);
  const sees = (window, at) => !failed(window) && open(window)[0] <= at && at <= open(window)[1];

  // counts of rounds, the best first
  const said = ({ of }) => story.parts.flatMap(([, , meaning], i) => (of[i] ? [`${whole(of[i])} ${meaning}`] : [])).join(", ");

  // -- places

  function spot({ track: [latitudes, longitudes, heights] }, at) {
    const most = latitudes.length - 1;
    const i = Math.max(0, Math.min(most - 1, Math.floor((at - story.start) / story.step)));
    const from = story.start + i * story.step;
    const part = (at - from) / (Math.min(story.end, from + story.step) - from || 1);
    const [latitude, longitude] = between([latitudes[i] / 100, longitudes[i] / 100], [latitudes[i + 1] / 100, longitudes[i + 1] / 100], part);
    return [latitude, longitude, heights[i] + (heights[i + 1] - heights[i]) * part];
  }

  function trail(satellite, from, to) {
    const [latitudes, longitudes] = satellite.track;
    const [a, b] = [Math.max(story.start, from), Math.min(story.end, to)];
    if (b <= a) return [];
    const points = [spot(satellite, a)];
    const first = Math.floor((a - story.start) / story.step) + 1;
    for (let i = first; i < latitudes.length - 1 && story.start + i * story.step < b; i++) points.push([latitudes[i] / 100, longitudes[i] / 100]);
    points.push(spot(satellite, b));
    return unwrapped(points);
  }

  // -- time

  const clamp = (at) => Math.max(story.start, Math.min(story.end, at));

  function go(at, spoken = true) {
    now = clamp(at);
    draw();
    set("at", now);
    svg.setAttribute("aria-label", sentence());
    if (spoken) announce(`${clock(now)} UTC. ${sentence()}`);
  }

  function move(at) {
    now = clamp(at);
    draw();
    return now >= story.end;
  }

  // -- passes

  // The next pass in a direction, counted from the chosen one while its culmination is in view, else from now.
  function turn(direction) {
    const { windows } = story;
    if (!windows.length) return;
    const chosen = model.get("chosen");
    const order = windows.map((_, i) => i).sort((a, b) => windows[a][3] - windows[b][3] || a - b);
    if (chosen != null && Math.abs(windows[chosen][3] - now) < 1) return choose(order[Math.max(0, Math.min(order.length - 1, order.indexOf(chosen) + direction))]);
    const at = place(order, now, (i) => windows[i][3]);
    choose(order[Math.max(0, Math.min(order.length - 1, direction > 0 ? at + 1 : at))]);
  }

  function choose(i) {
    time.pause();
    set("chosen", i);
    go(story.windows[i][3], false);
    announce(`${chosenTitle.textContent}. ${chosenLine.textContent} ${[...figures.children].map((part, k) => part.textContent + (k % 2 ? "." : "")).join(" ")}`);
    reveal();
  }

  // Only the rows scroll, never the notebook.
  function reveal() {
    const option = options[active];
    if (!option) return;
    const [own, all, foot] = [option.parentNode.getBoundingClientRect(), times.getBoundingClientRect(), times.querySelector(".below").getBoundingClientRect()];
    if (own.top < all.top) times.scrollTop -= all.top - own.top;
    else if (own.bottom > foot.top) times.scrollTop += own.bottom - foot.top;
  }

  function activate(i) {
    options[active]?.setAttribute("tabindex", -1);
    active = i;
    options[active]?.setAttribute("tabindex", 0);
  }

  // -- what does not move

  function build() {
    const held = times.contains(document.activeElement);
    story = model.get("story");
    const { windows, stations, satellites } = story;
    now = clamp(model.get("at"));
    events = [...new Set(windows.flatMap((window) => [...open(window), window[3]]))].sort((a, b) => a - b);
    buildMap();
    times.replaceChildren();
    lanes = [];
    const list = element(times, "div", { role: "listbox", "aria-label": "Passes, in the rows of their stations" });
    rows = stations.map(([text]) => row(list, text, { role: "group", "aria-label": text }));
    options = windows.map(option);
    const below = element(times, "div", { class: "below" });
    buildSight(below);
    for (const satellite of satellites) if (satellite.runs) buildRounds(below, satellite);
    axis = element(below, "div", { class: "axis", "aria-hidden": "true" });
    cursor = element(times, "div", { class: "cursor" });
    buildChoices();
    buildLegend();
    active = 0;
    activate(model.get("chosen") ?? Math.max(0, Math.min(options.length - 1, place(windows, now, (window) => window[2]))));
    details();
    draw();
    svg.setAttribute("aria-label", sentence());
    if (held) options[active]?.focus({ preventScroll: true });
  }

  function buildMap() {
    svg.replaceChildren();
    const size = { width: 360 * SCALE, height: 180 * SCALE };
    const land = LAND.test(story.land) ? story.land : "";
    element(svg, "path", { class: "land", d: land, transform: `translate(${180 * SCALE} ${90 * SCALE}) scale(${SCALE})` });
    const marks = [-60, -30, 0, 30, 60].map((y) => `M0 ${(90 - y) * SCALE}h${size.width}`);
    const across = [-120, -60, 0, 60, 120].map((x) => `M${(180 + x) * SCALE} 0v${size.height}`);
    element(svg, "path", { class: "lines", d: [...marks, ...across].join("") });
    const degrees = element(svg, "g", { class: "degrees" });
    for (const y of [60, 30, 0, -30, -60]) element(degrees, "text", { x: 4, y: (90 - y) * SCALE - 3 }, `${Math.abs(y)}\u00b0${y ? (y > 0 ? " N" : " S") : ""}`);
    for (const x of [-120, -60, 60, 120]) element(degrees, "text", { x: (180 + x) * SCALE + 4, y: size.height - 5 }, `${Math.abs(x)}\u00b0 ${x > 0 ? "E" : "W"}`);
    element(svg, "rect", { class: "sea", x: 0.5, y: 0.5, width: size.width - 1, height: size.height - 1 });
    const sky = element(svg, "g", { class: story.satellites.length > 4 ? "many" : null });
    const links = element(svg, "path", { class: "link" });
    const ground = story.stations.map(([text, latitude, longitude, label]) => {
      const g = element(svg, "g", { class: "station", transform: `translate(${(longitude + 180) * SCALE} ${(90 - latitude) * SCALE})` });
      element(g, "circle", { class: "halo", r: 10 });
      element(g, "circle", { r: 5.5 });
      const [high, side] = label.split(" ");
      const [anchor, x] = BESIDE[side] ?? BESIDE.right;
      element(g, "text", { x, y: BESIDE[high] ?? BESIDE.middle, "text-anchor": anchor }, text);
      return g;
    });
    const above = story.satellites.map(({ name: text, tint }) => {
      const g = element(sky, "g", { class: `sat ${tint}` });
      const parts = Object.fromEntries(["behind", "ahead", "area", "foot"].map((part) => [part, element(g, "path", { class: part })]));
      const mark = element(svg, "g", { class: `sat ${tint}` });
      element(mark, "path", { class: "body", d: "M0-11L11 0L0 11L-11 0Z" });
      return { ...parts, mark, label: element(mark, "text", {}, text) };
    });
    layers = { links, ground, above };
  }

  function row(parent, text, attributes = {}) {
    const line = element(parent, "div", { class: "row", ...attributes });
    element(line, "div", { class: "name", "aria-hidden": "true", title: text }, text);
    const lane = element(element(line, "div", { class: "track" }), "div", { class: "lane" });
    lanes.push(lane);
    return { line, lane };
  }

  const part = (at) => (100 * (at - story.start)) / (story.end - story.start);

  function option(window, i) {
    const [, which, rise, top, down, high, , , arch] = window;
    const { tint } = story.satellites[window[0]];
    const node = element(rows[which].lane, "div", { class: `pass sat ${tint}${failed(window) ? " failed" : ""}`, role: "option", tabindex: -1 });
    node.style.left = `${part(rise)}%`;
    node.style.width = `${part(down) - part(rise)}%`;
    element(node, "i").style.height = `${100 * arch}%`;
    node.setAttribute("aria-label", `${name(window)} over ${station(window)}, ${date(rise)} ${clock(rise)} to ${clock(down)} UTC, ${whole(high)}\u00b0 high at ${clock(top)}${failed(window) ? ", failed" : ""}`);
    node.title = `${name(window)}, ${clock(rise)}\u2013${clock(down)}, ${whole(high)}\u00b0${failed(window) ? ", failed" : ""}`;
    node.addEventListener("focus", () => activate(i));
    return node;
  }

  // Boxes from one time to another, as one path that grows with its lane.
  function boxes(lane, spans, attributes, height) {
    const drawing = lane.querySelector("svg") ?? element(lane, "svg", { viewBox: "0 0 100 1", preserveAspectRatio: "none", "aria-hidden": "true" });
    const d = spans.map(([from, to]) => `M${part(from).toFixed(5)} 1V${1 - height}H${part(to).toFixed(5)}V1z`).join("");
    element(drawing, "path", { ...attributes, d });
  }

  function buildSight(below) {
    const total = story.sight.reduce((sum, [from, to]) => sum + to - from, 0);
    const share = `In sight for ${whole((100 * total) / (story.end - story.start), 1)} % of the time, ${plural(story.sight.length, "stretch", "es")}`;
    const { line, lane } = row(below, "in sight", { role: "img", "aria-label": share });
    line.classList.add("sight");
    boxes(lane, story.sight, {}, 0.6);
  }

  function buildRounds(below, { name: text, runs }) {
    const found = counted(runs, story.parts, story.period, story.start, story.end);
    const { lane } = row(below, `rounds of ${text}`, { role: "img", "aria-label": `Rounds of ${text}: ${whole(found.due)} due; ${said(found)}` });
    story.parts.forEach(([what, height], i) => {
      boxes(lane, runs.filter((run) => run[4] === i).map((run) => [run[2], run[3]]), { class: "part", "data-part": what }, height);
    });
  }

  function buildChoices() {
    const total = story.end - story.start;
    time.speeds(story.speeds);
    zoom.replaceChildren();
    for (const [text, seconds] of [["all", total], ["1 day", DAY], ["6 hours", 6 * HOUR], ["2 hours", 2 * HOUR]]) if (text === "all" || seconds < total) element(zoom, "option", { value: seconds }, text);
    span = total > 1.5 * DAY ? DAY : total;
    zoom.value = span;
    buildAxis();
  }

  // Marks at round times of the whole interval; a lane is as many times wider than its track as the span is shorter.
  function buildAxis() {
    const total = story.end - story.start;
    const step = STEPS.find((one) => one >= span / 7) ?? 30 * DAY;
    axis.replaceChildren();
    const lane = element(axis, "div", { class: "lane" });
    for (let at = Math.ceil(story.start / step) * step; at <= story.end; at += step) {
      const text = step >= DAY || at % DAY === 0 ? date(at).slice(5) : clock(at).slice(0, 5);
      element(lane, "span", {}, text).style.left = `${part(at)}%`;
    }
    for (const one of [...lanes, lane]) one.style.width = `${(100 * total) / span}%`;
    ticks = lane;
  }

  function buildLegend() {
    legend.replaceChildren();
    const item = (text, tag, attributes, look = "") => {
      const line = element(legend, "li");
      const icon = element(line, "svg", { viewBox: "0 0 16 14", "aria-hidden": "true", class: look });
      element(icon, tag, attributes);
      element(line, "span", {}, text);
    };
    item(`footprint, above ${whole(story.mask, story.mask % 1 ? 1 : 0)}\u00b0`, "circle", { class: "foot", cx: 8, cy: 7, r: 6 }, "sat");
    item("in contact", "circle", { class: "sees", cx: 8, cy: 7, r: 5 });
    if (story.satellites.some(({ runs }) => runs)) {
      story.parts.forEach(([what, height, meaning]) => item(meaning, "path", { class: "part", "data-part": what, d: `M3 13V${13 - 12 * height}H13V13z` }));
    }
  }

  // -- the chosen pass

  function pair(list, key, value) {
    element(list, "dt", {}, key);
    element(list, "dd", {}, value);
  }

  function details() {
    const chosen = model.get("chosen");
    const window = chosen == null ? null : story.windows[chosen];
    options.forEach((one, i) => one.setAttribute("aria-selected", i === chosen));
    figures.replaceChildren();
    if (!window) {
      chosenTitle.textContent = "No pass is chosen";
      chosenLine.textContent = story.windows.length ? `There ${story.windows.length === 1 ? "is" : "are"} ${plural(story.windows.length, "pass", "es")}; choose one below.` : "No station sees a satellite in this time.";
      return;
    }
    const [, , rise, top, down, high, range, light, , [early, late], seen] = window;
    chosenTitle.textContent = `${name(window)} over ${station(window)}`;
    const begun = seen?.length && seen[0] > rise + 1 ? ` It begins late, at ${clock(seen[0])}.` : "";
    chosenLine.textContent = `${date(rise)}, ${whole(down - rise)} s.${failed(window) ? " This pass fails." : begun}`;
    pair(figures, "rise", early ? "before the beginning" : clock(rise));
    pair(figures, "culmination", `${clock(top)}, ${whole(high, 1)}\u00b0`);
    pair(figures, "set", late ? "after the end" : clock(down));
    pair(figures, "range", `${whole(range)} km, light ${whole(light, 2)} ms`);
    const { runs } = story.satellites[window[0]];
    if (!runs) return;
    const found = counted(runs, story.parts, story.period, ...open(window));
    pair(figures, "rounds due", found.due ? `${found.first} to ${found.last}: ${said(found)}` : "none");
  }

  // -- what moves

  const inContact = () => story.windows.filter((window) => sees(window, now));

  function sentence() {
    const close = inContact();
    const pairs = close.slice(0, 8).map((window) => `${station(window)} sees ${name(window)}`);
    const here = story.satellites.slice(0, 4).map((one) => `${one.name} is above ${placed(...spot(one, now))}`);
    return `${here.join("; ")}. ${pairs.join(", ") || "No station sees a satellite"}.`;
  }

  function draw() {
    moment.textContent = `${date(now)} ${clock(now)} UTC`;
    const none = !story.windows.length;
    time.show({ min: story.start, max: story.end, value: now, text: moment.textContent, ends: [now <= story.start, now >= story.end], off: { back: none, forward: none } });
    const close = inContact();
    const listening = new Set(close.map((window) => window[1]));
    layers.ground.forEach((g, i) => g.classList.toggle("sees", listening.has(i)));
    rows.forEach(({ line }, i) => line.classList.toggle("sees", listening.has(i)));
    const many = story.satellites.length > 4;
    const spots = story.satellites.map((satellite, i) => {
      const [latitude, longitude, height] = spot(satellite, now);
      const { behind, ahead, area, foot, mark, label } = layers.above[i];
      behind.setAttribute("d", path(trail(satellite, now - satellite.turn * (many ? 0.1 : 0.5), now)));
      ahead.setAttribute("d", path(trail(satellite, now, now + satellite.turn * (many ? 0.25 : 1))));
      const seen = footprint(latitude, longitude, height, story.mask);
      area.setAttribute("d", path(seen.area, true));
      foot.setAttribute("d", path(seen.edge));
      mark.setAttribute("transform", `translate(${((longitude + 180) * SCALE).toFixed(1)} ${((90 - latitude) * SCALE).toFixed(1)})`);
      const side = longitude > 120 ? -1 : 1;
      for (const [key, value] of Object.entries({ x: 15 * side, y: latitude > 70 ? 24 : -12, "text-anchor": side < 0 ? "end" : "start" })) label.setAttribute(key, value);
      return [latitude, longitude, height];
    });
    layers.links.setAttribute("d", close.map((window) => path(unwrapped([spots[window[0]], story.stations[window[1]].slice(1, 3)]))).join(""));
    tellPresent(close, spots);
    const from = Math.max(story.start, Math.min(story.end - span, now - span / 2));
    const shift = `translateX(${(-100 * (from - story.start)) / (story.end - story.start)}%)`;
    for (const lane of [...lanes, ticks]) lane.style.transform = shift;
    cursor.style.left = `calc(var(--names) + (100% - var(--names)) * ${(now - from) / span})`;
  }

  function tellPresent(close, spots) {
    const lines = [];
    if (story.satellites.length <= 4) {
      story.satellites.forEach(({ name: text, runs }, i) => {
        const seers = close.filter((window) => window[0] === i).map(station);
        lines.push([text, `${placed(...spots[i])}, ${whole(spots[i][2])} km; ${seers.length ? `seen by ${seers.join(", ")}` : "out of sight"}`]);
        const run = runs?.[place(runs, now, (one) => one[2])];
        if (run && now < run[3]) lines.push([`round ${run[0] + Math.floor((now - run[2]) / story.period + 1e-9)}`, story.parts[run[4]][2]]);
      });
    } else {
      const pairs = close.slice(0, 6).map((window) => `${name(window)} (${station(window)})`);
      lines.push(["in contact", `${new Set(close.map((window) => window[0])).size} of ${story.satellites.length}${pairs.length ? `: ${pairs.join(", ")}` : ""}`]);
    }
    const flat = lines.flat();
    if (present.children.length !== flat.length) {
      present.replaceChildren();
      lines.forEach((line) => pair(present, ...line));
    }
    flat.forEach((text, i) => {
      if (present.children[i].textContent !== text) present.children[i].textContent = text;
    });
  }

  // -- mouse and keys

  zoom.addEventListener("change", () => {
    span = Number(zoom.value);
    buildAxis();
    draw();
  });
  times.addEventListener("click", (event) => {
    const picked = options.indexOf(event.target.closest(".pass"));
    if (picked >= 0) {
      choose(picked);
      return options[picked].focus({ preventScroll: true });
    }
    const track = (event.target.closest(".row") ?? event.target.closest(".axis")?.previousSibling)?.querySelector(".track")?.getBoundingClientRect();
    if (!track || event.clientX < track.left) return;
    time.pause();
    const from = Math.max(story.start, Math.min(story.end - span, now - span / 2));
    go(from + ((event.clientX - track.left) / track.width) * span);
  });

  times.addEventListener("keydown", (event) => {
    if (foreign(event) || !event.target.closest(".pass")) return;
    const { windows } = story;
    const to = (i) => {
      const next = Math.max(0, Math.min(options.length - 1, i));
      choose(next);
      options[next].focus({ preventScroll: true });
    };
    // the pass of another station, in the rows up or down, that is nearest in time
    const across = (direction) => {
      for (let which = windows[active][1] + direction; which >= 0 && which < rows.length; which += direction) {
        const own = windows.flatMap((window, i) => (window[1] === which ? [i] : []));
        if (own.length) return to(own.reduce((a, b) => (Math.abs(windows[b][3] - windows[active][3]) < Math.abs(windows[a][3] - windows[active][3]) ? b : a)));
      }
    };
    const action = {
      ArrowRight: () => to(active + 1),
      ArrowLeft: () => to(active - 1),
      ArrowDown: () => across(1),
      ArrowUp: () => across(-1),
      Home: () => to(0),
      End: () => to(options.length - 1),
      Enter: () => to(active),
    }[event.key];
    if (action == null) return;
    event.preventDefault();
    action();
  });

  const listeners = {
    "change:story": build,
    "change:at": () => {
      if (Math.abs(model.get("at") - now) < 1e-6) return;
      now = clamp(model.get("at"));
      draw();
    },
    "change:chosen": () => {
      const chosen = model.get("chosen");
      if (chosen != null) activate(chosen);
      details();
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

export { between, counted, footprint, path };
export default { render };
