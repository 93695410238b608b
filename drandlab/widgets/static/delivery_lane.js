// The delivery lane. Python tells all blocks as text; the page steps through them and shows a subscription's details.

const MARKS = {
  sent: "M3 8.5l3.5 3.5L13 4.5",
  failed: "M4 4l8 8M12 4l-8 8",
  charged: "M8 2l6 6l-6 6l-6-6z",
  paused: "M5.5 4v8M10.5 4v8",
  new: "M8 3v10M3 8h10",
  resumed: "M5 3l7 5l-7 5z",
  changed: "M3 11l7-7l2 2l-7 7h-2z",
  ended: "M4 4h8v8h-8z",
  waits: "M4 8h8",
};
const KINDS = ["free", "held fees", "held deposit"];
const PACE = 1400; // milliseconds of a block

function render({ model, el }) {
  const root = element(el, "div", { class: "drandlab drandlab-lane", role: "group", "aria-label": "Delivery lane" });
  const bar = element(root, "div", { class: "bar" });
  const heading = element(bar, "h3", {});
  const time = steps(root, {
    label: "Blocks",
    moment: "Block",
    names: { first: "To the first block", back: "One block back", forward: "One block forward", last: "To the last block" },
    at: () => now(),
    last: () => last(),
    go: (at) => set("block", story.blocks[at].number),
    pace: PACE,
  });
  const said = element(root, "p", { class: "said" });
  const sides = element(root, "div", { class: "sides" });
  const left = element(sides, "div", { class: "left" });
  const card = element(left, "div", { class: "card" });
  const lanes = element(left, "div", { class: "lanes" });
  const head = element(lanes, "div", { class: "lane head", "aria-hidden": "true" });
  for (const text of ["subscription", "message", "channel", "target"]) element(head, "span", {}, text);
  const rows = element(lanes, "div", { class: "rows", role: "listbox", "aria-label": "Subscriptions" });
  const rest = element(lanes, "p", { class: "rest" });
  const right = element(sides, "div", { class: "right", tabindex: 0, role: "region", "aria-label": "Money and details" });
  const money = element(right, "table", {});
  const details = element(right, "section", { class: "details", "aria-label": "Chosen subscription" });
  element(root, "p", { class: "help" }, "Choose a subscription: click it, or Tab into the list and move with the up and down arrow keys. Keys: + and \u2212 go one block, the space bar plays.");
  const leave = settle(root, bar, { model, el });
  const announce = announcer(root);
  const set = setter(model);

  let story;
  let options = [];

  const last = () => story.blocks.length - 1;
  const now = () => Math.max(0, story.blocks.findIndex(({ number }) => number === model.get("block")));
  const chosen = () => story.blocks[now()].rows.findIndex(({ id }) => id === model.get("chosen"));

  // What is heard of a row: the stops at which something is.
  function heard({ short, turn, state, left, of, message, channel, target, came }) {
    const parts = [`${short}, ${state}, ${left} of ${of} credits left`, story.words[turn]];
    if (message != null) parts.push(`message ${message}`);
    if (channel != null) parts.push(`channel: ${channel}`);
    parts.push(came == null ? target : `${target}: ${came}`);
    return parts.join("; ");
  }

  function stop(lane, kind, text, on) {
    const cell = element(lane, "span", { class: `stop ${kind}${on ? " on" : ""}` });
    if (text != null) element(cell, "span", { class: "chip" }, text);
    return cell;
  }

  function drawRow(row) {
    const { id, short, turn, state, left, of, spent, message, channel, target, came, stopped } = row;
    const lane = element(rows, "div", { class: "lane", role: "option", tabindex: -1, "data-turn": turn, "aria-label": heard(row) });
    const own = element(lane, "span", { class: "own" });
    drawing(own, MARKS[turn], { class: "mark" });
    element(own, "span", { class: "name" }, short);
    element(own, "span", { class: "state", "data-state": state }, state);
    const meter = element(own, "span", { class: "meter" });
    element(meter, "i", { style: `width: ${of ? (100 * left) / of : 0}%` });
    element(own, "span", { class: "left-of" }, `${left}/${of}`);
    element(own, "span", { class: "spent" }, spent ? `\u2212${spent}` : "");
    stop(lane, "message", message, turn === "sent").classList.toggle("bad", turn === "failed");
    stop(lane, "channel", channel, channel != null);
    stop(lane, "target", came == null ? target : `${target}: ${came}`, came != null).classList.toggle("bad", stopped);
    lane.addEventListener("click", () => {
      set("chosen", id);
      options[chosen()]?.focus({ preventScroll: true });
    });
    return lane;
  }

  function drawMoney(accounts) {
    money.replaceChildren();
    money.hidden = !accounts.length;
    element(money, "caption", {}, "Money");
    const top = element(element(money, "thead"), "tr");
    for (const text of ["account", ...KINDS]) element(top, "th", { scope: "col" }, text);
    const body = element(money, "tbody");
    for (const [name, ...amounts] of accounts) {
      const tr = element(body, "tr");
      element(tr, "th", { scope: "row" }, name);
      for (const [amount, moved] of amounts) {
        const cell = element(tr, "td", {}, amount);
        if (moved) element(cell, "span", { class: moved.startsWith("+") ? "moved up" : "moved down" }, moved);
      }
    }
  }

  function drawDetails() {
    const row = story.blocks[now()].rows[chosen()];
    details.replaceChildren();
    details.hidden = row == null;
    if (row == null) return;
    pairList(details, row.facts);
  }

  function choose() {
    const at = chosen();
    markOption(options, at);
    bringIntoView(rows, options[at]);
    drawDetails();
  }

  function draw() {
    const at = now();
    const block = story.blocks[at];
    const held = rows.contains(document.activeElement);
    time.show(`block ${block.number} of ${story.blocks[last()].number}`, `block ${block.number}`);
    said.textContent = block.said;
    card.replaceChildren();
    card.dataset.pulse = block.pulse == null ? "none" : "taken";
    element(card, "b", {}, `Block ${block.number}`);
    if (block.author) element(card, "span", {}, `by ${block.author}`);
    element(card, "span", { class: block.error == null ? "pulse" : "pulse bad" }, block.pulse ?? block.error ?? "no pulse");
    rows.replaceChildren();
    options = block.rows.map(drawRow);
    if (!options.length) element(rows, "p", { class: "none", role: "option", "aria-disabled": true }, "no subscription");
    rest.textContent = block.more ? `and ${block.more} more` : "";
    drawMoney(block.money);
    choose();
    if (held) options[Math.max(0, chosen())]?.focus({ preventScroll: true });
    return block.said;
  }

  function build() {
    story = model.get("story");
    heading.textContent = `Delivery lane: ${story.title}`;
    draw();
  }

  listKeys(rows, {
    options: () => options,
    at: () => Math.max(0, options.indexOf(document.activeElement)),
    choose: (i) => set("chosen", story.blocks[now()].rows[i].id),
    moves: () => ({ ArrowUp: -1, ArrowDown: 1 }),
  });

  const listeners = { "change:story": build, "change:block": () => announce(draw()), "change:chosen": choose };
  const deafen = listen(model, listeners);
  build();
  return () => {
    time.end();
    leave();
    deafen();
  };
}
export default { render };
