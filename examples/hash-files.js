'use strict';

/*
 * A file hasher that reads into acquired buffers.
 *
 * Files are read with `fs.read`, several at a time, each chunk into a buffer of its own: the next one
 * is being read while the last one is hashed. A buffer goes back as soon as it was hashed. The hasher
 * runs in a process of its own, once with bufalloc and once with the built-in, and both must come to
 * the same digests.
 */

const { createHash, getHashes } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const {
  childTask,
  compareSides,
  cpuSeconds,
  fail,
  forkSide,
  peakRss,
  sendResult,
  wholeNumbers,
} = require('./sides');

const KIB = 1024;

const usage = `Usage: node examples/hash-files.js [options] [file or folder ...]

Hashes files, with bufalloc and with the built-in. Without names: the running node binary and the
sources of this package.

  --algorithm <name>  as crypto.createHash takes it (sha256)
  --chunk <KiB>       the size of a buffer (1024)
  --parallel <count>  how many files at a time (4)
  --rounds <count>    how often; the medians are shown (3)
  --list              show the digests, as sha256sum does
  --help              this text
`;

/* --- the hasher --------------------------------------------------------------- */

/**
 * Hashes one file. The buffers it still holds when a read fails are left to the collector.
 *
 * @param {string} file
 * @param {{ algorithm: string, chunk: number, take: Function, give: Function }} options
 * @returns {Promise<{ digest: string, bytes: number }>}
 */
async function hashFile(file, { algorithm, chunk, take, give }) {
  const hash = createHash(algorithm);
  const handle = await fs.promises.open(file);
  try {
    const { size } = await handle.stat();
    // A small file needs no large buffer. One that grows meanwhile is read on.
    const length = Math.min(size + 1, chunk);
    const readNext = () => handle.read(take(length), 0, length, null);
    let bytes = 0;
    let reading = readNext();
    for (;;) {
      const { buffer, bytesRead } = await reading;
      if (bytesRead === 0) {
        give(buffer);
        return { digest: hash.digest('hex'), bytes };
      }
      reading = readNext();
      hash.update(buffer.subarray(0, bytesRead));
      give(buffer);
      bytes += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

/** The program of the child: hashes all files, so many at a time. */
async function hashAll(task) {
  const { files, parallel } = task;
  const digests = new Array(files.length);
  let next = 0;
  let bytes = 0;
  const start = performance.now();
  async function work() {
    while (next < files.length) {
      const index = next++;
      const result = await hashFile(files[index], task);
      digests[index] = result.digest;
      bytes += result.bytes;
    }
  }
  await Promise.all(Array.from({ length: parallel }, work));
  const seconds = (performance.now() - start) / 1000;
  sendResult({ digests, bytes, seconds, cpu: cpuSeconds(), rss: peakRss() });
}

/* --- what is around it ---------------------------------------------------------- */

/** The files under the given names that can be read; symbolic links are not followed. */
function listFiles(names) {
  const files = [];
  const visit = (name) => {
    const stat = fs.lstatSync(name);
    if (stat.isDirectory()) fs.readdirSync(name).forEach((entry) => visit(path.join(name, entry)));
    else if (stat.isFile()) files.push(name);
  };
  for (const name of names) {
    try {
      visit(fs.realpathSync(name));
    } catch (error) {
      fail(`${name} cannot be read: ${error.code}`);
    }
  }
  return files;
}

async function main() {
  const { values, positionals } = parse();
  if (values.help) return console.log(usage.trimEnd());
  const [kib, parallel, rounds] = wholeNumbers(values, ['chunk', 'parallel', 'rounds']);
  const { algorithm } = values;
  if (!getHashes().includes(algorithm)) fail(`there is no hash '${algorithm}'`);
  const names =
    positionals.length > 0 ? positionals : [process.execPath, path.join(__dirname, '../lib')];
  const files = listFiles(names);
  console.log(
    `${files.length} files under ${names.join(', ')}; ${algorithm}, ${parallel} files at a time, ` +
      `buffers of up to ${kib} KiB; medians of ${rounds}`,
  );

  let digests;
  await compareSides(rounds, async (side) => {
    const child = forkSide(__filename, side, { files, algorithm, parallel, chunk: kib * KIB });
    const result = await child.next();
    await child.ended;
    digests ??= result.digests;
    const odd = files.find((file, i) => digests[i] !== result.digests[i]);
    if (odd !== undefined) throw new Error(`the digests of ${odd} differ`);
    return result;
  });
  if (values.list) files.forEach((file, i) => console.log(`${digests[i]}  ${file}`));
  return undefined;
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        algorithm: { type: 'string', default: 'sha256' },
        chunk: { type: 'string', default: '1024' },
        parallel: { type: 'string', default: '4' },
        rounds: { type: 'string', default: '3' },
        list: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    return fail(error.message.split('. ')[0]);
  }
}

childTask()
  .then((task) => (task === undefined ? main() : hashAll(task)))
  .catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
