// The block viewer. Python tells all blocks as text; the page only shows them.

const CROSS = "M4 4l8 8M12 4l-8 8";
const KEY_PARTS = ["twox128 of the pallet's name", "twox128 of the item's name", "the entry: its hash and itself"];

function render({ model, el }) {
  const root = element(el, "div", { class: "drandlab drandlab-blocks", role: "group", "aria-label": "Blocks" });
  const bar = element(root, "div", { class: "bar" });
  element(bar, "h3", {}, "Blocks");
  const next = element(bar, "button", { type: "button" }, "Next failed call");
  const row = element(root, "div", { class: "row", role: "listbox", "aria-orientation": "horizontal", "aria-label": "Chain" });
  const title = element(root, "h4", {});
  const meters = element(root, "div", { class: "meters" });
  const tabs = element(root, "div", { class: "tabs", role: "tablist", "aria-label": "What is shown of the block" });
  const panel = element(root, "section", { class: "panel", role: "tabpanel", tabindex: 0 });
  element(root, "p", { class: "help" }, "Choose a block: click it, or Tab into the row and move with the left and right arrow keys (Home, End: the ends).");
  const leave = settle(root, bar, { model, el });
  const announce = announcer(root);
  const set = setter(model);

  let story;
  let options;
  let views;

  const chosen = () => Math.max(0, story.blocks.findIndex(({ number }) => number === model.get("block")));
  const choose = (i) => set("block", story.blocks[i].number);

  function cross(parent) {
    drawing(parent, CROSS, { class: "cross" });
  }

  function build() {
    const held = row.contains(document.activeElement);
    story = model.get("story");
    row.replaceChildren();
    options = story.blocks.map((block, i) => {
      const option = element(row, "div", { class: block.failed ? "block failed" : "block", role: "option", tabindex: -1, "aria-label": block.said });
      element(option, "div", { class: "number" }, block.number);
      element(option, "div", { class: "author" }, block.author ?? (block.slot == null ? "\u2013" : `slot ${block.slot % 1000}`));
      const marks = element(option, "div", { class: "marks" });
      element(marks, "span", {}, block.calls === 1 ? "1 call" : `${block.calls} calls`);
      if (block.failed) cross(marks);
      for (const [name, share] of block.loads ?? []) {
        const bar = element(option, "div", { class: `load ${name}` });
        element(bar, "i", { style: `width: ${Math.min(100, share)}%` });
      }
      option.addEventListener("click", () => {
        choose(i);
        option.focus({ preventScroll: true });
      });
      return option;
    });
    tabs.replaceChildren();
    views = Object.entries(story.views).map(([view, text]) => {
      const tab = element(tabs, "button", { type: "button", role: "tab", "data-view": view }, text);
      tab.addEventListener("click", () => set("view", view));
      return tab;
    });
    next.hidden = !story.blocks.some(({ failed }) => failed);
    draw();
    if (held) options[chosen()].focus();
  }

  function drawCalls({ steps }) {
    for (const { name, hook, origin, args, error, events, weight, changed } of steps) {
      const step = element(panel, "article", { class: hook ? "step hook" : error ? "step failed" : "step", "aria-label": name });
      const head = element(step, "h5");
      element(head, "span", { class: "call" }, name);
      if (origin != null) element(head, "span", { class: "tag" }, origin);
      if (error != null) {
        const result = element(head, "span", { class: "error" });
        cross(result);
        element(result, "span", {}, error);
      } else if (!hook) element(head, "span", { class: "fine" }, "succeeded");
      if (args.length) pairList(step, args);
      if (events.length) {
        const all = element(step, "ul", { class: "events", "aria-label": "Events" });
        for (const [event, fields] of events) {
          const item = element(all, "li");
          element(item, "span", { class: "event" }, event);
          if (fields.length) element(item, "span", { class: "fields" }, fields.map(([field, value]) => `${field} ${value}`).join(", "));
        }
      }
      const notes = [];
      if (weight != null) notes.push(`Weight ${weight}.`);
      if (changed.length) notes.push(`Changed: ${changed.join(", ")}.`);
      if (notes.length) element(step, "p", { class: "notes" }, notes.join(" "));
    }
    if (!steps.length) element(panel, "p", {}, "Nothing was called, and no event was deposited.");
  }

  function drawStorage({ changes }) {
    if (!changes.length) return element(panel, "p", {}, "Nothing is told of the storage, or nothing changed.");
    const table = element(panel, "table");
    const head = element(element(table, "thead"), "tr");
    for (const text of ["item", "before", "after"]) element(head, "th", { scope: "col" }, text);
    const body = element(table, "tbody");
    for (const [name, key, before, after] of changes) {
      const tr = element(body, "tr");
      const cell = element(tr, "th", { scope: "row" });
      element(cell, "div", {}, name);
      const path = element(cell, "div", { class: "key" });
      key.forEach((part, i) => element(path, "span", { title: KEY_PARTS[i] }, part));
      element(tr, "td", {}, before);
      element(tr, "td", {}, after);
    }
  }

  function drawHeader({ header, digest, slot, author }) {
    const pairs = [...header];
    if (slot != null) pairs.push(["slot", slot]);
    if (author != null) pairs.push(["author", author]);
    if (pairs.length) pairList(panel, pairs);
    element(panel, "h5", {}, "Digest");
    if (digest.length) pairList(panel, digest);
    else element(panel, "p", {}, "No items.");
  }

  function draw() {
    const at = chosen();
    const block = story.blocks[at];
    markOption(options, at);
    bringIntoView(row, options[at]);
    const slot = block.slot == null ? "" : `, slot ${block.slot}`;
    title.textContent = `Block ${block.number}${slot}${block.author == null ? "" : `, by ${block.author}`}`;
    meters.replaceChildren();
    for (const [name, share, text] of block.loads ?? []) {
      const meter = element(meters, "div", { class: `meter ${name}` });
      element(meter, "span", { class: "what" }, { time: "Time of execution", proof: "Size of the proof" }[name]);
      const gauge = element(meter, "div", { class: "gauge", role: "meter", "aria-label": { time: "Time of execution", proof: "Size of the proof" }[name], "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": share, "aria-valuetext": `${share} percent, ${text}` });
      element(gauge, "i", { style: `width: ${Math.min(100, share)}%` });
      element(meter, "span", { class: "much" }, `${share} %, ${text}`);
    }
    const view = model.get("view");
    views.forEach((tab) => {
      const own = tab.dataset.view === view;
      tab.setAttribute("aria-selected", own);
      tab.setAttribute("tabindex", own ? 0 : -1);
    });
    panel.replaceChildren();
    panel.scrollTop = 0;
    panel.setAttribute("aria-label", story.views[view]);
    ({ calls: drawCalls, storage: drawStorage, header: drawHeader })[view](block);
  }

  next.addEventListener("click", () => {
    const { blocks } = story;
    const turns = blocks.map((_, i) => (chosen() + 1 + i) % blocks.length);
    const found = turns.find((i) => blocks[i].failed);
    if (found == null) return;
    set("view", "calls");
    choose(found);
  });

  listKeys(row, { options: () => options, at: chosen, choose, moves: () => ({ ArrowLeft: -1, ArrowRight: 1, " ": 0 }) });

  tabs.addEventListener("keydown", (event) => {
    if (foreign(event)) return;
    const names = Object.keys(story.views);
    const at = names.indexOf(model.get("view"));
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: names.length - 1 }[event.key];
    if (to == null) return;
    event.preventDefault();
    set("view", names[(to + names.length) % names.length]);
    views.find((tab) => tab.dataset.view === model.get("view")).focus();
  });

  const listeners = {
    "change:story": build,
    "change:block": () => {
      draw();
      announce(story.blocks[chosen()].said);
    },
    "change:view": () => {
      draw();
      announce(`${title.textContent}: ${story.views[model.get("view")]}.`);
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
