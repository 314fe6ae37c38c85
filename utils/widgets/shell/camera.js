// Takes pictures by the camera, from files, and from the pad beside it, and hands each to the
// kernel: see collecting.py. Nothing leaves the page by another way.

const LARGEST = 640; // pixels of a picture's longer side, as it is handed over

function render({ model, el }) {
  const model_of = (name) => model.widget_manager.get_model(model.get(name).slice(10)); // IPY_MODEL_
  const ready = Promise.all([model_of("class_name"), model_of("pad")]);
  const box = element("div", el, "course-camera");
  const video = element("video", box, "course-video", { "aria-label": "What the camera sees" });
  video.muted = video.playsInline = true;
  const row = element("div", box, "course-camera-row");
  const said = element("p", box, "course-camera-said", { role: "status" });
  const button = (label, action) => {
    const made = element("button", row, "jupyter-button", { type: "button" });
    made.textContent = label;
    made.addEventListener("click", action);
    return made;
  };
  let stream = null;

  const send = async (kind, time, more, bytes) => {
    const [class_name, pad] = await ready;
    const content = { kind, time, name: class_name.get("value"), ...more };
    if (kind === "drawing") content.strokes = pad.get("value");
    model.send(content, undefined, bytes ? [bytes] : []);
  };
  const pixels = async (source, width, height) => {
    const scale = Math.min(1, LARGEST / Math.max(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    const context = canvas.getContext("2d");
    context.fillStyle = "#ffffff"; // behind what is clear
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(source, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
    return blob.arrayBuffer();
  };

  const stop = () => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = video.srcObject = null;
    show();
  };
  const start = async () => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: true });
    } catch (error) { // also where mediaDevices is missing: a page that isn't localhost or https
      said.textContent =
        "There is no camera here, or the browser doesn't allow it. Choose files, or draw.";
      return;
    }
    said.textContent = "";
    video.srcObject = stream;
    show();
    await video.play();
  };
  const take = async () => {
    if (!video.videoWidth) return; // its first picture hasn't come yet
    const bytes = await pixels(video, video.videoWidth, video.videoHeight);
    await send("camera", Date.now(), {}, bytes);
  };
  const choose = async () => {
    const refused = [];
    for (const file of input.files) {
      try {
        const picture = await createImageBitmap(file);
        const bytes = await pixels(picture, picture.width, picture.height);
        await send("file", file.lastModified, {}, bytes);
      } catch (error) {
        refused.push(file.name);
      }
    }
    said.textContent = refused.length
      ? `The browser can't read ${refused.join(", ")}. Save it as JPEG or PNG, and choose again.`
      : "";
    input.value = "";
  };

  const input = element("input", box, "course-file", {
    type: "file", accept: "image/*", multiple: "", "aria-label": "Picture files",
  });
  input.hidden = true;
  input.addEventListener("change", choose);
  const toggle = button("Start the camera", () => (stream ? stop() : start()));
  const shutter = button("Take a picture", take);
  button("Choose files …", () => input.click());
  button("Keep the drawing", () => send("drawing", Date.now(), {}, null));
  button("Clear the paper", async () => {
    const pad = (await ready)[1];
    pad.set("value", []);
    pad.save_changes();
  });
  const show = () => {
    toggle.textContent = stream ? "Stop the camera" : "Start the camera";
    shutter.disabled = video.hidden = !stream;
  };
  show();
  return stop; // the view is gone: so is the camera's light
}

export default { render };
