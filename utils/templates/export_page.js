// The page itself: what is shown to the network, and what it answers.

const MOST_ROWS = 12; // classes that are all listed; of more, the likeliest
const AS_IT_IS = { colorSpaceConversion: "none" }; // the numbers in the file
const MOST_PIXELS = 64_000_000;
const FILE_SAYS = "This browser can’t read that file as a picture: choose a PNG, JPEG, WebP, GIF or BMP.";

const part = (id) => document.getElementById(id);
const description = JSON.parse(part("network").textContent);
const { names, picture: [height, width, channels] } = description;

// A thread of its own, so that the page stays alive while the network calculates.
const source = new Blob([part("worker").textContent], { type: "text/javascript" });
const worker = new Worker(URL.createObjectURL(source));
const waiting = new Map();
let asked = 0;

worker.onmessage = ({ data }) => {
  waiting.get(data.id)(data);
  waiting.delete(data.id);
};
worker.onerror = () => fail("This browser can’t calculate the network: try a newer one.");
worker.postMessage({ description, weights: part("weights").textContent });
part("weights").remove();

// Promise the network's answer {pixels, probabilities, milliseconds} to {bitmap} or {pixels}: those
// are whole numbers from 0 to 255, row by row, the channels of a pixel side by side.
async function ask(question) {
  const id = ++asked;
  worker.postMessage({ id, ...question }, question.bitmap ? [question.bitmap] : []);
  const answer = await busyWhile(new Promise((resolve) => waiting.set(id, resolve)));
  show(answer);
  return answer;
}

// Say to screen readers, and to tests, that an answer is on its way.
let works = 0;
async function busyWhile(promise) {
  const mark = (change) => part("answers").setAttribute("aria-busy", (works += change) > 0);
  mark(1);
  try {
    return await promise;
  } finally {
    mark(-1);
  }
}

const choices = () => ({ invert: Boolean(part("invert")?.checked) });
const percent = (share) => `${(100 * share).toFixed(1)} %`;

function say(text, wrong = false) {
  if (part("said").textContent === text) return; // a screen reader would say it again
  part("said").textContent = text;
  part("said").classList.toggle("wrong", wrong);
}
const fail = (text) => say(text, true);

function show({ pixels, probabilities }) {
  const context = part("seen").getContext("2d");
  part("rows").replaceChildren();
  if (!probabilities) {
    context.clearRect(0, 0, width, height);
    say("Nothing is drawn yet.");
    return;
  }
  const image = context.createImageData(width, height);
  for (let n = 0; n < width * height; n++) {
    for (let c = 0; c < 3; c++) image.data[4 * n + c] = pixels[n * channels + (c % channels)];
    image.data[4 * n + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  const order = probabilities.map((_, n) => n).sort((a, b) => probabilities[b] - probabilities[a]);
  const best = order[0];
  const label = `${width} by ${height} pixels, of which the network says ${names[best]}`;
  part("seen").setAttribute("aria-label", label);
  say(`${names[best]}, ${Math.round(100 * probabilities[best])} %`);
  const all = names.length <= MOST_ROWS;
  part("more").textContent = all ? "" : `: the ${MOST_ROWS} likeliest of ${names.length}`;
  const listed = all ? [...order].sort((a, b) => a - b) : order.slice(0, MOST_ROWS);
  part("rows").append(...listed.map((n) => row(names[n], probabilities[n], n === best)));
}

function row(name, share, first) {
  const line = document.createElement("tr"), head = document.createElement("th");
  const cell = document.createElement("td"), bar = document.createElement("div");
  line.classList.toggle("first", first);
  head.scope = "row";
  head.textContent = name;
  bar.className = "bar";
  bar.style.width = `${100 * share}%`;
  head.append(bar);
  cell.className = "number";
  cell.textContent = percent(share);
  line.append(head, cell);
  return line;
}

// The last thing shown, to be shown again when a choice changes.
let again = () => {};

const stopCamera = startCamera(part("camera"), part("video"),
  (bitmap) => { again = () => {}; return ask({ bitmap, ...choices() }); }, fail);

part("file").addEventListener("change", () => {
  stopCamera();
  const [file] = part("file").files;
  const look = async () => {
    let bitmap;
    try {
      bitmap = await createImageBitmap(file, AS_IT_IS);
    } catch {
      fail(FILE_SAYS);
      return;
    }
    if (bitmap.width * bitmap.height > MOST_PIXELS) {
      fail("That picture has more than 64 million pixels: make it smaller first.");
    } else await ask({ bitmap, ...choices() });
  };
  again = () => file && busyWhile(look());
  again();
});

if (part("paper")) {
  let busy = false, newest = null; // while a pen moves, only the newest drawing is asked about
  const answerAll = async () => {
    if (busy) return;
    busy = true;
    while (newest) {
      const coming = newest;
      newest = null;
      const centre = Boolean(part("centre")?.checked);
      await ask({ bitmap: await coming, drawn: true, centre, ...choices() });
    }
    busy = false;
  };
  const redraw = startPad(part("paper"), (bitmap) => {
    stopCamera();
    again = redraw;
    newest?.then((unseen) => unseen.close());
    newest = bitmap;
    busyWhile(answerAll());
  });
}
for (const id of ["invert", "centre"]) part(id)?.addEventListener("change", () => again());
