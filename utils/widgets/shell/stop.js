// A button that is heard while a cell runs. Messages of widgets wait until the cell has ended;
// an interrupt doesn't, and the training takes it as a wish to stop (see live.py).

function render({ model, el }) {
  const button = document.createElement("button");
  button.className = "jupyter-button course-stop";
  const hide = (hidden) => {
    const focused = document.activeElement === button;
    button.hidden = hidden;
    if (focused && hidden) focusCaption();
  };
  // Else the focus would fall back to the page, where a letter is a command of the notebook.
  const focusCaption = () => {
    const caption = el.closest(".course-widget")?.querySelector(".course-caption");
    if (!caption) return;
    caption.tabIndex = -1;
    caption.focus();
  };
  const show = () => {
    button.textContent = model.get("label");
    hide(!model.get("shown"));
  };
  button.addEventListener("click", () => {
    hide(true);
    model.set("pressed", model.get("pressed") + 1);
    model.save_changes();
    model.widget_manager.kernel?.interrupt?.();
  });
  model.on("change:label", show);
  model.on("change:shown", show);
  show();
  el.append(button);
}

export default { render };
