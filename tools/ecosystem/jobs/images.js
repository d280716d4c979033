'use strict';

/* pngjs and jpeg-js: image codecs in plain JavaScript, on a picture drawn here. */

const { once } = require('node:events');
const { createRandom } = require('../data');

/** RGBA pixels: gradients with some noise, so that neither codec has it too easy. */
function draw(width, height) {
  const random = createRandom(12);
  const pixels = new Uint8Array(width * height * 4);
  for (let i = 0; i < pixels.length; i += 4) {
    const x = (i >> 2) % width;
    const y = ((i >> 2) / width) | 0;
    pixels[i] = (x * 255) / width;
    pixels[i + 1] = (y * 255) / height;
    pixels[i + 2] = (x ^ y) & 255;
    pixels[i + 3] = 255;
    if ((x + y) % 17 === 0) pixels[i] ^= random.between(0, 63);
  }
  return Buffer.from(pixels.buffer);
}

async function pngs({ load, digest }) {
  const { PNG } = (await load('pngjs')).default;
  const [width, height] = [640, 480];
  const data = draw(width, height);
  for (let i = 0; i < 4; i++) {
    const written = PNG.sync.write({ width, height, data }, { deflateLevel: 1 });
    digest.update(written).update(PNG.sync.read(written).data);
  }
  for (let i = 0; i < 4; i++) {
    const png = new PNG({ width, height, deflateLevel: 1 });
    data.copy(png.data);
    const parsed = png.pack().pipe(new PNG());
    await once(parsed, 'parsed');
    digest.update(parsed.data);
  }
}

async function jpegs({ load, digest }) {
  const jpeg = (await load('jpeg-js')).default;
  const [width, height] = [640, 480];
  const data = draw(width, height);
  for (const quality of [50, 75, 90, 95]) {
    const written = jpeg.encode({ width, height, data }, quality).data;
    digest.update(written).update(jpeg.decode(written).data);
  }
}

module.exports = [
  { package: 'pngjs', jobs: { '8 pictures written and read': pngs } },
  { package: 'jpeg-js', jobs: { '4 pictures written and read': jpegs } },
];
