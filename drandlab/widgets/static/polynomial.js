// Shamir's idea by hand. The page does its own arithmetic, so that a saved page works without a kernel;
// with a kernel, Python computes the same secret with drandlab.algebra.

const MOST = 8; // places on the real plane, and the greatest threshold

const reals = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  same: (a, b) => Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(b)),
};

function modulo(p) {
  const reduce = (v) => ((v % p) + p) % p;
  const power = (base, exponent) => {
    let result = 1;
    for (let b = reduce(base), e = exponent; e > 0; e >>= 1, b = (b * b) % p) if (e & 1) result = (result * b) % p;
    return result;
  };
  return {
    add: (a, b) => reduce(a + b),
    sub: (a, b) => reduce(a - b),
    mul: (a, b) => reduce(a * b),
    div: (a, b) => reduce(a * power(b, p - 2)), // Fermat: b^(p-2) is the inverse of b
    same: (a, b) => a === b,
  };
}

// Coefficients, constant term first, of the polynomial through the points (Newton's divided differences).
function interpolate(points, k) {
  const slopes = points.map(([, y]) => y);
  for (let order = 1; order < points.length; order++) {
    for (let i = points.length - 1; i >= order; i--) {
      slopes[i] = k.div(k.sub(slopes[i], slopes[i - 1]), k.sub(points[i][0], points[i - order][0]));
    }
  }
  let result = points.map(() => 0);
  for (let i = points.length - 1; i >= 0; i--) {
    const shifted = [0, ...result.slice(0, -1)];
    result = shifted.map((s, j) => k.sub(s, k.mul(points[i][0], result[j])));
    result[0] = k.add(result[0], slopes[i]);
  }
  return result;
}

const evaluate = (coefficients, x, k) => coefficients.reduceRight((sum, c) => k.add(k.mul(sum, x), c), 0);

// What the shares say: "open" below the threshold, "fixed" with the polynomial, or "contradiction".
function fit(points, threshold, k) {
  if (points.length < threshold) return { state: "open", coefficients: [], secret: null };
  const coefficients = interpolate(points.slice(0, threshold), k);
  const agree = points.slice(threshold).every(([x, y]) => k.same(evaluate(coefficients, x, k), y));
  if (!agree) return { state: "contradiction", coefficients: [], secret: null };
  return { state: "fixed", coefficients, secret: coefficients[0] };
}

function written(value) {
  const rounded = Math.round(value * 100) / 100;
  return String(rounded === 0 ? 0 : rounded).replace("-", "\u2212");
}

function formula(coefficients, suffix) {
  const high = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  let text = "";
  coefficients.forEach((c, i) => {
    if (Math.abs(c) < 0.005) return;
    const size = i > 0 && Math.abs(Math.abs(c) - 1) < 0.005 ? "" : written(Math.abs(c));
    const sign = c < 0 ? (text ? " \u2212 " : "\u2212") : text ? " + " : "";
    text += sign + size + (i === 0 ? "" : i === 1 ? "x" : "x" + high[i]);
  });
  return `f(x) = ${text || "0"}${suffix}`;
}

// The two worlds differ in their arithmetic, in the places a share can have, and in what is drawn between them.
function worlds(model) {
  const p = model.get("prime");
  return [
    {
      mode: "field",
      trait: "shares",
      name: `Integers modulo ${p}`,
      k: modulo(p),
      last: p - 1,
      low: 0,
      high: p - 1,
      span: { x: [-0.8, p - 0.2], y: [-0.8, p - 0.2] },
      suffix: ` mod ${p}`,
      unknown: `all ${p} secrets are still possible`,
    },
    {
      mode: "reals",
      trait: "points",
      name: "Real numbers",
      k: reals,
      last: MOST,
      low: -Math.floor(p / 2),
      high: p + Math.floor(p / 2),
      span: { x: [-0.4, MOST + 0.4], y: [-Math.floor(p / 2) - 1, p + Math.floor(p / 2) + 1] },
      suffix: "",
      unknown: "many curves still fit",
    },
  ];
}

const WIDE = 480;
const HIGH = 400;
const BOX = { left: 38, right: WIDE - 10, top: 24, bottom: HIGH - 34 };

function plane(parent, model, world, announce) {
  const { k, trait } = world;
  const section = element(parent, "section", { class: "plane", "aria-label": world.name });
  element(section, "div", { class: "name" }, world.name);
  const tools = element(section, "div", { class: "tools" });
  const add = element(tools, "button", { type: "button", "data-action": "add" }, "Add a share");
  const remove = element(tools, "button", { type: "button", "data-action": "remove" }, "Remove a share");
  const reading = element(section, "div", { class: "reading" });
  const secret = element(reading, "div", { class: "secret" });
  const verdict = element(reading, "div", { class: "verdict" });
  const svg = element(section, "svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "group", "aria-label": `Shares, ${world.name}` });
  const back = element(svg, "g", { "aria-hidden": "true" });
  const drawn = element(svg, "g", { "aria-hidden": "true" });
  const front = element(svg, "g");
  const handles = [];
  let active = 0;

  const [x0, x1] = world.span.x;
  const [y0, y1] = world.span.y;
  const px = (x) => BOX.left + ((x - x0) / (x1 - x0)) * (BOX.right - BOX.left);
  const py = (y) => BOX.bottom - ((y - y0) / (y1 - y0)) * (BOX.bottom - BOX.top);
  const read = () => model.get(trait).map(([x, y]) => [x, y]);

  function commit(points) {
    model.set(trait, points);
    model.save_changes();
  }

  // Moves share i as far as the rules allow: inside the plane, never to x = 0, never onto another share's x.
  function move(i, x, y) {
    const points = read();
    const wanted = Math.min(Math.max(Math.round(x), 1), world.last);
    const free = points.every(([other], j) => j === i || other !== wanted);
    const next = [free ? wanted : points[i][0], Math.min(Math.max(y, world.low), world.high)];
    if (next[0] === points[i][0] && next[1] === points[i][1]) return;
    points[i] = next;
    commit(points);
  }

  function sidestep(i, direction, count) {
    const points = read();
    let x = points[i][0];
    for (let step = x + direction, left = count; step >= 1 && step <= world.last && left > 0; step += direction) {
      if (points.some(([other]) => other === step)) continue;
      x = step;
      left -= 1;
    }
    move(i, x, points[i][1]);
  }

  function insert(x, y) {
    const points = read();
    if (x < 1 || x > world.last) return announce(`A share has x from 1 to ${world.last}: x = 0 is the place of the secret.`);
    if (points.some(([other]) => other === x)) return announce(`There is a share at x = ${x} already.`);
    active = points.length;
    commit([...points, [x, Math.min(Math.max(y, world.low), world.high)]]);
  }

  // The dealer's next share, else a point on the fixed polynomial, else any free place.
  function addNext() {
    const points = read();
    const free = (x) => points.every(([other]) => other !== x);
    const fitting = fit(points, model.get("threshold"), k);
    const places = Array.from({ length: world.last }, (_, i) => i + 1).filter(free);
    if (!places.length) return announce(`Every x from 1 to ${world.last} has a share.`);
    const dealt = trait === "shares" ? model.get("dealt").find(([x]) => free(x)) : undefined;
    if (dealt) return insert(...dealt);
    if (fitting.state !== "fixed") return insert(places[0], Math.floor(model.get("prime") / 2));
    const values = places.map((x) => [x, evaluate(fitting.coefficients, x, k)]);
    const seen = values.find(([, y]) => y >= world.low && y <= world.high);
    return seen ? insert(...seen) : announce("The curve leaves the picture at every free x.");
  }

  function removeAt(wanted) {
    const points = read();
    if (!points.length) return announce("There is no share to remove.");
    const i = Math.min(wanted, points.length - 1);
    const hadFocus = front.contains(document.activeElement);
    points.splice(i, 1);
    active = Math.max(0, Math.min(i, points.length - 1));
    commit(points);
    if (hadFocus) (handles[active]?.node ?? add).focus();
  }

  function place(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [x0 + ((at.x - BOX.left) / (BOX.right - BOX.left)) * (x1 - x0), Math.round(y0 + ((BOX.bottom - at.y) / (BOX.bottom - BOX.top)) * (y1 - y0))];
  }

  function handle(i) {
    const node = element(front, "g", { class: "share", tabindex: 0, role: "slider", "aria-orientation": "vertical" });
    element(node, "circle", { class: "grip", r: 16 });
    element(node, "circle", { class: "halo", r: 12 });
    element(node, "circle", { class: "body", r: 7.5 });
    const label = element(node, "text", { "aria-hidden": "true" });
    node.addEventListener("focus", () => (active = i));
    node.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      active = i;
      node.focus();
      node.setPointerCapture(event.pointerId);
      node.classList.add("held");
    });
    node.addEventListener("pointermove", (event) => node.hasPointerCapture(event.pointerId) && move(i, ...place(event)));
    for (const end of ["pointerup", "pointercancel"]) node.addEventListener(end, () => node.classList.remove("held"));
    node.addEventListener("keydown", (event) => {
      if (foreign(event)) return;
      const [x, y] = read()[i];
      const step = event.shiftKey ? 5 : 1;
      const action = {
        ArrowUp: () => move(i, x, y + step),
        ArrowDown: () => move(i, x, y - step),
        ArrowLeft: () => sidestep(i, -1, step),
        ArrowRight: () => sidestep(i, 1, step),
        PageUp: () => move(i, x, y + 5),
        PageDown: () => move(i, x, y - 5),
        Home: () => move(i, x, world.low),
        End: () => move(i, x, world.high),
        Delete: () => removeAt(i),
        Backspace: () => removeAt(i),
      }[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    });
    return { node, label };
  }

  function frame() {
    element(back, "rect", { class: "home", x: px(0) - 9, y: BOX.top, width: 18, height: BOX.bottom - BOX.top });
    const every = (span) => [1, 2, 5, 10, 20, 50, 100].find((step) => span / step <= 8);
    const xs = every(world.last);
    const ys = every(world.high - world.low);
    for (let x = 0; x <= world.last; x += xs) {
      if (world.mode === "reals") element(back, "line", { class: "rule", x1: px(x), x2: px(x), y1: BOX.top, y2: BOX.bottom });
      element(back, "text", { x: px(x), y: BOX.bottom + 17, "text-anchor": "middle" }, written(x));
    }
    for (let y = Math.ceil(world.low / ys) * ys; y <= world.high; y += ys) {
      if (world.mode === "reals") element(back, "line", { class: "rule", x1: BOX.left, x2: BOX.right, y1: py(y), y2: py(y) });
      element(back, "text", { x: BOX.left - 7, y: py(y) + 4, "text-anchor": "end" }, written(y));
    }
    element(back, "line", { class: "edge", x1: BOX.left, x2: BOX.right, y1: BOX.bottom, y2: BOX.bottom });
    element(back, "text", { class: "axis", x: BOX.right, y: HIGH - 3, "text-anchor": "end" }, "x");
    element(back, "text", { class: "axis", x: 2, y: 14 }, "f(x)");
    element(back, "text", { x: px(0) - 9, y: BOX.top - 7 }, "secret");
    if (world.mode === "field") {
      for (let x = 0; x <= world.last; x++) {
        for (let y = 0; y <= world.high; y++) if (world.last <= 46) element(back, "circle", { class: "dot", cx: px(x), cy: py(y), r: 1.1 });
      }
    }
  }

  const marks = {
    ring: (x, y) => element(drawn, "circle", { class: "ring", cx: px(x), cy: py(y), r: 4.5 }),
    candidates: [
      (x, y) => `M${px(x) - 3} ${py(y) - 3}h6v6h-6z`,
      (x, y) => `M${px(x)} ${py(y) - 4}l4 7h-8z`,
      (x, y) => `M${px(x)} ${py(y) - 4.5}l4.5 4.5l-4.5 4.5l-4.5 -4.5z`,
    ],
  };

  function curve(coefficients, faint) {
    // A nested svg cuts the curve at the edge of the plane.
    const { left, right, top, bottom } = BOX;
    const size = { x: left, y: top, width: right - left, height: bottom - top };
    const cut = element(drawn, "svg", { ...size, viewBox: Object.values(size).join(" ") });
    let path = "";
    for (let i = 0; i <= 160; i++) {
      const x = x0 + ((x1 - x0) * i) / 160;
      const y = Math.min(Math.max(py(evaluate(coefficients, x, k)), -9999), 9999);
      path += `${i ? "L" : "M"}${px(x).toFixed(1)} ${y.toFixed(1)}`;
    }
    element(cut, "path", { class: faint ? "curve faint" : "curve", d: path });
  }

  // Some of the polynomials that go through too few shares: each has another secret.
  function candidates(points, missing) {
    const p = model.get("prime");
    const free = Array.from({ length: world.last }, (_, i) => i + 1).filter((x) => points.every(([other]) => other !== x));
    if (world.mode === "reals") {
      const beyond = Array.from({ length: missing - 1 }, (_, i) => [world.last + 1 + i, p / 2]);
      for (let i = 0; i < 5; i++) {
        const start = world.low + ((world.high - world.low) * (i + 0.5)) / 5;
        curve(interpolate([...points, [0, start], ...beyond], k), true);
      }
      return;
    }
    for (let y = 0; y < p; y++) element(drawn, "circle", { class: "possible", cx: px(0), cy: py(y), r: Math.min(3, 110 / p) });
    for (let i = 0; i < 3; i++) {
      const start = Math.floor((p * (2 * i + 1)) / 6);
      const pinned = free.slice(0, missing - 1).map((x, j) => [x, (start * (j + 2) + 5 * j) % p]);
      const f = interpolate([...points, [0, start], ...pinned], k);
      let path = "";
      for (let x = 1; x < p; x++) path += marks.candidates[i](x, evaluate(f, x, k));
      element(drawn, "path", { class: `candidate candidate-${i}`, d: path });
    }
  }

  function reveal(fitting) {
    if (world.mode === "reals") curve(fitting.coefficients, false);
    else for (let x = 1; x <= world.last; x++) marks.ring(x, evaluate(fitting.coefficients, x, k));
    const at = py(Math.min(Math.max(fitting.secret, world.low), world.high));
    element(drawn, "path", { class: "revealed", d: `M${px(0)} ${at - 9}l9 9l-9 9l-9 -9z` });
    const beyond = fitting.secret > world.high ? " ↑" : fitting.secret < world.low ? " ↓" : "";
    element(drawn, "text", { class: "value", x: px(0) + 14, y: at + (at < BOX.top + 14 ? 16 : -6) }, written(fitting.secret) + beyond);
  }

  function conclude(fitting, points, threshold) {
    const missing = threshold - points.length;
    const fixed = fitting.state === "fixed";
    secret.replaceChildren();
    element(secret, "small", {}, "f(0) = ");
    secret.append(fixed ? written(fitting.secret) : fitting.state === "open" ? "?" : "\u26a0");
    section.dataset.state = fitting.state;
    section.dataset.secret = fixed ? fitting.secret : "";
    verdict.replaceChildren();
    let sentence = `${points.length} of ${threshold} shares: ${world.unknown}.`;
    if (fixed) sentence = `${points.length} of ${threshold} shares: they fix one polynomial.`;
    if (fitting.state === "contradiction") sentence = `No polynomial of degree below ${threshold} goes through all ${points.length} shares: at least one is wrong.`;
    element(verdict, "span", {}, sentence);
    if (fixed) element(verdict, "span", { class: "formula" }, formula(fitting.coefficients, world.suffix));
    const more = missing === 1 ? "One more share reveals the secret." : `${missing} more shares are needed.`;
    return fixed ? `The secret appears: f(0) = ${written(fitting.secret)}.` : fitting.state === "open" ? `${sentence} ${more}` : sentence;
  }

  function draw() {
    const points = read();
    const threshold = model.get("threshold");
    const fitting = fit(points, threshold, k);
    drawn.replaceChildren();
    if (fitting.state === "open") candidates(points, threshold - points.length);
    if (fitting.state === "fixed") reveal(fitting);
    while (handles.length > points.length) handles.pop().node.remove();
    while (handles.length < points.length) handles.push(handle(handles.length));
    points.forEach(([x, y], i) => {
      const { node, label } = handles[i];
      const edge = px(x) > BOX.right - 62;
      node.setAttribute("transform", `translate(${px(x)} ${py(y)})`);
      label.textContent = `(${x}, ${written(y)})`;
      for (const [name, value] of Object.entries({ x: edge ? -13 : 13, y: py(y) < BOX.top + 16 ? 16 : -8, "text-anchor": edge ? "end" : "start" })) label.setAttribute(name, value);
      const said = { label: `Share ${i + 1}`, valuemin: world.low, valuemax: world.high, valuenow: y, valuetext: `x = ${x}, y = ${written(y)}` };
      for (const [name, value] of Object.entries(said)) node.setAttribute(`aria-${name}`, value);
    });
    add.setAttribute("aria-disabled", points.length >= world.last);
    remove.setAttribute("aria-disabled", points.length === 0);
    return conclude(fitting, points, threshold);
  }

  frame();
  add.addEventListener("click", addNext);
  remove.addEventListener("click", () => removeAt(active));
  section.addEventListener("keydown", (event) => {
    if (event.key !== "+" || foreign(event)) return;
    event.preventDefault();
    addNext();
  });
  svg.addEventListener("dblclick", (event) => {
    if (event.target.closest(".share")) return;
    const [x, y] = place(event);
    insert(Math.round(x), y);
  });
  return { section, trait, mode: world.mode, draw };
}

function render({ model, el }) {
  const root = element(el, "div", { class: "drandlab drandlab-polynomial", role: "group", "aria-label": "Shamir secret sharing by hand" });
  const bar = element(root, "div", { class: "bar" });
  element(bar, "h3", {}, "Shamir’s secret sharing, by hand");
  const choice = element(bar, "div", { class: "choice", role: "radiogroup", "aria-label": "Numbers" });
  const modes = Object.entries({ field: `mod ${model.get("prime")}`, reals: "reals", both: "both" });
  const options = modes.map(([mode, text]) => element(choice, "button", { type: "button", role: "radio", "data-mode": mode }, text));
  const step = element(bar, "div", { class: "step", role: "group", "aria-label": "Threshold" });
  element(step, "span", {}, "threshold");
  const less = element(step, "button", { type: "button", "aria-label": "Lower the threshold" }, "lower");
  const shown = element(step, "strong");
  const more = element(step, "button", { type: "button", "aria-label": "Raise the threshold" }, "raise");
  const planes = element(root, "div", { class: "planes" });
  const leave = settle(root, bar, { model, el });
  const announce = announcer(root);
  const views = worlds(model).map((world) => plane(planes, model, world, announce));
  element(root, "p", { class: "help" }, "Drag a share, or Tab to it and use the arrow keys (Shift: steps of 5; Home, End: lowest, highest). + adds a share, Delete removes one; a double click adds one where you point.");

  const set = setter(model);
  const most = Math.min(model.get("prime") - 1, MOST);
  less.addEventListener("click", () => set("threshold", Math.max(1, model.get("threshold") - 1)));
  more.addEventListener("click", () => set("threshold", Math.min(most, model.get("threshold") + 1)));
  options.forEach((option, i) => {
    option.addEventListener("click", () => set("mode", modes[i][0]));
    option.addEventListener("keydown", (event) => {
      const turn = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!turn) return;
      event.preventDefault();
      const next = (i + turn + modes.length) % modes.length;
      set("mode", modes[next][0]);
      options[next].focus();
    });
  });

  function drawAll(speak) {
    const mode = model.get("mode");
    shown.textContent = model.get("threshold");
    less.setAttribute("aria-disabled", model.get("threshold") <= 1);
    more.setAttribute("aria-disabled", model.get("threshold") >= most);
    options.forEach((option, i) => {
      option.setAttribute("aria-checked", modes[i][0] === mode);
      option.tabIndex = modes[i][0] === mode ? 0 : -1;
    });
    for (const view of views) {
      view.section.hidden = mode !== "both" && mode !== view.mode;
      const sentence = view.draw();
      if (speak === view.trait || (speak === "all" && !view.section.hidden)) announce(sentence);
    }
  }

  const listeners = {
    "change:shares": () => drawAll("shares"),
    "change:points": () => drawAll("points"),
    "change:threshold": () => drawAll("all"),
    "change:mode": () => drawAll(null),
  };
  const deafen = listen(model, listeners);
  drawAll(null);
  return () => {
    leave();
    deafen();
  };
}

export { fit, modulo, reals };
export default { render };
