// The status matrix of a DKG, step by step. Python reads the journal and sends all steps of one node; the page
// only shows them, so that it works without a kernel, except for the view of another node.

const PACE = 900; // milliseconds for each step while playing
const PHASES = { init: "Deals", deal: "Deals", response: "Responses", justification: "Justifications", finish: "Finish" };

// One drawing for each state, in a box of 16 by 16: the shape alone tells them apart.
const ICONS = {
  s: "M2.5 8.5l3.7 3.7L13.5 4.5",
  j: "M8 1.2a6.8 6.8 0 1 0 0 13.6a6.8 6.8 0 1 0 0-13.6M4.8 8.3l2.3 2.3l4.1-4.6",
  c: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  q: "M8 3a5 5 0 1 0 0 10a5 5 0 1 0 0-10",
  w: "M7.6 8h0.8",
  v: "M5 5h6v6h-6z",
};

// The matrix after each step, from the changes that the story holds.
function frames(story) {
  let now = story.dealers.map(() => story.holders.map(() => "w"));
  return story.steps.map(({ changes }) => {
    now = now.map((row) => [...row]);
    for (const [row, column, state] of changes) now[row][column] = state;
    return now;
  });
}

// F(x) as a formula in the commitments.
const powers = (x, terms) => {
  const high = (k) => (k === 1 ? "" : String(k).replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]));
  const low = (k) => String(k).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);
  const term = (k) => (k === 0 ? "A₀" : x === 1 ? `A${low(k)}` : `${x}${high(k)}·A${low(k)}`);
  return terms > 4 ? `Σ ${x}ᵏ·Aₖ` : Array.from({ length: terms }, (_, k) => term(k)).join(" + ");
};

// A short list as it is, a long one by its runs: 0 to 6, 8 to 22.
function listed(indices) {
  if (indices.length <= 12) return indices.join(", ");
  const runs = [];
  for (const index of indices) {
    const run = runs[runs.length - 1];
    if (run && run[1] === index - 1) run[1] = index;
    else runs.push([index, index]);
  }
  return runs.map(([low, high]) => (low === high ? `${low}` : high === low + 1 ? `${low}, ${high}` : `${low} to ${high}`)).join(", ");
}

function numbers(parent, check) {
  const list = element(parent, "dl");
  const row = (name, value, kind) => {
    element(list, "dt", {}, name);
    element(list, "dd", { "data-number": kind }, value);
  };
  row("x", `${check.x}`, "x");
  if (check.s) row("share s", check.s, "s");
  if (check.left) row("s·g", check.left, "left");
  row(powers(check.x, check.terms), check.right, "right");
  if (check.dealt) {
    row("A₀", check.dealt, "dealt");
    row("its old share · g", check.owed, "owed");
  }
  const verdict = element(parent, "div", { class: `verdict ${check.problem ? "fails" : "fits"}` });
  drawing(verdict, check.problem ? ICONS.c : ICONS.s);
  element(verdict, "span", {}, check.problem ?? `s·g = F(${check.x}): the share is in order`);
}

function render({ model, el }) {
  const root = element(el, "div", { class: "drandlab drandlab-matrix", role: "group", "aria-label": "Status matrix of a key generation" });
  const bar = element(root, "div", { class: "bar" });
  const title = element(bar, "h3");
  const phases = element(bar, "ol", { class: "phases", "aria-label": "Phases" });
  const time = steps(root, {
    label: "Steps",
    moment: "Step",
    names: { first: "First step", back: "Step back", forward: "Step forward", last: "Last step" },
    at: () => now(),
    last: () => last(),
    go: (step) => set("step", step),
    pace: PACE,
  });
  const chooser = element(time.box, "label", {}, "as seen by ");
  const select = element(chooser, "select");
  const said = element(root, "p", { class: "said" });
  const sides = element(root, "div", { class: "sides" });
  const left = element(sides, "div", { class: "left" });
  const sheet = element(left, "div", { class: "sheet" });
  const right = element(sides, "div", { class: "right" });
  const panel = element(right, "section", { class: "panel", "aria-label": "The check behind the cell" });
  const legend = element(right, "ul", { class: "legend", "aria-label": "Marks" });
  const outcome = element(root, "div", { class: "outcome" });
  element(root, "p", { class: "help" }, "Click a cell, or Tab into the grid, move with the arrow keys (Home, End) and press Enter: the check is shown. + and \u2212 step, Space plays.");
  const leave = settle(root, bar, { model, el });
  const announce = announcer(root);
  const set = setter(model);

  let story;
  let pictures;
  let cells;
  let active = [0, 0];
  let drawn = null;

  const last = () => story.steps.length - 1;
  const now = () => Math.min(model.get("step"), last());
  const chosen = () => {
    const [dealer, holder] = model.get("cell");
    return [story.dealers.findIndex(([index]) => index === dealer), story.holders.findIndex(([index]) => index === holder)];
  };
  const full = (role, [index, node]) => `${role} ${index}${node == null || node === index ? "" : ` (node ${node})`}`;
  const capital = (text) => text[0].toUpperCase() + text.slice(1);

  function choose(row, column) {
    activate(row, column);
    set("cell", [story.dealers[row][0], story.holders[column][0]]);
  }

  // Tab reaches one cell of the grid; the arrows say which one.
  function activate(row, column) {
    cells[active[0]]?.[active[1]]?.setAttribute("tabindex", -1);
    active = [row, column];
    cells[row][column].setAttribute("tabindex", 0);
  }

  function build() {
    story = model.get("story");
    pictures = frames(story);
    drawn = null;
    title.textContent = story.resharing ? "Resharing: the status matrix" : "Key generation: the status matrix";
    select.replaceChildren();
    for (const node of story.nodes) element(select, "option", { value: node }, `node ${node}`);
    select.value = story.node;
    phases.replaceChildren();
    for (const name of new Set(story.steps.map(({ phase }) => PHASES[phase]))) element(element(phases, "li", { "data-phase": name }), "span", {}, name);
    sheet.replaceChildren();
    const size = Math.max(story.dealers.length, story.holders.length);
    const table = element(sheet, "table", { role: "grid", "aria-label": "Dealers in rows, holders in columns" });
    // as large as the height of the view allows
    table.style.setProperty("--gap", `${size <= 14 ? 3 : 1}px`);
    table.style.setProperty("--cell", `min(40px, (var(--tall) - 56px) / ${story.dealers.length} - var(--gap))`);
    table.classList.toggle("small", size > 14);
    const head = element(element(table, "thead", { role: "rowgroup" }), "tr", { role: "row" });
    element(head, "th", { class: "corner", role: "columnheader" }, "dealer \u2193 holder \u2192");
    for (const holder of story.holders) {
      const cell = element(head, "th", { scope: "col", role: "columnheader", title: capital(full("holder", holder)), class: holder[0] === story.own[1] ? "own" : null });
      element(cell, "span", { class: "index" }, holder[0]);
    }
    const body = element(table, "tbody", { role: "rowgroup" });
    cells = story.dealers.map((dealer, row) => {
      const line = element(body, "tr", { role: "row" });
      const name = element(line, "th", { scope: "row", role: "rowheader", title: capital(full("dealer", dealer)), class: dealer[0] === story.own[0] ? "own" : null });
      element(name, "span", { class: "index" }, dealer[0]);
      return story.holders.map((_, column) => {
        const cell = element(line, "td", { role: "gridcell", tabindex: -1 });
        drawing(cell, ICONS.w);
        cell.addEventListener("click", () => {
          choose(row, column);
          cell.focus();
        });
        cell.addEventListener("focus", () => activate(row, column));
        return cell;
      });
    });
    legend.replaceChildren();
    const seen = new Set(pictures.flat(2));
    for (const [state, meaning] of Object.entries(story.states)) {
      if (!seen.has(state)) continue;
      const item = element(legend, "li");
      drawing(element(item, "i", { "data-state": state }), ICONS[state]);
      element(item, "span", {}, meaning);
    }
    activate(...chosen());
    draw();
  }

  function mark(header, kind, text) {
    header.querySelector(".tag")?.remove();
    if (!text) return;
    const tag = element(null, "span", { class: `tag ${kind}` }, text);
    header.prepend(tag);
  }

  function drawGrid(step) {
    const { out } = story.steps[step];
    const over = step === last() && story.qual != null;
    const before = drawn == null ? null : pictures[drawn];
    const heads = sheet.querySelectorAll("thead th[scope]");
    story.holders.forEach(([index], column) => {
      const gone = out.holders.includes(index);
      heads[column].classList.toggle("struck", gone);
      const qualified = over && story.resharing && story.qual.includes(index);
      mark(heads[column], gone ? "out" : "in", gone ? "out" : qualified ? "QUAL" : "");
      for (const row of cells) row[column].classList.toggle("struck", gone);
    });
    cells.forEach((row, i) => {
      const [index] = story.dealers[i];
      const gone = out.dealers.includes(index);
      const line = row[0].parentElement;
      line.classList.toggle("struck", gone);
      const qualified = over && !story.resharing && story.qual.includes(index);
      mark(line.querySelector("th"), gone ? "out" : "in", gone ? "out" : qualified ? "QUAL" : "");
      row.forEach((cell, j) => {
        const state = pictures[step][i][j];
        cell.classList.toggle("fresh", before != null && before[i][j] !== state);
        if (cell.dataset.state === state) return;
        cell.dataset.state = state;
        cell.querySelector("path").setAttribute("d", ICONS[state]);
        cell.setAttribute("aria-label", `${capital(full("dealer", story.dealers[i]))}, ${full("holder", story.holders[j])}: ${story.states[state]}`);
      });
    });
  }

  function drawPanel(step) {
    const [row, column] = chosen();
    const [dealer, holder] = [story.dealers[row], story.holders[column]];
    cells.flat().forEach((cell) => cell.setAttribute("aria-selected", cell === cells[row][column]));
    const state = pictures[step][row][column];
    const held = panel.contains(document.activeElement) ? document.activeElement.dataset.step : null;
    panel.replaceChildren();
    element(panel, "h4", {}, `${capital(full("dealer", dealer))} \u2192 ${full("holder", holder)}`);
    element(panel, "p", { class: "now" }, `${capital(story.states[state])}.`);
    const list = element(panel, "ol");
    let verdict = "";
    for (const [at, by, to, text, check] of story.events) {
      if (at > step || (by != null && by !== dealer[0]) || (to != null && to !== holder[0])) continue;
      const item = element(list, "li");
      const jump = element(item, "button", { type: "button", "data-step": at, "aria-label": `Go to step ${at + 1}`, title: `Go to step ${at + 1}` }, at + 1);
      jump.addEventListener("click", () => time.go(at));
      const what = element(item, "div");
      element(what, "div", {}, text);
      if (check) {
        numbers(what, check);
        verdict = check.problem ?? `s·g = F(${check.x})`;
      }
    }
    if (!list.children.length) element(panel, "p", {}, "Nothing has been said about this share yet.");
    if (held != null) panel.querySelector(`button[data-step="${held}"]`)?.focus();
    return `${capital(full("dealer", dealer))}, ${full("holder", holder)}: ${story.states[state]}. ${verdict}`.trim();
  }

  function drawOutcome(step) {
    outcome.replaceChildren();
    if (step < last()) {
      element(outcome, "span", { class: "pending" }, "QUAL and the group key: not yet.");
    } else if (story.key == null) {
      element(outcome, "span", {}, "This node ends without a key.");
    } else {
      const qual = element(outcome, "span", {}, "QUAL ");
      element(qual, "strong", { class: "qual" }, listed(story.qual));
      const key = element(outcome, "span", {}, "group key ");
      element(key, "span", { class: "key" }, story.key);
    }
  }

  function draw() {
    const step = now();
    const { phase, said: sentence, time: seconds } = story.steps[step];
    for (const item of phases.children) {
      if (item.dataset.phase === PHASES[phase]) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    }
    const where = `step ${step + 1} of ${last() + 1}`;
    time.show(`${where}, ${seconds} s`, where);
    said.textContent = sentence;
    drawGrid(step);
    drawPanel(step);
    drawOutcome(step);
    drawn = step;
  }

  select.addEventListener("change", () => {
    time.pause();
    set("node", Number(select.value));
    select.value = story.node; // until Python has sent the other node's steps
  });

  root.addEventListener("keydown", (event) => {
    if (event.altKey || event.metaKey || (event.shiftKey && event.key === "Enter") || !event.target.closest("td")) return;
    const [row, column] = active;
    const [bottom, right] = [story.dealers.length - 1, story.holders.length - 1];
    const focus = (r, c) => cells[Math.max(0, Math.min(bottom, r))][Math.max(0, Math.min(right, c))].focus();
    const moves = {
      ArrowUp: () => focus(row - 1, column),
      ArrowDown: () => focus(row + 1, column),
      ArrowLeft: () => focus(row, column - 1),
      ArrowRight: () => focus(row, column + 1),
      Home: () => focus(event.ctrlKey ? 0 : row, 0),
      End: () => focus(event.ctrlKey ? bottom : row, right),
      Enter: () => choose(row, column),
    };
    const action = moves[event.key];
    if (action == null) return;
    event.preventDefault();
    action();
  });

  const listeners = {
    "change:story": () => {
      const held = sheet.contains(document.activeElement);
      time.pause();
      build();
      if (held) cells[active[0]][active[1]].focus();
      announce(`Seen by node ${story.node}. ${story.steps[now()].said}`);
    },
    "change:step": () => {
      draw();
      announce(`Step ${now() + 1} of ${last() + 1}. ${story.steps[now()].said}`);
    },
    "change:cell": () => announce(drawPanel(now())),
  };
  const deafen = listen(model, listeners);
  build();
  return () => {
    time.end();
    leave();
    deafen();
  };
}

export { listed, powers };
export default { render };
