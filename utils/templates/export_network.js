// What a network answers, layer by layer, as utils/networks/in_numpy/forward.py does it: float64
// throughout. An array holds (rows, columns, channels) or numbers in a row, the last axis first.

const MERGING = {
  Add(given) {
    const sum = given[0].slice();
    for (const other of given.slice(1)) for (let n = 0; n < sum.length; n++) sum[n] += other[n];
    return sum;
  },
  Concatenate(given, layer, shapes) {
    const all = new Float64Array(size(layer.shape)), widths = shapes.map((one) => one.at(-1));
    const width = layer.shape.at(-1);
    let start = 0;
    given.forEach((one, k) => {
      for (let n = 0; n < one.length; n++) {
        all[Math.floor(n / widths[k]) * width + start + (n % widths[k])] = one[n];
      }
      start += widths[k];
    });
    return all;
  },
};
const scaled = (x, layer) => x.map((value, n) => {
  const channel = n % layer.scale.length;
  return value * layer.scale[channel] + layer.offset[channel];
});
const KINDS = {
  Rescaling: scaled,
  BatchNormalization: scaled,
  Conv2D: convolved,
  Dense: weighed,
  ZeroPadding2D: padded,
  MaxPooling2D: (x, layer, shape) => pooled(x, layer, shape, (values) => Math.max(...values)),
  AveragePooling2D: (x, layer, shape) => pooled(x, layer, shape, mean),
  GlobalMaxPooling2D: (x, layer) => everywhere(x, layer, -Infinity, Math.max),
  GlobalAveragePooling2D(x, layer) {
    const places = x.length / layer.shape[0];
    return everywhere(x, layer, 0, (a, b) => a + b).map((sum) => sum / places);
  },
};
const ACTIVATIONS = {
  relu: (z) => Math.max(z, 0),
  leaky_relu: (z, slope) => (z < 0 ? z * slope : z),
  sigmoid: (z) => 1 / (1 + Math.exp(-z)),
  tanh: Math.tanh,
};

const size = (shape) => shape.reduce((product, side) => product * side, 1);
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

// Return the probabilities, one a class, of a picture's numbers.
function answered(network, picture) {
  const values = [];
  network.layers.forEach((layer, number) => {
    const sources = layer.inputs.length ? layer.inputs : [number - 1];
    const given = sources.map((one) => (one < 0 ? picture : values[one]));
    const shapes = sources.map((one) => (one < 0 ? network.shape : network.layers[one].shape));
    let x = given[0];
    if (MERGING[layer.kind]) x = MERGING[layer.kind](given, layer, shapes);
    else if (KINDS[layer.kind]) x = KINDS[layer.kind](x, layer, shapes[0]);
    const act = ACTIVATIONS[layer.activation];
    values.push(act ? x.map((z) => act(z, layer.slope)) : x);
  });
  return softmax(values.at(-1));
}

// One logit alone is that of the second of two classes.
function softmax(last) {
  const logits = last.length === 1 ? [0, last[0]] : [...last];
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const powers = logits.map((z) => Math.exp(z - largest));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

// Each filter's sum at each place. The innermost loop runs over filters, as weights and sums lie;
// a number that is 0, as half of those after a ReLU are, adds nothing and is passed over.
function convolved(x, layer, [height, width, channels]) {
  const [rows, columns, filters] = layer.shape, { weights, biases } = layer;
  const [high, wide] = layer.window, [down, across] = layer.stride, [top, , left] = layer.padding;
  const result = new Float64Array(rows * columns * filters), sums = new Float64Array(filters);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      sums.set(biases);
      for (let i = 0; i < high; i++) {
        const y = row * down + i - top;
        if (y < 0 || y >= height) continue;
        for (let j = 0; j < wide; j++) {
          const at = column * across + j - left;
          if (at < 0 || at >= width) continue;
          const from = (y * width + at) * channels;
          let weight = (i * wide + j) * channels * filters;
          for (let channel = 0; channel < channels; channel++, weight += filters) {
            const value = x[from + channel];
            if (value === 0) continue;
            for (let f = 0; f < filters; f++) sums[f] += value * weights[weight + f];
          }
        }
      }
      result.set(sums, (row * columns + column) * filters);
    }
  }
  return result;
}

function weighed(x, layer) {
  const units = layer.shape[0], { weights } = layer, sums = Float64Array.from(layer.biases);
  for (let n = 0; n < x.length; n++) {
    if (x[n] === 0) continue;
    for (let unit = 0; unit < units; unit++) sums[unit] += x[n] * weights[n * units + unit];
  }
  return sums;
}

function padded(x, layer, [height, width, channels]) {
  const result = new Float64Array(size(layer.shape)), [top, , left] = layer.padding;
  for (let y = 0; y < height; y++) {
    const row = x.subarray(y * width * channels, (y + 1) * width * channels);
    result.set(row, ((y + top) * layer.shape[1] + left) * channels);
  }
  return result;
}

// One number of each window; what lies outside the maps doesn't count.
function pooled(x, layer, [height, width, channels], one) {
  const [rows, columns] = layer.shape, result = new Float64Array(size(layer.shape));
  const [high, wide] = layer.window, [down, across] = layer.stride, [top, , left] = layer.padding;
  for (let n = 0; n < result.length; n++) {
    const channel = n % channels, column = Math.floor(n / channels) % columns;
    const row = Math.floor(n / channels / columns), values = [];
    for (let i = 0; i < high; i++) {
      const y = row * down + i - top;
      if (y < 0 || y >= height) continue;
      for (let j = 0; j < wide; j++) {
        const at = column * across + j - left;
        if (at >= 0 && at < width) values.push(x[(y * width + at) * channels + channel]);
      }
    }
    result[n] = one(values);
  }
  return result;
}

// One number a channel, gathered over all places.
function everywhere(x, layer, start, gather) {
  const channels = layer.shape[0], result = new Float64Array(channels).fill(start);
  for (let n = 0; n < x.length; n++) {
    result[n % channels] = gather(result[n % channels], x[n]);
  }
  return result;
}
