// A button that is heard while a cell runs. Messages of widgets wait until the cell has ended;
// an interrupt doesn't, and the training takes it as a wish to stop (see live.py).

function render({ model, el }) {
  const button = document.createElement("button");
  button.className = "jupyter-button course-stop";
  const show = () => {
    button.textContent = model.get("label");
    button.disabled = model.get("disabled");
  };
  button.addEventListener("click", () => {
    button.disabled = true;
    model.set("pressed", model.get("pressed") + 1);
    model.save_changes();
    model.widget_manager.kernel?.interrupt?.();
  });
  model.on("change:label", show);
  model.on("change:disabled", show);
  show();
  el.append(button);
}

export default { render };
