// The page's second thread: it prepares pictures and lets the network answer. First comes the
// network with its weights, then a picture a message, which is answered by one.

let network = null;

function decoded(text) {
  const letters = atob(text.trim()), bytes = new Uint8Array(letters.length);
  for (let n = 0; n < bytes.length; n++) bytes[n] = letters.charCodeAt(n);
  return new Float32Array(bytes.buffer); // little-endian, as every machine that browsers run on
}

function received(description, weights) {
  const numbers = decoded(weights);
  for (const layer of description.layers) {
    const [start, count] = layer.weights;
    layer.weights = Float64Array.from(numbers.subarray(start, start + count));
  }
  return description;
}

// Return the pixels that the network is to see; null where there is nothing to see.
function prepared({ bitmap, pixels, drawn, invert, centre }) {
  let found = pixels && Uint8ClampedArray.from(pixels);
  if (bitmap) {
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.fillStyle = "#ffffff"; // what a transparent picture lies on
    context.fillRect(0, 0, bitmap.width, bitmap.height);
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    const picture = context.getImageData(0, 0, canvas.width, canvas.height);
    if (drawn && !greyOf(picture.data, 4).some((value) => value)) return null;
    found = centre ? centred(picture) : fitted(picture, network.shape);
  }
  return invert ? found.map((value) => 255 - value) : found;
}

self.onmessage = ({ data }) => {
  if (data.description) {
    network = received(data.description, data.weights);
    return;
  }
  const began = performance.now();
  const pixels = prepared(data), id = data.id;
  const probabilities = pixels && answered(network, Float64Array.from(pixels));
  self.postMessage({ id, pixels, probabilities, milliseconds: performance.now() - began });
};
