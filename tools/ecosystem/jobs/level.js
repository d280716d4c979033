'use strict';

/* classic-level and memory-level: keys and values as Buffers, put, read, walked and deleted. */

const { mkdtempSync, rmSync } = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { createRandom } = require('../data');

const KEYS = 12_000;

function keyOf(i) {
  const key = Buffer.allocUnsafe(12);
  key.write('key:');
  key.writeUInt32BE(Math.imul(i, 2654435761) >>> 0, 4);
  key.writeUInt32BE(i, 8);
  return key;
}

async function exercise(db, digest) {
  const random = createRandom(16);
  const payload = random.textBytes(200_000);
  const valueOf = (i) =>
    Buffer.concat([
      keyOf(i),
      payload.subarray(0, i % 300 === 0 ? 180_000 : random.between(0, 1500)),
    ]);

  for (let i = 0; i < KEYS; i += 100) {
    const chunk = Array.from({ length: 100 }, (_, k) => i + k);
    await db.batch(chunk.map((one) => ({ type: 'put', key: keyOf(one), value: valueOf(one) })));
  }
  for (let i = 0; i < KEYS; i += 2) digest.update(await db.get(keyOf(i)));
  for (let i = 0; i < KEYS; i += 50) {
    const chunk = Array.from({ length: 50 }, (_, k) => keyOf(i + k));
    for (const value of await db.getMany(chunk)) digest.update(value);
  }
  for (let i = 0; i < KEYS; i += 5) await db.del(keyOf(i));
  for await (const [key, value] of db.iterator()) digest.update(key).update(value);
  for await (const key of db.keys({ reverse: true })) digest.update(key);
}

const encodings = { keyEncoding: 'buffer', valueEncoding: 'buffer' };

async function classic({ load, digest }) {
  const { ClassicLevel } = (await load('classic-level')).default;
  const directory = mkdtempSync(path.join(os.tmpdir(), 'bufalloc-level-'));
  try {
    const db = new ClassicLevel(directory, encodings);
    await exercise(db, digest);
    await db.close();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function memory({ load, digest }) {
  const { MemoryLevel } = (await load('memory-level')).default;
  const db = new MemoryLevel({ ...encodings, storeEncoding: 'buffer' });
  await exercise(db, digest);
  await db.close();
}

module.exports = [
  { package: 'classic-level', jobs: { '12,000 keys put, read, walked': classic } },
  { package: 'memory-level', jobs: { '12,000 keys put, read, walked': memory } },
];
