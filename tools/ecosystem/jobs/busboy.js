'use strict';

/* busboy: uploads of forms with files, parsed in odd pieces. */

const { createRandom, join } = require('../data');

const BOUNDARY = '----job-7d6c5b4a';
const encoder = new TextEncoder();

function form(random) {
  const parts = [];
  const add = (head, body) => {
    const lines = `--${BOUNDARY}\r\nContent-Disposition: form-data; ${head}\r\n\r\n`;
    parts.push(encoder.encode(lines), body, encoder.encode('\r\n'));
  };
  for (let i = 0; i < 40; i++) {
    add(`name="field-${i}"`, encoder.encode(random.words(12)));
    const length = i % 10 === 0 ? 400_000 : random.between(0, 20_000);
    add(`name="file-${i}"; filename="${i}.bin"`, random.bytes(length));
  }
  parts.push(encoder.encode(`--${BOUNDARY}--\r\n`));
  return join(parts);
}

async function send(parser, pieces, turn) {
  let sent = 0;
  for (const piece of pieces) {
    parser.write(piece);
    if (sent++ % 16 === 0) await turn();
  }
  parser.end();
}

async function uploads({ load, digest, turn }) {
  const busboy = (await load('busboy')).default;
  const random = createRandom(22);
  const body = form(random);
  const headers = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };
  for (let round = 0; round < 60; round++) {
    await new Promise((resolve, reject) => {
      const parser = busboy({ headers });
      parser.on('field', (name, value) => digest.update(`${name}=${value}`));
      parser.on('file', (name, file) => {
        const chunks = [];
        file.on('data', (chunk) => chunks.push(chunk));
        file.on('end', () => digest.update(name).update(Buffer.concat(chunks)));
      });
      parser.on('error', reject).on('close', resolve);
      send(parser, random.pieces(body, round % 2 === 0 ? 65_536 : 3000), turn);
    });
  }
}

module.exports = { package: 'busboy', jobs: { '60 forms of 40 fields and 40 files': uploads } };
