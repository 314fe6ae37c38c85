// What becomes of a picture before the network sees it: whole numbers throughout, so that
// utils/data/scaled.py gives the very same pixels.

const BOX = 20, SIDE = 28; // pixels a side: of the box for a digit, and of MNIST's pictures

// Return the largest part of a picture in the shape of height by width, from its middle.
function middle(picture, height, width) {
  const tooWide = picture.width * height >= picture.height * width;
  const wide = tooWide ? Math.max(1, Math.floor((picture.height * width) / height)) : picture.width;
  const high = tooWide ? picture.height : Math.max(1, Math.floor((picture.width * height) / width));
  const left = Math.floor((picture.width - wide) / 2), top = Math.floor((picture.height - high) / 2);
  return { left, top, wide, high };
}

// Return how much of each of `length` pixels lies in part n of `parts` equal ones, in whole numbers
// that add up to `length`: the first pixel's number, and the shares from there on.
function shares(n, length, parts) {
  const first = Math.floor((n * length) / parts), end = Math.ceil(((n + 1) * length) / parts);
  const found = [];
  for (let i = first; i < end; i++) {
    found.push(Math.min((i + 1) * parts, (n + 1) * length) - Math.max(i * parts, n * length));
  }
  return [first, found];
}

// Return a part of a picture {data, width}, whose pixels have `step` numbers, as height by width
// means over areas, `channels` numbers each, rounded half up.
function areaMeans({ data, width: length }, part, height, width, step, channels) {
  const result = new Uint8ClampedArray(height * width * channels), area = part.wide * part.high;
  const columns = Array.from({ length: width }, (_, n) => shares(n, part.wide, width));
  const sums = new Float64Array(part.wide * channels);
  for (let row = 0; row < height; row++) {
    const [first, down] = shares(row, part.high, height);
    sums.fill(0);
    down.forEach((share, i) => {
      const start = ((part.top + first + i) * length + part.left) * step;
      for (let x = 0; x < part.wide; x++) {
        for (let c = 0; c < channels; c++) sums[x * channels + c] += share * data[start + x * step + c];
      }
    });
    columns.forEach(([from, across], column) => {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        across.forEach((share, k) => { sum += share * sums[(from + k) * channels + c]; });
        const at = (row * width + column) * channels + c;
        result[at] = Math.floor((2 * sum + area) / (2 * area));
      }
    });
  }
  return result;
}

// Return pixels of red, green and blue as grey: the weights of Pillow's mode L.
function greyOf(colours, step) {
  const grey = new Uint8ClampedArray(colours.length / step);
  for (let n = 0; n < grey.length; n++) {
    const [red, green, blue] = [0, 1, 2].map((c) => colours[n * step + c]);
    grey[n] = (red * 19595 + green * 38470 + blue * 7471 + 32768) >> 16;
  }
  return grey;
}

// Return a picture of four numbers a pixel as the network's shape [height, width, channels] has it.
function fitted(picture, [height, width, channels]) {
  const means = areaMeans(picture, middle(picture, height, width), height, width, 4, 3);
  return channels === 1 ? greyOf(means, 3) : means;
}

// Return a drawing, light on black, as MNIST's makers prepared theirs: cut, scaled into a box of
// 20 by 20, centred by its mass in 28 by 28. As utils/widgets/digits.py. Null without ink.
function centred({ data, width, height }) {
  const ink = greyOf(data, 4), rows = [], columns = [];
  ink.forEach((value, n) => {
    if (value) { rows.push(Math.floor(n / width)); columns.push(n % width); }
  });
  if (!rows.length) return null;
  const [top, bottom, left, right] = [smallest(rows), largest(rows), smallest(columns), largest(columns)];
  const part = { left, top, wide: right - left + 1, high: bottom - top + 1 };
  const by = BOX / Math.max(part.wide, part.high);
  const [high, wide] = [part.high, part.wide].map((side) => Math.max(1, halfEven(side * by)));
  const box = areaMeans({ data: ink, width }, part, high, wide, 1, 1);
  const down = place(box, high, (n) => Math.floor(n / wide)), across = place(box, wide, (n) => n % wide);
  const result = new Uint8ClampedArray(SIDE * SIDE);
  box.forEach((value, n) => {
    result[(down + Math.floor(n / wide)) * SIDE + across + (n % wide)] = value;
  });
  return result;
}

const smallest = (values) => values.reduce((a, b) => Math.min(a, b));
const largest = (values) => values.reduce((a, b) => Math.max(a, b));

// Return where the box must begin for its ink's centre of mass to lie in the middle.
function place(box, length, along) {
  let mass = 0, total = 0;
  box.forEach((value, n) => { mass += value * (along(n) + 0.5); total += value; });
  return Math.min(Math.max(halfEven(SIDE / 2 - mass / total), 0), SIDE - length);
}

// Python's round.
function halfEven(value) {
  const whole = Math.round(value);
  return whole - value === 0.5 && whole % 2 ? whole - 1 : whole;
}
