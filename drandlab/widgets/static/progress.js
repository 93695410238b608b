function render({ model, el }) {
  const root = element(el, "div", { class: "drandlab drandlab-progress" });
  const stop = followTheme(root, model);
  const line = element(root, "div", { class: "line" });
  element(line, "span", { class: "label" }, model.get("label"));
  const count = element(line, "span", { class: "count" });
  const bar = element(root, "div", { class: "bar", role: "progressbar", "aria-label": model.get("label"), "aria-valuemin": 0 });
  const fill = element(bar, "div", { class: "fill" });
  const draw = () => {
    const done = model.get("done");
    const total = model.get("total");
    const known = total != null;
    const number = (n) => n.toLocaleString("en");
    count.textContent = known ? `${number(done)} of ${number(total)}` : number(done);
    bar.setAttribute("aria-valuetext", count.textContent);
    if (known) {
      bar.setAttribute("aria-valuemax", total);
      bar.setAttribute("aria-valuenow", done);
      fill.style.width = `${total ? (100 * Math.min(done, total)) / total : 100}%`;
    }
    root.classList.toggle("unknown", !known);
  };
  model.on("change:done", draw);
  model.on("change:total", draw);
  draw();
  return () => {
    stop();
    model.off("change:done", draw);
    model.off("change:total", draw);
  };
}
export default { render };
