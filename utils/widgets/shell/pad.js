// Paper to draw on with mouse, finger or keys. The strokes are the widget's value; what they
// look like to a network is worked out in Python.

const KEYS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

function render({ model, el }) {
  el.classList.add("course-paper");
  const side = model.get("side");
  const paper = element("canvas", el, "course-canvas", {
    width: side, height: side, tabindex: "0", role: "application",
    "aria-label": "Paper to draw a digit on. Arrow keys move the pen, the space bar puts it " +
      "down or lifts it, Delete clears the paper.",
  });
  const context = paper.getContext("2d");
  let strokes = model.get("value").map((stroke) => [...stroke]);
  let drawing = false; // a pointer is down
  let pen = { x: side / 2, y: side / 2, down: false }; // the keys' pen

  const draw = () => {
    context.fillStyle = "#000000";
    context.fillRect(0, 0, side, side);
    context.strokeStyle = context.fillStyle = "#ffffff";
    context.lineWidth = model.get("pen");
    context.lineCap = context.lineJoin = "round";
    for (const stroke of strokes) {
      context.beginPath();
      stroke.forEach(([x, y], k) => (k ? context.lineTo(x, y) : context.moveTo(x, y)));
      if (stroke.length === 1) context.lineTo(...stroke[0]);
      context.stroke();
    }
    if (document.activeElement !== paper || drawing) return;
    context.strokeStyle = pen.down ? "#e69f00" : "#56b4e9"; // where the keys' pen is
    context.lineWidth = 3;
    context.beginPath();
    context.arc(pen.x, pen.y, model.get("pen") / 2, 0, 2 * Math.PI);
    context.stroke();
  };
  const send = () => {
    model.set("value", strokes.map((stroke) => [...stroke]));
    model.save_changes();
    draw();
  };
  const inside = (value) => Math.max(0, Math.min(side, Math.round(value)));
  const place = (event) => {
    const box = paper.getBoundingClientRect();
    return [
      inside(((event.clientX - box.left) / box.width) * side),
      inside(((event.clientY - box.top) / box.height) * side),
    ];
  };
  const add = (point) => {
    const stroke = strokes[strokes.length - 1];
    if (String(stroke[stroke.length - 1]) !== String(point)) stroke.push(point);
  };

  paper.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    paper.setPointerCapture(event.pointerId);
    drawing = true;
    pen.down = false;
    strokes.push([place(event)]);
    send();
  });
  paper.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    add(place(event));
    send();
  });
  const lift = () => {
    if (!drawing) return;
    drawing = false;
    send();
  };
  paper.addEventListener("pointerup", lift);
  paper.addEventListener("pointercancel", lift);

  paper.addEventListener("keydown", (event) => {
    if (KEYS[event.key]) {
      const step = event.shiftKey ? 2 : 10;
      pen.x = inside(pen.x + step * KEYS[event.key][0]);
      pen.y = inside(pen.y + step * KEYS[event.key][1]);
      if (pen.down) add([pen.x, pen.y]);
    } else if (event.key === " ") {
      pen.down = !pen.down;
      if (pen.down) strokes.push([[pen.x, pen.y]]);
    } else if (event.key === "Delete") {
      strokes = [];
      pen.down = false;
    } else return;
    event.preventDefault();
    event.stopPropagation(); // the notebook would scroll or leave the cell
    send();
  });
  paper.addEventListener("focus", draw);
  paper.addEventListener("blur", draw);
  model.on("change:value", () => {
    if (drawing || JSON.stringify(model.get("value")) === JSON.stringify(strokes)) return;
    strokes = model.get("value").map((stroke) => [...stroke]);
    pen.down = false;
    draw();
  });
  draw();
}

export default { render };
