// The button that keeps a guess, and the mouse that drags the markers of the picture beside it:
// see predict.py.

function keepButton(model, el, controls) {
  const button = document.createElement("button");
  button.className = "jupyter-button";
  const show = () => (button.textContent = model.get("label"));
  // One message for button and values: what was typed last may else come after the button.
  button.addEventListener("click", async () => {
    const [reason, ...sliders] = (await controls).map((control) => control.get("value"));
    model.set("pressed", { number: (model.get("pressed").number ?? 0) + 1, reason, sliders });
    model.save_changes();
  });
  model.on("change:label", show);
  show();
  el.append(button);
}

function render({ model, el, signal }) {
  let sliders = [];
  let row = null; // of the marker that is dragged
  const names = [model.get("reason"), ...model.get("sliders")];
  const controls = Promise.all(
    names.map((name) => model.widget_manager.get_model(name.replace("IPY_MODEL_", ""))),
  );
  controls.then((found) => (sliders = found.slice(1)));
  keepButton(model, el, controls);
  const point = (event, frame) => {
    const box = frame.getBoundingClientRect();
    const [left, top, right, bottom] = model.get("area");
    const x = ((event.clientX - box.left) / box.width - left) / (right - left);
    const y = ((event.clientY - box.top) / box.height - top) / (bottom - top);
    return [Math.max(0, Math.min(100, Math.round(100 * x))), Math.floor(sliders.length * y)];
  };
  const move = (value) => {
    const slider = sliders[row];
    if (slider.get("value") === value) return;
    slider.set("value", value);
    slider.save_changes();
  };
  const down = (event) => {
    const frame = event.target.closest(".course-frame");
    if (!frame || event.button !== 0) return;
    const [value, at] = point(event, frame);
    if (!sliders[at] || sliders[at].get("disabled")) return;
    row = at;
    frame.setPointerCapture(event.pointerId);
    move(value);
  };
  const drag = (event) => {
    if (row !== null) move(point(event, event.target.closest(".course-frame"))[0]);
  };
  const end = () => (row = null);
  const still = (event) => event.preventDefault(); // the browser would drag the image away
  const listeners = { pointerdown: down, pointermove: drag, pointerup: end, pointercancel: end,
                      dragstart: still };
  // The picture comes into the page after this.
  requestAnimationFrame(() => {
    const root = el.closest(".course-widget");
    root?.classList.add("course-dragged");
    for (const [name, listener] of Object.entries(listeners)) {
      root?.addEventListener(name, listener, { signal });
    }
  });
}

export default { render };
