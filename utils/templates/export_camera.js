// The camera: on only between a click and the next one. shown(bitmap) is given a frame at a time
// and promises to have answered it; failed(sentence) is told what is wrong.

const CAMERA_SAYS = {
  NotAllowedError: "The camera is refused: allow it for this page at the browser’s address bar, or choose a file.",
  NotFoundError: "This computer has no camera that the browser can see: choose a file.",
  NotReadableError: "The camera can’t be read: close other programs that use it, or choose a file.",
};

function startCamera(button, video, shown, failed) {
  let stream = null;

  const stop = () => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = video.srcObject = null;
    video.hidden = true;
    button.textContent = "Start the camera";
  };
  const start = async () => {
    if (!navigator.mediaDevices) {
      failed("A browser gives the camera only to a page from this computer or by https: choose a file.");
      return;
    }
    button.disabled = true;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      video.hidden = false;
      button.textContent = "Stop the camera";
      stream.getVideoTracks()[0].addEventListener("ended", stop); // pulled out, or taken back
      await video.play();
      watch(stream);
    } catch (error) {
      stop();
      failed(CAMERA_SAYS[error.name] ?? `The camera doesn’t start (${error.name}): choose a file.`);
    } finally {
      button.disabled = false;
    }
  };
  const watch = async (mine) => {
    while (stream === mine) {
      if (video.readyState >= 2 && !document.hidden) await shown(await createImageBitmap(video));
      await new Promise((resume) => setTimeout(resume, 100)); // ten a second are plenty
    }
  };
  button.addEventListener("click", () => (stream ? stop() : start()));
  window.addEventListener("pagehide", stop);
  return stop;
}
