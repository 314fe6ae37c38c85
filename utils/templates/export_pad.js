// Paper to draw on with mouse, finger or keys, light on black; calls changed() after each change.

const KEYS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const PEN = 18; // pixels the pen is wide

function startPad(paper, changed) {
  const context = paper.getContext("2d", { willReadFrequently: true }), side = paper.width;
  const pen = { x: side / 2, y: side / 2, down: false }; // the keys' pen
  let strokes = [], drawing = false; // a pointer is down

  const inside = (value) => Math.max(0, Math.min(side, Math.round(value)));
  const draw = (withPen) => {
    context.fillStyle = "#000000";
    context.fillRect(0, 0, side, side);
    context.strokeStyle = "#ffffff";
    context.lineWidth = PEN;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of strokes) {
      context.beginPath();
      for (const [x, y] of [stroke[0], ...stroke]) context.lineTo(x, y);
      context.stroke();
    }
    if (!withPen || drawing || document.activeElement !== paper) return;
    context.strokeStyle = pen.down ? "#e69f00" : "#56b4e9"; // where the keys' pen is
    context.lineWidth = 3;
    context.beginPath();
    context.arc(pen.x, pen.y, PEN / 2, 0, 2 * Math.PI);
    context.stroke();
  };
  const update = () => {
    draw(false); // the pen isn't part of what the network sees
    changed(createImageBitmap(paper));
    draw(true);
  };
  const point = (event) => {
    const box = paper.getBoundingClientRect();
    return [
      inside(((event.clientX - box.left) / box.width) * side),
      inside(((event.clientY - box.top) / box.height) * side),
    ];
  };
  const clear = () => { strokes = []; pen.down = drawing = false; update(); };
  const lift = () => { drawing = false; };

  paper.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    paper.setPointerCapture(event.pointerId);
    drawing = true;
    pen.down = false;
    strokes.push([point(event)]);
    update();
  });
  paper.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    strokes.at(-1).push(point(event));
    update();
  });
  paper.addEventListener("pointerup", lift);
  paper.addEventListener("pointercancel", lift);
  paper.addEventListener("keydown", (event) => {
    if (KEYS[event.key]) {
      const step = event.shiftKey ? 2 : 10;
      pen.x = inside(pen.x + step * KEYS[event.key][0]);
      pen.y = inside(pen.y + step * KEYS[event.key][1]);
      if (pen.down) strokes.at(-1).push([pen.x, pen.y]);
    } else if (event.key === " ") {
      pen.down = !pen.down;
      if (pen.down) strokes.push([[pen.x, pen.y]]);
    } else if (event.key === "Delete") {
      clear();
    } else return;
    event.preventDefault();
    update();
  });
  paper.addEventListener("focus", () => draw(true));
  paper.addEventListener("blur", () => draw(true));
  document.getElementById("clear").addEventListener("click", clear);
  document.getElementById("undo").addEventListener("click", () => {
    strokes.pop();
    pen.down = false;
    update();
  });
  draw(true);
  return update;
}
