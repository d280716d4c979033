'use strict';

/* tar-stream, yazl and yauzl: archives of many entries, written and read again. */

const { createRandom } = require('../data');

function makeEntries(random, count) {
  const body = random.textBytes(300_000);
  return Array.from({ length: count }, (_, i) => {
    const length = i % 40 === 0 ? 250_000 : random.between(0, 9000);
    return {
      name: `folder-${i % 7}/${random.words(1)}-${i}.bin`,
      body: body.subarray(i, i + length),
    };
  });
}

/** All that a stream has, in one Buffer. */
async function readAll(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function tar({ load, digest, turn }) {
  const { pack, extract } = (await load('tar-stream')).default;
  const entries = makeEntries(createRandom(13), 3000);
  for (let round = 0; round < 3; round++) {
    const packing = pack();
    const reading = packing.pipe(extract());
    const writing = (async () => {
      for (const [i, { name, body }] of entries.entries()) {
        if (i % 20 === 0) await turn();
        await new Promise((resolve, reject) => {
          const options = { name, mtime: new Date(0) };
          packing.entry(options, body, (error) => (error ? reject(error) : resolve()));
        });
      }
      packing.finalize();
    })();
    for await (const entry of reading) {
      digest.update(`${entry.header.name} ${entry.header.size}`);
      digest.update(await readAll(entry));
    }
    await writing;
  }
}

async function zip({ load, digest }) {
  const yazl = (await load('yazl')).default;
  const yauzl = (await load('yauzl')).default;
  const file = new yazl.ZipFile();
  for (const { name, body } of makeEntries(createRandom(14), 1500)) {
    file.addBuffer(body, name, { mtime: new Date(2020, 0), compressionLevel: 1 });
  }
  file.end();
  const archive = await readAll(file.outputStream);
  digest.update(archive);

  const reading = await new Promise((resolve, reject) => {
    const opened = (error, zipFile) => (error ? reject(error) : resolve(zipFile));
    yauzl.fromBuffer(archive, { lazyEntries: true }, opened);
  });
  await new Promise((resolve, reject) => {
    reading.on('error', reject);
    reading.on('end', resolve);
    reading.on('entry', (entry) => {
      digest.update(entry.fileName);
      reading.openReadStream(entry, (error, stream) => {
        if (error) return reject(error);
        return readAll(stream).then((bytes) => {
          digest.update(bytes);
          reading.readEntry();
        }, reject);
      });
    });
    reading.readEntry();
  });
}

module.exports = [
  { package: 'tar-stream', jobs: { '9,000 entries written and read': tar } },
  { package: 'yazl', with: ['yauzl'], jobs: { '1,500 entries written and read': zip } },
];
