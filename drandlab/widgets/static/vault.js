// The vaults. Python tells all steps as text; the page steps through them and shows the details of a vault.

const DOORS = {
  shut: "M2 2h12v12H2zM8 5.2a2.8 2.8 0 1 0 0 5.6a2.8 2.8 0 1 0 0-5.6M8 8V5.6",
  due: "M2 2h12v12H2zM8 5.2a2.8 2.8 0 1 0 0 5.6a2.8 2.8 0 1 0 0-5.6M8 8h2.2",
  open: "M2 2h7v12H2zM9 2l5 2.4v7.2L9 14M6.6 7v2",
  refused: "M2 2h12v12H2zM5.2 5.2l5.6 5.6M10.8 5.2l-5.6 5.6",
};
const PACE = 700; // milliseconds of a step

function render({ model, el }) {
  const root = element(el, "div", { class: "drandlab drandlab-vault", role: "group", "aria-label": "Vaults" });
  const bar = element(root, "div", { class: "bar" });
  const heading = element(bar, "h3", {});
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
  const left = element(root, "div", { class: "left" });
  const card = element(left, "section", { class: "card", "aria-label": "Round" });
  const doors = element(left, "div", { class: "doors", role: "listbox", "aria-label": "Vaults" });
  const details = element(root, "section", { class: "details", tabindex: 0, "aria-label": "Chosen vault" });
  element(root, "p", { class: "help" }, "Choose a vault: click it, or Tab into the vaults and move with the arrow keys. Keys: + and \u2212 go one step, the space bar plays.");
  const leave = settle(root, bar, { model, el });
  const announce = announcer(root);
  const set = setter(model);

  let story;
  let options = [];

  const last = () => story.steps.length - 1;
  const now = () => Math.min(model.get("at"), last());
  const shown = () => story.steps[now()].vaults;
  const chosen = () => shown().findIndex(([which]) => story.vaults[which].name === model.get("chosen"));

  // What stands below the name of a vault: its text, why it is refused, or the time that is left.
  const below = ([which, state, rest]) => (state === "open" || state === "refused" ? story.vaults[which].inside : rest == null ? story.words[state] : `opens in ${rest}`);

  function drawDoor(vault) {
    const [which, state, , fresh] = vault;
    const { name, round } = story.vaults[which];
    const heard = `${name}, round ${round}, ${story.words[state]}${state === "due" ? "" : `: ${below(vault)}`}`;
    const door = element(doors, "div", { class: fresh ? "door fresh" : "door", role: "option", tabindex: -1, "data-state": state, "aria-label": heard });
    const head = element(door, "span", { class: "head" });
    drawing(head, DOORS[state], { class: "icon" });
    element(head, "span", { class: "name" }, name);
    element(door, "span", { class: "round" }, `round ${round}`);
    element(door, "span", { class: "inside" }, below(vault));
    door.addEventListener("click", () => {
      set("chosen", name);
      options[chosen()]?.focus({ preventScroll: true });
    });
    return door;
  }

  function drawCard({ round, clock, came, need, maker, signature }) {
    card.replaceChildren();
    element(card, "span", { class: "soft" }, `${clock} after genesis`);
    element(card, "b", {}, round ? `Round ${round}` : "No round yet");
    const marks = element(card, "ul", { class: "marks", "aria-label": "Partial signatures" });
    for (const node of story.nodes) {
      const there = came.includes(node);
      element(marks, "li", { class: there ? "in" : "out", "aria-label": `node ${node}: ${there ? "in" : "not in"}` }, `${node}`);
    }
    const at = maker == null ? "" : ` at node ${maker}`;
    element(card, "span", {}, `${came.length} of ${need} needed${came.length ? at : ""}`);
    element(card, "span", { class: signature == null ? "soft" : "signed" }, signature == null ? "no signature yet" : `signature${at}:`);
    if (signature != null) element(card, "code", {}, signature);
  }

  function drawDetails() {
    const vault = shown()[chosen()];
    details.replaceChildren();
    details.hidden = vault == null;
    if (vault == null) return;
    const [which, state, rest] = vault;
    const { facts, text } = story.vaults[which];
    const lines = [...facts, ["state", rest == null || state !== "shut" ? story.words[state] : `shut, opens in ${rest}`]];
    if (state === "open" || state === "refused") lines.push(["text", text]);
    pairList(details, lines);
  }

  function choose() {
    const at = chosen();
    markOption(options, at);
    bringIntoView(doors, options[at]);
    drawDetails();
  }

  function draw() {
    const at = now();
    const step = story.steps[at];
    const held = doors.contains(document.activeElement);
    time.show(`step ${at + 1} of ${last() + 1}`, `step ${at + 1}, round ${step.round}`);
    said.textContent = step.said;
    drawCard(step);
    doors.replaceChildren();
    options = step.vaults.map(drawDoor);
    if (!options.length) element(doors, "p", { class: "none", role: "option", "aria-disabled": true }, "no vault yet");
    choose();
    if (held) options[Math.max(0, chosen())]?.focus({ preventScroll: true });
    return step.said;
  }

  function build() {
    story = model.get("story");
    heading.textContent = `Vaults: ${story.title}`;
    draw();
  }

  listKeys(doors, {
    options: () => options,
    at: () => Math.max(0, options.indexOf(document.activeElement)),
    choose: (i) => set("chosen", story.vaults[shown()[i][0]].name),
    moves: () => ({ ArrowLeft: -1, ArrowRight: 1, ArrowUp: -perRow(), ArrowDown: perRow() }),
  });

  // How many vaults stand in the first row.
  const perRow = () => options.filter(({ offsetTop }) => offsetTop === options[0].offsetTop).length;

  const deafen = listen(model, { "change:story": build, "change:at": () => announce(draw()), "change:chosen": choose });
  build();
  return () => {
    time.end();
    leave();
    deafen();
  };
}
export default { render };
