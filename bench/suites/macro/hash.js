'use strict';

// (a) Hashes a real file, the running `node` binary, in chunks: a fresh buffer a read, SHA-256 over what was read.

const { createHash } = require('node:crypto');
const { open } = require('node:fs/promises');

const totalBytes = 768 * 2 ** 20;

async function hashBytes(file, size, chunk, total, Buffer) {
  const hash = createHash('sha256');
  for (let done = 0; done < total;) {
    const buf = Buffer.allocUnsafe(chunk);
    const { bytesRead } = await file.read(buf, 0, chunk, done % size);
    hash.update(bytesRead === chunk ? buf : buf.subarray(0, bytesRead));
    done += bytesRead;
  }
  return hash.digest('hex');
}

async function run({ Buffer, variant: chunk, scale, timed }) {
  const file = await open(process.execPath);
  try {
    const { size } = await file.stat();
    await hashBytes(file, size, chunk, size, Buffer);
    await timed(async () => {
      await hashBytes(file, size, chunk, totalBytes * scale, Buffer);
    });
  } finally {
    await file.close();
  }
}

module.exports = { run };
