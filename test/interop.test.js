'use strict';

/* Our buffers in the hands of the runtime: its core modules, the platform's APIs, other threads. */

const assert = require('node:assert');
const childProcess = require('node:child_process');
const crypto = require('node:crypto');
const dgram = require('node:dgram');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const stream = require('node:stream');
const { StringDecoder } = require('node:string_decoder');
const util = require('node:util');
const v8 = require('node:v8');
const { MessageChannel } = require('node:worker_threads');
const zlib = require('node:zlib');
const { builtin, ours } = require('./support/subject');
const { isZero } = require('./support/bytes');

const { Buffer } = ours;
const Host = builtin.Buffer;
const text = 'the quick brown fox jumps over the lazy dog, h\u00e9 \u20ac \u{1f600}';

/** The same bytes in each kind of store: pooled, small, dedicated, large. */
const samples = () => ({
  pooled: Buffer.from(text),
  small: Buffer.alloc(200, text),
  dedicated: Buffer.alloc(200_000, text),
  large: Buffer.alloc(3 * 1024 * 1024 + 7, text),
});
const copyOf = (buffer) => Host.from(Uint8Array.from(buffer));

/** Registers one test a kind of store. */
function each(title, check) {
  for (const kind of Object.keys(samples())) {
    it(`${title}: ${kind}`, () => {
      const buffer = samples()[kind];
      return check(buffer, copyOf(buffer));
    });
  }
}

const digest = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');

describe('the language and its tools', () => {
  each('inspects as the built-in', (buffer, host) => {
    assert.strictEqual(util.inspect(buffer), util.inspect(host));
    assert.strictEqual(
      util.format('%o', buffer.subarray(0, 9)),
      util.format('%o', host.subarray(0, 9)),
    );
  });

  each('equals the same bytes of the built-in', (buffer, host) => {
    assert.deepStrictEqual(buffer, host);
    assert.ok(util.isDeepStrictEqual(host, buffer));
    assert.ok(buffer.equals(host) && host.equals(buffer));
    assert.strictEqual(Buffer.compare(buffer, host), 0);
    assert.strictEqual(host.compare(buffer), 0);
  });

  each('becomes the same JSON', (buffer, host) => {
    const [part, hostPart] = [buffer.subarray(0, 100), host.subarray(0, 100)];
    assert.strictEqual(JSON.stringify(part), JSON.stringify(hostPart));
    assert.deepStrictEqual(Buffer.from(JSON.parse(JSON.stringify(part))), hostPart);
  });

  each('decodes and encodes', (buffer, host) => {
    assert.strictEqual(new TextDecoder().decode(buffer), new TextDecoder().decode(host));
    assert.strictEqual(
      new StringDecoder('utf8').write(buffer),
      new StringDecoder('utf8').write(host),
    );
    const target = Buffer.alloc(buffer.length);
    new TextEncoder().encodeInto('\u20acuro', target);
    assert.strictEqual(target.toString('utf8', 0, 6), '\u20acuro');
  });

  each('serializes with v8', (buffer, host) => {
    assert.deepStrictEqual(v8.deserialize(v8.serialize({ buffer })).buffer, host);
  });

  each('answers every kind of view on its store', (buffer) => {
    const { buffer: store, byteOffset, length } = buffer;
    const view = new DataView(store, byteOffset, length);
    view.setUint32(0, 0x01020304);
    assert.strictEqual(buffer.readUInt32BE(0), 0x01020304);
    const words = new Uint16Array(store, byteOffset, 2);
    words[1] = 0xffff;
    assert.strictEqual(buffer.readUInt16LE(2), 0xffff);
  });

  each('does as the built-in in every method that takes no arguments', (buffer, host) => {
    for (const name of ['toString', 'swap16', 'reverse', 'sort', 'toLocaleString']) {
      const even = (bytes) => bytes.subarray(0, 40)[name]();
      assert.deepStrictEqual(even(buffer), even(host), name);
    }
    assert.deepStrictEqual(
      [...buffer.subarray(0, 9).entries()],
      [...host.subarray(0, 9).entries()],
    );
  });

  it('gives ordinary Buffers from map, filter, slice and subarray', () => {
    for (const buffer of Object.values(samples())) {
      const derived = [
        buffer.slice(1, 9),
        buffer.subarray(1, 9),
        buffer.map((byte) => byte ^ 1),
        buffer.filter((byte) => byte > 100),
      ];
      for (const result of derived) assert.ok(result instanceof Buffer);
      derived[0][0] = 77;
      assert.strictEqual(buffer[1], 77);
    }
  });
});

describe('copies across boundaries', () => {
  each('is copied by structuredClone', (buffer, host) => {
    const clone = structuredClone(buffer);
    assert.ok(clone instanceof Uint8Array);
    assert.deepStrictEqual(copyOf(clone), host);
    clone[0] ^= 0xff;
    assert.deepStrictEqual(buffer, host);
  });

  each('is copied by postMessage', async (buffer, host) => {
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(buffer);
    const [received] = await once(port2, 'message');
    port1.close();
    assert.deepStrictEqual(copyOf(received), host);
    received[0] ^= 0xff;
    assert.deepStrictEqual(buffer, host);
  });

  each('is copied into a Blob', async (buffer, host) => {
    const blob = new Blob([buffer, buffer.subarray(0, 3)]);
    buffer.fill(0);
    const back = Host.from(await blob.arrayBuffer());
    assert.deepStrictEqual(back, Host.concat([host, host.subarray(0, 3)]));
  });

  it('can be put on a transfer list as a dedicated buffer of the built-in can', async () => {
    const buffer = Buffer.alloc(200_000, text);
    const before = copyOf(buffer);
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(buffer, [buffer.buffer]);
    const [received] = await once(port2, 'message');
    port1.close();
    assert.strictEqual(buffer.length, 0);
    assert.deepStrictEqual(copyOf(received), before);
  });

  if (ArrayBuffer.prototype.transfer) {
    it('hands its memory on through ArrayBuffer.prototype.transfer', () => {
      const buffer = Buffer.alloc(200_000, text);
      const before = copyOf(buffer);
      const moved = Buffer.from(buffer.buffer.transfer());
      assert.strictEqual(buffer.length, 0);
      assert.deepStrictEqual(moved, before);
      const grown = Buffer.from(moved.buffer.transfer(300_000));
      assert.deepStrictEqual(grown.subarray(0, 200_000), before);
      assert.ok(isZero(grown.subarray(200_000)));
    });
  }
});

describe('files', () => {
  let folder;
  before(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-test-'))));
  after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const file = () => path.join(folder, 'file');

  each('is written to and read from a file', (buffer, host) => {
    fs.writeFileSync(file(), buffer);
    assert.deepStrictEqual(fs.readFileSync(file()), host);
    const target = Buffer.alloc(buffer.length);
    const descriptor = fs.openSync(file(), 'r');
    assert.strictEqual(fs.readSync(descriptor, target), buffer.length);
    fs.closeSync(descriptor);
    assert.deepStrictEqual(target, host);
  });

  each('is written and read by promises and in vectors', async (buffer, host) => {
    const handle = await fs.promises.open(file(), 'w+');
    try {
      await handle.writev([buffer, buffer.subarray(0, 10)]);
      const parts = [Buffer.allocUnsafeSlow(buffer.length), Buffer.allocUnsafe(10)];
      await handle.readv(parts, 0);
      assert.deepStrictEqual(parts, [host, host.subarray(0, 10)]);
    } finally {
      await handle.close();
    }
  });

  each('passes through file streams', async (buffer, host) => {
    await stream.promises.pipeline([buffer], fs.createWriteStream(file()));
    const chunks = await fs.createReadStream(file()).toArray();
    assert.deepStrictEqual(Buffer.concat(chunks), host);
  });

  it('names files', () => {
    const name = Buffer.from(path.join(folder, 'named \u20ac'));
    fs.writeFileSync(name, 'x');
    assert.ok(fs.readdirSync(folder).includes('named \u20ac'));
  });
});

describe('the network', () => {
  each('is echoed by a TCP server', async (buffer, host) => {
    const server = net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = net.connect(server.address().port, '127.0.0.1');
    socket.end(buffer);
    const echoed = Buffer.concat(await socket.toArray());
    server.close();
    assert.deepStrictEqual(echoed, host);
  });

  each('is read into by a socket with onread', async (buffer, host) => {
    const server = net.createServer((socket) => socket.end(buffer)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const received = [];
    const onread = {
      buffer: Buffer.allocUnsafeSlow(65536),
      callback: (length, target) => received.push(Buffer.from(target.subarray(0, length))),
    };
    const socket = net.connect({ port: server.address().port, host: '127.0.0.1', onread });
    await once(socket, 'close');
    server.close();
    assert.deepStrictEqual(Buffer.concat(received), host);
  });

  each('is an HTTP body', async (buffer, host) => {
    const server = http.createServer((request, response) => request.pipe(response));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${server.address().port}`;
    const response = await fetch(url, { method: 'POST', body: buffer });
    const back = Host.from(await response.arrayBuffer());
    server.close();
    server.closeAllConnections();
    assert.deepStrictEqual(back, host);
  });

  it('is sent as a datagram', async () => {
    const socket = dgram.createSocket('udp4');
    await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const message = Buffer.from(text);
    socket.send([message, Buffer.alloc(5, 'x')], socket.address().port, '127.0.0.1');
    const [received] = await once(socket, 'message');
    socket.close();
    assert.strictEqual(received.toString(), `${text}xxxxx`);
  });

  it('is written to a child process', () => {
    const input = Buffer.alloc(200_000, text);
    const echo = 'process.stdin.pipe(process.stdout)';
    const { stdout } = childProcess.spawnSync(process.execPath, ['-e', echo], { input });
    assert.deepStrictEqual(stdout, copyOf(input));
  });
});

describe('zlib and crypto', () => {
  each('is compressed and back', async (buffer, host) => {
    for (const [pack, unpack] of [
      [zlib.gzipSync, zlib.gunzipSync],
      [zlib.deflateRawSync, zlib.inflateRawSync],
    ]) {
      assert.deepStrictEqual(unpack(Buffer.from(pack(buffer))), host);
    }
    const packed = await util.promisify(zlib.brotliCompress)(buffer, {
      params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 },
    });
    assert.deepStrictEqual(await util.promisify(zlib.brotliDecompress)(Buffer.from(packed)), host);
    const through = stream.compose(zlib.createGzip(), zlib.createGunzip());
    through.end(buffer);
    assert.deepStrictEqual(Buffer.concat(await through.toArray()), host);
  });

  each('is hashed, signed and compared', async (buffer, host) => {
    assert.strictEqual(digest(buffer), digest(host));
    const hmac = (key, bytes) => crypto.createHmac('sha1', key).update(bytes).digest('hex');
    assert.strictEqual(hmac(buffer, buffer), hmac(host, host));
    assert.ok(crypto.timingSafeEqual(buffer, host));
    const subtle = Host.from(await crypto.subtle.digest('SHA-256', buffer));
    assert.strictEqual(subtle.toString('hex'), digest(host));
  });

  each('is enciphered and deciphered', (buffer, host) => {
    const [key, iv] = [Buffer.alloc(32, 'key'), Buffer.alloc(16, 'iv')];
    const cipher = crypto.createCipheriv('aes-256-cbc', key, iv);
    const sealed = Buffer.concat([cipher.update(buffer), cipher.final()]);
    const decipher = crypto.createDecipheriv('aes-256-cbc', key, iv);
    assert.deepStrictEqual(Buffer.concat([decipher.update(sealed), decipher.final()]), host);
  });

  each('is filled at random', async (buffer, host) => {
    crypto.randomFillSync(buffer, 0, 40);
    assert.notDeepStrictEqual(buffer.subarray(0, 40), host.subarray(0, 40));
    assert.deepStrictEqual(buffer.subarray(40), host.subarray(40));
    await util.promisify(crypto.randomFill)(buffer, 0, 40);
    assert.deepStrictEqual(buffer.subarray(40), host.subarray(40));
  });
});

describe('streams', () => {
  each('passes through a pipeline', async (buffer, host) => {
    const transform = new stream.Transform({
      transform(chunk, encoding, done) {
        assert.ok(chunk instanceof Buffer);
        done(null, Buffer.from(chunk));
      },
    });
    const chunks = [];
    const sink = new stream.Writable({
      write(chunk, encoding, done) {
        chunks.push(chunk);
        done();
      },
    });
    await stream.promises.pipeline(stream.Readable.from([buffer, buffer]), transform, sink);
    assert.deepStrictEqual(Buffer.concat(chunks), Host.concat([host, host]));
  });

  each('passes through web streams', async (buffer, host) => {
    const web = new ReadableStream({
      start(controller) {
        controller.enqueue(buffer);
        controller.close();
      },
    }).pipeThrough(new CompressionStream('gzip'));
    const back = await new Response(web.pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
    assert.deepStrictEqual(Host.from(back), host);
  });

  it('is read back in pieces as it was pushed', () => {
    const readable = new stream.Readable({ read() {} });
    const pushed = [Buffer.from('abc'), Buffer.alloc(150_000, 'x'), Buffer.from('def')];
    for (const chunk of pushed) readable.push(chunk);
    assert.strictEqual(readable.read(2).toString(), 'ab');
    assert.strictEqual(readable.read(150_001).toString(), `c${'x'.repeat(150_000)}`);
    readable.unshift(Buffer.from('!'));
    assert.strictEqual(readable.read(4).toString(), '!def');
  });
});
