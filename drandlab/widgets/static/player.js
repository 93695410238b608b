// The player of every view that shows something in steps or in time: five buttons, a slider, and the keys +, - and the
// space bar. Python puts it in front of the view: `_esm = static("name", "js", "player")`. A view with numbered places
// uses it so:
//
//   const time = steps(root, {
//     label: "Blocks", moment: "Block", // the names of the group and of the slider
//     names: { first: "To the first block", back: "One block back", forward: "One block forward", last: "To the last block" },
//     at: () => 3, last: () => 9, // where the view is, and the last of the places 0, 1, ...
//     go: (at) => set("block", at), // goes to a place, never to one that is not there; `draw` is the view's own business
//     pace: 1400, // milliseconds of a place while it plays
//   });
//   time.show("block 3 of 9"); // in `draw`: slider and buttons fit the place, the text stands beside them
//   time.go(5); // to a place, or to the nearest one that is there
//   time.pause(); // before anything else of the view changes what there is to play
//   time.end(); // in the function that closes the view
//
// `time.box` takes more controls. What is typed into a list or a field is no key of the player's; a part of the view that
// has another use for one of the keys calls `preventDefault` before the key comes to the root.
function steps(root, { at, last, go: set, pace, ...names }) {
  const go = (to) => set(Math.max(0, Math.min(last(), to)));
  const time = player(root, {
    ...names,
    first: () => go(0),
    back: () => go(at() - 1),
    forward: () => go(at() + 1),
    last: () => go(last()),
    scrub: go,
    begin: () => at() === last() && go(0),
    jump: () => {
      go(at() + 1);
      return at() === last();
    },
    rest: () => pace,
  });
  const count = element(time.box, "span", { class: "count" });
  const show = (text, spoken = text) => {
    count.textContent = text;
    time.show({ max: last(), value: at(), text: spoken, ends: [at() === 0, at() === last()] });
  };
  return { ...time, go, show };
}

const BUTTONS = {
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M11 3v10L4 8z",
  play: "M4 2.5v11L13.5 8z",
  forward: "M5 3v10l7-5z",
  last: "M11 3h2v10h-2zM3 3v10l7-5z",
};
const PAUSE = "M4 3h3v10H4zM9 3h3v10H9z";

// The same for a view whose time flows. Beside the names and the four deeds of the buttons it gives
//   scrub(value)       what the slider does
//   step(way)          + and -, and the arrows on the slider; turn(way): Page Up and Page Down; ways are 1 and -1
//   begin(), paused()  before it plays, and after
//   frame(seconds)     moves on by so many seconds of the reader's; true at the end
//   jump(), rest()     moves on by a step, every so many milliseconds, for readers who want no motion
//   model              if it has a trait `speed`, among those that `time.speeds` lists
// Without `frame` it always jumps. It pauses by itself when the view has left the page.
function player(root, { label, moment, names, scrub, begin, paused, frame, jump, rest, turn, model, grain = 1, ...deeds }) {
  const step = deeds.step ?? ((way) => (way > 0 ? deeds.forward() : deeds.back()));
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const box = element(root, "div", { class: "transport", role: "group", "aria-label": label });
  const buttons = {};
  for (const [action, d] of Object.entries(BUTTONS)) {
    buttons[action] = element(box, "button", { type: "button", "data-action": action });
    drawing(buttons[action], d);
    name(action, action === "play" ? "Play" : names[action]);
  }
  const slider = element(box, "input", { type: "range", min: 0, step: grain, "aria-label": moment });
  const pace = model && element(element(box, "label", {}, "speed "), "select");
  let stop = null; // ends the wait for the next move, while it plays
  let before = null;

  function name(action, text) {
    buttons[action].setAttribute("aria-label", text);
    buttons[action].title = text;
  }

  function showPlay() {
    name("play", stop == null ? "Play" : "Pause");
    buttons.play.querySelector("path").setAttribute("d", stop == null ? BUTTONS.play : PAUSE);
  }

  function end() {
    stop?.();
    stop = null;
  }

  function pause() {
    if (stop == null) return;
    end();
    showPlay();
    paused?.();
  }

  function play() {
    if (stop != null) return pause();
    begin?.();
    before = null;
    wait();
    showPlay();
  }

  function wait() {
    const flows = frame != null && !still.matches;
    const id = flows ? requestAnimationFrame(flow) : setTimeout(() => move(jump), rest());
    stop = () => (flows ? cancelAnimationFrame : clearTimeout)(id);
  }

  function flow(stamp) {
    const passed = before == null ? 0 : Math.min(0.25, (stamp - before) / 1000);
    before = stamp;
    move(() => frame(passed));
  }

  function move(on) {
    if (!root.isConnected || on()) return pause();
    if (stop != null) wait();
  }

  // A deed of the reader's: the playing ends.
  function act(deed, ...given) {
    pause();
    deed(...given);
  }

  function keyed({ key, target }) {
    if (target.matches("select, textarea, input:not([type=range])")) return null;
    if (key === " ") return target.tagName === "BUTTON" ? null : play;
    const way = { "+": 1, "=": 1, "-": -1, "\u2212": -1 }[key];
    if (way != null) return () => act(step, way);
    if (turn != null && ["PageUp", "PageDown"].includes(key)) return () => act(turn, key === "PageDown" ? 1 : -1);
    if (frame != null && target === slider && key.startsWith("Arrow")) return () => act(step, ["ArrowRight", "ArrowUp"].includes(key) ? 1 : -1);
    return null;
  }

  for (const [action, button] of Object.entries(buttons)) button.addEventListener("click", action === "play" ? play : () => act(deeds[action]));
  slider.addEventListener("input", () => act(scrub, Number(slider.value)));
  root.addEventListener("keydown", (event) => {
    const action = foreign(event) || event.defaultPrevented ? null : keyed(event);
    if (action == null) return;
    event.preventDefault();
    action();
  });
  pace?.addEventListener("change", () => setter(model)("speed", Number(pace.value)));
  const showSpeed = () => (pace.value = model.get("speed"));
  const leave = model && listen(model, { "change:speed": showSpeed });

  return {
    box,
    pause,
    // The list is made anew only when it differs: the reader may have it open.
    speeds(list) {
      if ([...pace.options].map(({ value }) => Number(value)).join() !== list.join()) {
        pace.replaceChildren();
        for (const speed of list) element(pace, "option", { value: speed }, `\u00d7${speed}`);
      }
      showSpeed();
    },
    // `ends`: whether it is at the beginning and at the end; `off`: more buttons that can do nothing now.
    show({ min = 0, max, value, text, ends: [atFirst, atLast], off = { back: atFirst, forward: atLast } }) {
      slider.min = min;
      slider.max = max;
      slider.value = value;
      slider.setAttribute("aria-valuetext", text);
      for (const [action, dead] of Object.entries({ first: atFirst, last: atLast, ...off })) buttons[action].setAttribute("aria-disabled", dead);
    },
    end() {
      end();
      leave?.();
    },
  };
}
