'use strict';

/*
 * Memory that is released once the operation that used it has completed: each pattern that the
 * documentation shows, with data that is intact at the other end.
 */

const assert = require('node:assert');
const crypto = require('node:crypto');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');
const zlib = require('node:zlib');
const { builtin, ours } = require('./support/subject');
const { turn } = require('./support/collect');
const { givesEverythingBack } = require('./support/lifetimes');

const { acquire, createArena, release } = ours;
const KIB = 1024;
const SIZE = 128 * KIB;
const COUNT = 50;
const FAST = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 3 } };

/** Fills with bytes that differ from one number to the next. */
function fillWith(buffer, number) {
  const words = new Uint32Array(buffer.buffer, buffer.byteOffset, buffer.length / 4);
  for (let i = 0; i < words.length; i++) words[i] = i * 31 + number;
  return buffer;
}
const expected = (number, size = SIZE) => fillWith(builtin.Buffer.alloc(size), number);

describe('a buffer released when its operation has completed', () => {
  givesEverythingBack();
  let folder;
  before(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-'))));
  after(() => fs.rmSync(folder, { recursive: true }));

  it('has been written to its file: fs.promises.writeFile, awaited', async () => {
    const files = Array.from({ length: COUNT }, (_, i) => path.join(folder, `written-${i}`));
    await Promise.all(
      files.map(async (file, i) => {
        const buffer = fillWith(acquire(SIZE), i);
        await fs.promises.writeFile(file, buffer);
        assert.strictEqual(release(buffer), true);
      }),
    );
    files.forEach((file, i) => assert.ok(fs.readFileSync(file).equals(expected(i))));
  });

  it('has been written to its file: fs.write, in its callback', async () => {
    const file = path.join(folder, 'callbacks');
    const fd = fs.openSync(file, 'w');
    const write = (i, done) => {
      const buffer = fillWith(acquire(SIZE), i);
      fs.write(fd, buffer, 0, SIZE, i * SIZE, (error) => {
        assert.strictEqual(release(buffer), true);
        done(error);
      });
    };
    await Promise.all(Array.from({ length: COUNT }, (_, i) => promisify(write)(i)));
    fs.closeSync(fd);
    const all = fs.readFileSync(file);
    for (let i = 0; i < COUNT; i++) {
      assert.ok(all.subarray(i * SIZE, (i + 1) * SIZE).equals(expected(i)));
    }
  });

  it('has been read from its file: FileHandle.read', async () => {
    const file = path.join(folder, 'read');
    fs.writeFileSync(
      file,
      builtin.Buffer.concat(Array.from({ length: COUNT }, (_, i) => expected(i))),
    );
    const handle = await fs.promises.open(file);
    await Promise.all(
      Array.from({ length: COUNT }, async (_, i) => {
        const buffer = acquire(SIZE);
        const { bytesRead } = await handle.read(buffer, 0, SIZE, i * SIZE);
        assert.strictEqual(bytesRead, SIZE);
        assert.ok(buffer.equals(expected(i)));
        assert.strictEqual(release(buffer), true);
      }),
    );
    await handle.close();
  });

  it('has been sent: a socket write, in its callback', async () => {
    const { received, send } = await connection();
    for (let i = 0; i < COUNT; i++) {
      const buffer = fillWith(acquire(SIZE), i);
      send.write(buffer, () => assert.strictEqual(release(buffer), true));
      if (i % 10 === 0) await turn();
    }
    send.end();
    assertParts(await received);
  });

  it('has been sent: several in one writev, each released in its own callback', async () => {
    const { received, send } = await connection();
    send.cork();
    for (let i = 0; i < COUNT; i++) {
      const buffer = fillWith(acquire(SIZE), i);
      send.write(buffer, () => assert.strictEqual(release(buffer), true));
    }
    send.uncork();
    send.end();
    assertParts(await received);
  });

  it('has been received: into a buffer of its own for each read, by the onread option', async () => {
    const server = net.createServer((socket) => socket.end(expected(5, 20 * SIZE))).listen(0);
    await once(server, 'listening');
    const parts = [];
    let filling;
    const socket = net.connect({
      port: server.address().port,
      onread: {
        buffer: () => (filling = acquire(SIZE)),
        callback(length, given) {
          parts.push(builtin.Buffer.from(given.subarray(0, length)));
          assert.strictEqual(given.length, SIZE);
          assert.strictEqual(given.buffer, filling.buffer);
          assert.strictEqual(release(filling), true);
          return true;
        },
      },
    });
    await once(socket, 'close');
    server.close();
    assert.ok(builtin.Buffer.concat(parts).equals(expected(5, 20 * SIZE)));
    release(filling);
  });

  /** A socket to write to, and a promise of all that arrives at the other end. */
  async function connection() {
    const server = net.createServer().listen(0);
    await once(server, 'listening');
    const send = net.connect(server.address().port);
    const [receive] = await once(server, 'connection');
    server.close();
    const parts = [];
    receive.on('data', (part) => parts.push(part));
    const received = once(receive, 'end').then(() => builtin.Buffer.concat(parts));
    return { received, send };
  }

  function assertParts(all) {
    assert.strictEqual(all.length, COUNT * SIZE);
    for (let i = 0; i < COUNT; i++) {
      assert.ok(all.subarray(i * SIZE, (i + 1) * SIZE).equals(expected(i)), `part ${i}`);
    }
  }

  const zlibJobs = {
    deflate: [zlib.deflate, zlib.inflateSync, {}],
    gzip: [zlib.gzip, zlib.gunzipSync, {}],
    brotliCompress: [zlib.brotliCompress, zlib.brotliDecompressSync, FAST],
  };
  for (const [name, [compress, expand, options]] of Object.entries(zlibJobs)) {
    it(`has been compressed: zlib.${name}`, async () => {
      const job = promisify(compress);
      const results = await Promise.all(
        Array.from({ length: 10 }, async (_, i) => {
          const buffer = fillWith(acquire(SIZE), i);
          const result = await job(buffer, options);
          assert.strictEqual(release(buffer), true);
          return result;
        }),
      );
      results.forEach((result, i) => assert.ok(expand(result).equals(expected(i))));
    });
  }

  it('has been compressed: a zlib stream, in the callback of its write', async () => {
    const stream = zlib.createGzip();
    const parts = [];
    stream.on('data', (part) => parts.push(part));
    for (let i = 0; i < 10; i++) {
      const buffer = fillWith(acquire(SIZE), i);
      stream.write(buffer, () => assert.strictEqual(release(buffer), true));
    }
    stream.end();
    await once(stream, 'end');
    const all = zlib.gunzipSync(builtin.Buffer.concat(parts));
    for (let i = 0; i < 10; i++) {
      assert.ok(all.subarray(i * SIZE, (i + 1) * SIZE).equals(expected(i)));
    }
  });

  const cryptoJobs = {
    'randomFill, into it': async (buffer, i) => {
      await promisify(crypto.randomFill)(buffer);
      assert.ok(!buffer.equals(expected(i)));
    },
    'scrypt, of it': async (buffer, i) => {
      const job = promisify(crypto.scrypt);
      const options = { N: 16 };
      const key = await job(buffer, 'salt', 32, options);
      assert.ok(key.equals(await job(expected(i), 'salt', 32, options)));
    },
    'subtle.digest, of it': async (buffer, i) => {
      const digest = builtin.Buffer.from(await crypto.subtle.digest('SHA-256', buffer));
      assert.ok(digest.equals(crypto.createHash('sha256').update(expected(i)).digest()));
    },
    'pbkdf2, of it': async (buffer, i) => {
      const job = promisify(crypto.pbkdf2);
      const key = await job(buffer, 'salt', 10, 32, 'sha256');
      assert.ok(key.equals(await job(expected(i), 'salt', 10, 32, 'sha256')));
    },
  };
  for (const [title, job] of Object.entries(cryptoJobs)) {
    it(`has been worked on: crypto ${title}`, async () => {
      await Promise.all(
        Array.from({ length: 10 }, async (_, i) => {
          const buffer = fillWith(acquire(SIZE), i);
          await job(buffer, i);
          assert.strictEqual(release(buffer), true);
        }),
      );
    });
  }

  it('has been hashed and enciphered: what is synchronous is done when it returns', () => {
    const key = builtin.Buffer.alloc(32, 1);
    const iv = builtin.Buffer.alloc(16, 2);
    const hash = crypto.createHash('sha256');
    const cipher = crypto.createCipheriv('aes-256-ctr', key, iv);
    const parts = [];
    for (let i = 0; i < 10; i++) {
      const buffer = fillWith(acquire(SIZE), i);
      hash.update(buffer);
      parts.push(cipher.update(buffer));
      assert.strictEqual(release(buffer), true);
    }
    const plain = builtin.Buffer.concat(Array.from({ length: 10 }, (_, i) => expected(i)));
    const decipher = crypto.createDecipheriv('aes-256-ctr', key, iv);
    assert.ok(decipher.update(builtin.Buffer.concat(parts)).equals(plain));
    assert.ok(hash.digest().equals(crypto.createHash('sha256').update(plain).digest()));
  });
});

describe('an arena reset when its operations have completed', () => {
  givesEverythingBack();

  it('has had them all see their own bytes', async () => {
    const arena = createArena();
    const deflate = promisify(zlib.deflate);
    for (let round = 0; round < 5; round++) {
      const texts = Array.from({ length: 20 }, (_, i) => `round ${round}, text ${i} `.repeat(50));
      const results = await Promise.all(texts.map((text) => deflate(arena.from(text))));
      arena.reset();
      results.forEach((result, i) =>
        assert.strictEqual(String(zlib.inflateSync(result)), texts[i]),
      );
    }
    arena.close();
  });
});
