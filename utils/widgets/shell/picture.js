// The picture under a widget's controls: see picture.py for what each trait means.

const SLOW = 300; // ms a picture may be older than its controls before that is shown
const LONG = 3000; // ms after which a kernel is told again even if it seems to be busy
const LAST = 60000; // ms after which it isn't told any more

// ipywidgets draws labels beside sliders without telling assistive technology that they belong
// together, and its read-outs can be typed into without a role.
function nameControls(root) {
  markControls(root);
  for (const control of root.querySelectorAll(".widget-inline-hbox, .widget-inline-vbox")) {
    const label = control.querySelector(".widget-label")?.textContent;
    if (!label) continue;
    for (const handle of control.querySelectorAll(".noUi-handle")) {
      handle.setAttribute("aria-label", label);
    }
    const readout = control.querySelector(".widget-readout[contenteditable]");
    readout?.setAttribute("role", "textbox");
    readout?.setAttribute("aria-label", `${label}, as a number`);
    const group = control.querySelector(".widget-toggle-buttons, .widget-radio-box");
    group?.setAttribute("role", group.matches(".widget-radio-box") ? "radiogroup" : "group");
    group?.setAttribute("aria-label", label);
  }
}

function keepNaming(el) {
  const root = el.closest(".course-widget");
  if (!root) return () => {};
  keepKeysIn(root);
  nameControls(root);
  const observer = new MutationObserver(() => nameControls(root));
  observer.observe(root, { childList: true, subtree: true });
  return () => observer.disconnect();
}

// Say "waiting" as long as the controls stand elsewhere than where the picture was drawn.
async function watchControls(model, figure, signal) {
  const names = model.get("controls").map((name) => name.replace("IPY_MODEL_", ""));
  const keys = model.get("keys_drawn");
  const controls = await Promise.all(names.map((id) => model.widget_manager.get_model(id)));
  let timer = null;
  let wait = SLOW;
  // ipywidgets holds changes back while the kernel is busy, and with quick keys the last one has
  // been seen to get lost: slider and picture then disagreed until the next move. So the kernel is
  // told again where the controls stand, which is nothing new to it as a rule.
  const late = () => {
    figure.classList.toggle("course-slow", true);
    if (wait > LONG || model.widget_manager.kernel?.status === "idle") {
      const states = controls.map((control, k) => [control, keys[k]]);
      if (model.get("grid")) states.push([model, "cell"]);
      for (const [one, key] of states) {
        one.send_sync_message({ [key]: one.get(key) }, one.callbacks());
      }
    }
    wait *= 2;
    if (wait < LAST) timer = setTimeout(late, wait);
  };
  const compare = () => {
    wait = SLOW;
    const states = controls.map((control, k) => control.get(keys[k]));
    const now = JSON.stringify(model.get("grid") ? [...states, model.get("cell")] : states);
    const current = now === JSON.stringify(model.get("drawn"));
    figure.dataset.state = model.get("problem") ? "refused" : current ? "current" : "waiting";
    figure.setAttribute("aria-busy", String(figure.dataset.state === "waiting"));
    clearTimeout(timer);
    figure.classList.toggle("course-slow", false);
    if (figure.dataset.state === "waiting") timer = setTimeout(late, wait);
  };
  controls.forEach((control, k) => control.on(`change:${keys[k]}`, compare));
  model.on("change:drawn", compare);
  model.on("change:problem", compare);
  model.on("change:cell", compare);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    controls.forEach((control, k) => control.off(`change:${keys[k]}`, compare));
    model.off("change:drawn", compare);
    model.off("change:problem", compare);
    model.off("change:cell", compare);
  });
  compare();
}

// JupyterLab and Notebook 7 tell how the kernel fares; elsewhere ipywidgets marks the view when
// it was disconnected. A restarted kernel has forgotten this widget for good.
function watchKernel(model, el, signal) {
  const kernel = model.widget_manager.kernel;
  if (!kernel?.statusChanged) return;
  const lost = ["autorestarting", "restarting", "terminating", "dead"];
  const status = (_, now) => {
    if (lost.includes(now)) el.classList.add("course-lost");
  };
  const connection = (_, now) => el.classList.toggle("course-offline", now !== "connected");
  kernel.statusChanged.connect(status);
  kernel.connectionStatusChanged.connect(connection);
  signal.addEventListener("abort", () => {
    kernel.statusChanged.disconnect(status);
    kernel.connectionStatusChanged.disconnect(connection);
  });
}

function pointing(model, figure, frame) {
  const pad = element("div", frame, "course-pad", { role: "group" });
  const mark = element("div", pad, "course-mark", { "aria-hidden": "true" });
  const within = (row, column) => {
    const { rows, columns } = model.get("grid"); // it may have shrunk since the cell was chosen
    return [Math.max(0, Math.min(rows - 1, row)), Math.max(0, Math.min(columns - 1, column))];
  };
  const choose = (row, column) => {
    const cell = within(row, column);
    if (String(cell) === String(model.get("cell"))) return;
    model.set("cell", cell);
    model.save_changes();
    place();
  };
  const place = () => {
    const grid = model.get("grid");
    pad.hidden = !grid;
    if (!grid) return pad.removeAttribute("tabindex");
    const percent = (part) => `${100 * part}%`;
    pad.tabIndex = 0;
    pad.setAttribute("aria-label", `Arrow keys choose ${grid.label}`);
    Object.assign(pad.style, {
      left: percent(grid.left), top: percent(grid.top),
      width: percent(grid.right - grid.left), height: percent(grid.bottom - grid.top),
    });
    const [row, column] = within(...model.get("cell"));
    Object.assign(mark.style, {
      left: percent(column / grid.columns), top: percent(row / grid.rows),
      width: percent(1 / grid.columns), height: percent(1 / grid.rows),
    });
  };
  const point = (event) => {
    const box = pad.getBoundingClientRect();
    const { rows, columns } = model.get("grid");
    choose(
      Math.floor(((event.clientY - box.top) / box.height) * rows),
      Math.floor(((event.clientX - box.left) / box.width) * columns),
    );
  };
  pad.addEventListener("pointermove", (event) => {
    if (model.get("grid").hover) point(event);
  });
  pad.addEventListener("pointerdown", point);
  pad.addEventListener("keydown", (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (!step[event.key]) return;
    event.preventDefault();
    event.stopPropagation(); // the notebook would scroll or leave the cell
    const [row, column] = within(...model.get("cell"));
    choose(row + step[event.key][0], column + step[event.key][1]);
  });
  model.on("change:grid", place);
  model.on("change:cell", place);
  place();
}

// JupyterLab and VS Code say in the page's body whether it is dark.
function pageIsDark() {
  const { dataset, classList } = document.body;
  return dataset.jpThemeLight ? dataset.jpThemeLight === "false" : classList.contains("vscode-dark");
}

function followTheme(model, draw, signal) {
  let dark = pageIsDark();
  const tell = () => {
    if (model.get("dark") === dark) return;
    model.set("dark", dark);
    model.save_changes();
  };
  const observer = new MutationObserver(() => {
    if (dark === pageIsDark()) return;
    dark = !dark;
    draw(); // the other picture, where it is there already
    tell();
  });
  observer.observe(document.body, { attributeFilter: ["data-jp-theme-light", "class"] });
  signal.addEventListener("abort", () => observer.disconnect());
  tell();
}

function render({ model, el, signal }) {
  el.classList.add("course-picture");
  const figure = element("figure", el, "course-figure");
  const frame = element("div", figure, "course-frame");
  const img = element("img", frame, "");
  const caption = element("figcaption", figure, "course-caption", { "aria-live": "polite" });
  const problem = element("p", figure, "course-problem", { role: "alert" });
  const gone = element("p", el, "course-gone");
  gone.textContent =
    "This picture has lost its kernel: it shows the last state and moves no more. " +
    "Run the notebook's cells again to move it.";
  let url = null;
  const draw = () => {
    if (url) URL.revokeObjectURL(url);
    const pictures = [model.get("png"), model.get("dark_png")];
    if (pageIsDark()) pictures.reverse();
    const png = pictures[0]?.byteLength ? pictures[0] : pictures[1];
    url = URL.createObjectURL(new Blob([png], { type: "image/png" }));
    img.src = url;
    img.width = model.get("width");
    img.dataset.smallest = model.get("smallest");
  };
  const say = () => {
    img.alt = model.get("alt");
    caption.textContent = model.get("text");
    problem.textContent = model.get("problem");
  };
  model.on("change:png change:dark_png", draw);
  for (const name of ["alt", "text", "problem"]) model.on(`change:${name}`, say);
  draw();
  say();
  followTheme(model, draw, signal);
  pointing(model, figure, frame);
  watchControls(model, figure, signal);
  watchKernel(model, el, signal);
  let stop = () => {};
  // The controls around this picture come into the page after it.
  requestAnimationFrame(() => (stop = keepNaming(el)));
  return () => {
    stop();
    URL.revokeObjectURL(url);
  };
}

export default { render };
