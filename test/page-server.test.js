'use strict';

/*
 * The server of bufalloc/inspect: who may ask it, what it answers, that workers answer through it, and
 * that a program runs and ends as it would without. What the page makes of it: page.test.js.
 */

const assert = require('node:assert');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const zlib = require('node:zlib');
const { once } = require('node:events');
const { pathToFileURL } = require('node:url');
const {
  INSPECT,
  ask,
  askJson,
  askUntil,
  endAll,
  sendRaw,
  startLookedAt,
} = require('./support/looked-at');
const { admit, hostsOf } = require('../lib/insight/page/access');
const { runNode } = require('./support/child');
const { slabbed } = require('./support/subject');

const STATIC = path.join(__dirname, '..', 'lib', 'insight', 'page', 'static');
const KIB = 1024;

describe('a program that can be looked at', () => {
  let program;

  before(async () => {
    program = await startLookedAt({ args: ['2'] });
  });

  after(endAll);

  describe('bufalloc/inspect', () => {
    it('prints an address on loopback that is hard to guess', () => {
      assert.match(program.url, /^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/$/);
    });

    it('has it for the program, too, until it is closed', async () => {
      const other = await startLookedAt();
      assert.strictEqual(await other.tell('url'), other.url);
      await other.tell('close');
      await assert.rejects(ask(other.url), { code: 'ECONNREFUSED' });
      assert.strictEqual(await other.tell('url'), undefined);
      assert.strictEqual(await other.end(), 0);
    });

    it('works with --import', async () => {
      const other = await startLookedAt({ execArgv: ['--import', pathToFileURL(INSPECT).href] });
      assert.strictEqual((await askJson(`${other.url}state`)).process.pid, other.child.pid);
      assert.strictEqual(await other.end(), 0);
    });

    it('is none, with a warning, where the program may not use the network', async function () {
      if (!process.allowedNodeEnvironmentFlags.has('--allow-net')) this.skip();
      const args = ['--permission', '--allow-addons', '--allow-fs-read=*', '--require', INSPECT];
      const { code, stdout, stderr } = await runNode([...args, '-p', '"ended"']);
      assert.deepStrictEqual([code, stdout], [0, 'ended\n'], stderr);
      assert.match(stderr, /\[BUFALLOC_INSPECT\].* There is no page: .*--allow-net/);
    });

    it('does not keep the program alive, even while someone looks', async () => {
      const other = await startLookedAt();
      const { hostname, port } = new URL(other.url);
      const socket = net.connect(port, hostname);
      await once(socket, 'connect');
      await ask(`${other.url}state`);
      assert.strictEqual(await other.end(), 0);
      socket.destroy();
    });
  });

  describe('BUFALLOC_INSPECT', () => {
    /** A port that is taken, for as long as the server lives. */
    async function takePort() {
      const server = net.createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }

    it('says where the page is', async () => {
      const taken = await takePort();
      const { port } = taken.address();
      taken.close();
      await once(taken, 'close');
      const other = await startLookedAt({ env: { BUFALLOC_INSPECT: `localhost:${port}` } });
      assert.strictEqual(new URL(other.url).port, String(port));
      assert.strictEqual((await ask(other.url)).status, 200);
      await other.end();
    });

    it('may be an address in use: there is one warning, and another port', async () => {
      const taken = await takePort();
      const { port } = taken.address();
      const other = await startLookedAt({ env: { BUFALLOC_INSPECT: `127.0.0.1:${port}` } });
      assert.match(other.stderr(), /\[BUFALLOC_INSPECT\].* 127\.0\.0\.1:\d+ \(EADDRINUSE\)/);
      assert.strictEqual((await ask(other.url)).status, 200);
      taken.close();
      await other.end();
    });

    for (const wrong of [
      '0.0.0.0:4711',
      '192.168.0.1:4711',
      'example.com',
      '127.0.0.1:99999',
      '::',
    ]) {
      it(`is ignored with a warning where it is ${wrong}`, async () => {
        const other = await startLookedAt({ env: { BUFALLOC_INSPECT: wrong } });
        const warnings = other.stderr().match(/BUFALLOC_INSPECT must be a loopback address/g);
        assert.strictEqual(warnings.length, 1);
        assert.strictEqual(new URL(other.url).hostname, '127.0.0.1');
        await other.end();
      });
    }
  });

  describe('the port that browsers do not name', () => {
    it('is none in the address, nor in a Host', () => {
      const address = { address: '127.0.0.1', family: 'IPv4', port: 80 };
      assert.deepStrictEqual(hostsOf(address), ['127.0.0.1', 'localhost']);
      const request = (host) => ({ headers: { host }, method: 'GET', url: '/token/state' });
      assert.strictEqual(admit(request('127.0.0.1'), 'token', address).path, 'state');
      assert.strictEqual(admit(request('example.com'), 'token', address), undefined);
      assert.strictEqual(admit(request('127.0.0.1'), 'token', { ...address, port: 81 }), undefined);
    });
  });

  describe("the page's server", () => {
    const host = () => new URL(program.url).host;
    const token = () => new URL(program.url).pathname;
    const get = (target, ...headers) =>
      [`GET ${target} HTTP/1.1`, ...headers, 'Connection: close', '', ''].join('\r\n');

    it('answers who has the token', async () => {
      const answer = await sendRaw(program.url, get(token(), `Host: ${host()}`));
      assert.match(answer, /^HTTP\/1\.1 200 /);
    });

    it('answers its own page, and by the name of localhost', async () => {
      const { port } = new URL(program.url);
      for (const headers of [
        [`Host: ${host()}`, `Origin: http://${host()}`, 'Sec-Fetch-Site: same-origin'],
        [`Host: localhost:${port}`, 'Sec-Fetch-Site: none'],
      ]) {
        assert.match(await sendRaw(program.url, get(token(), ...headers)), /^HTTP\/1\.1 200 /);
      }
    });

    const refused = {
      'no token': () => get('/', `Host: ${host()}`),
      'another token': () => get(`/${'0'.repeat(32)}/`, `Host: ${host()}`),
      'part of the token': () => get(token().slice(0, -3), `Host: ${host()}`),
      'more than the token': () => get(`${token().slice(0, -1)}0/state`, `Host: ${host()}`),
      'a whole address': () => get(`http://example.com${token()}`, `Host: ${host()}`),
      'another Host': () => get(token(), 'Host: example.com'),
      'a Host with another port': () => get(token(), 'Host: 127.0.0.1:1'),
      'another Origin': () => get(token(), `Host: ${host()}`, 'Origin: http://example.com'),
      'the Origin null': () => get(token(), `Host: ${host()}`, 'Origin: null'),
      'a fetch from another site': () =>
        get(token(), `Host: ${host()}`, 'Sec-Fetch-Site: cross-site'),
      'the method PUT': () => get(token(), `Host: ${host()}`).replace('GET', 'PUT'),
      'the method OPTIONS': () => get(token(), `Host: ${host()}`).replace('GET', 'OPTIONS'),
      'an upgrade': () =>
        get(token(), `Host: example.com`, 'Upgrade: websocket').replace('close', 'Upgrade'),
      'no Host': () => get(token()),
      'an expectation': () => get(token(), 'Host: example.com', 'Expect: something'),
      'the wish to be asked for more': () =>
        get(token(), 'Host: example.com', 'Expect: 100-continue').replace('GET', 'POST'),
      'what is no HTTP': () => 'nonsense\r\n\r\n',
    };
    for (const [what, text] of Object.entries(refused)) {
      it(`closes the connection without a word: ${what}`, async () => {
        assert.strictEqual(await sendRaw(program.url, text()), '');
      });
    }

    it('has nothing else', async () => {
      for (const name of ['nothing', 'collect', 'download', 'download/x']) {
        const { status, body } = await ask(program.url + name);
        assert.deepStrictEqual([name, status, body.length], [name, 404, 0]);
      }
      const above = get(`${token()}%2e%2e/environment.js`, `Host: ${host()}`);
      assert.match(await sendRaw(program.url, above), /^HTTP\/1\.1 404 /);
      for (const thread of ['-1', 'x', '0.5']) {
        assert.strictEqual((await ask(`${program.url}state?thread=${thread}`)).status, 404);
      }
    });

    it('lets its pages ask for nothing elsewhere, and keeps the token to itself', async () => {
      const { headers } = await ask(program.url);
      assert.match(headers['content-security-policy'], /^default-src 'none';/);
      assert.doesNotMatch(headers['content-security-policy'], /http|\*|unsafe/);
      assert.strictEqual(headers['referrer-policy'], 'no-referrer');
      assert.strictEqual(headers['cache-control'], 'no-store');
    });

    it('serves each file of the page as what it is', async () => {
      const types = {
        html: 'text/html',
        css: 'text/css',
        js: 'text/javascript',
        svg: 'image/svg+xml',
      };
      for (const file of fs.readdirSync(STATIC)) {
        const { status, headers, body } = await ask(program.url + file);
        assert.strictEqual(status, 200);
        assert.ok(headers['content-type'].startsWith(types[file.split('.')[1]]), file);
        assert.deepStrictEqual(body, fs.readFileSync(path.join(STATIC, file)));
      }
    });

    it('leads from the address without its last slash to the one with it', async () => {
      const { status, headers } = await ask(program.url.slice(0, -1));
      assert.deepStrictEqual([status, headers.location], [308, token()]);
    });

    it('takes a double slash for one', async () => {
      assert.strictEqual((await ask(`${program.url}/state`)).status, 200);
    });
  });

  describe('what the page asks for', () => {
    /** Whether a worker has been heard of. */
    const answers = ({ silentMs }) => silentMs !== undefined;
    const post = (action) => askJson(program.url + action, { method: 'POST' });

    it('are the figures that stats() has', async () => {
      const { allocators, stats, memory, process: of } = await askJson(`${program.url}state`);
      const own = await program.tell('stats');
      const [, images, arena] = allocators;
      assert.deepStrictEqual([images.name, images.live], ['images', own.images.live]);
      assert.deepStrictEqual(arena, { kind: 'arena', ...own.arena });
      assert.deepStrictEqual([of.pid, of.title], [program.child.pid, 'looked-at.js']);
      assert.ok(memory.rss > 0);
      assert.deepStrictEqual(stats.limits, JSON.parse(JSON.stringify(own.limits)));
      assert.deepStrictEqual(stats.backend, own.backend);
      assert.deepStrictEqual(stats.heap.allocatedBlocks, own.heap.allocatedBlocks);
    });

    slabbed(() => {
      it('are the chunks, which add up to the figures', async () => {
        const { allocators } = await askJson(`${program.url}map`);
        const { stats } = await askJson(`${program.url}state`);
        assert.deepStrictEqual(
          allocators.map(({ name }) => name),
          ['default', 'images'],
        );
        const { chunks } = allocators[0];
        const mapped = chunks.reduce((sum, { bytes }) => sum + bytes, 0);
        assert.strictEqual(mapped, stats.heap.mappedBytes);
        for (const { bytes, spans } of chunks) {
          const ends = spans.map(([offset, length]) => offset + length);
          assert.deepStrictEqual(
            spans.map(([offset]) => offset),
            [0, ...ends.slice(0, -1)],
          );
          assert.strictEqual(ends.at(-1), bytes);
        }
      });
    });

    it('is a collection, which has what was dropped back, and a trim, which gives it away', async () => {
      const other = await startLookedAt();
      await other.tell('drop');
      const { bytes, milliseconds } = await askJson(`${other.url}collect`, { method: 'POST' });
      assert.ok(milliseconds > 0);
      /* Node-API's stores are back when the loop has turned; the runtime's are not counted. */
      const { stats } = await askUntil(
        `${other.url}state`,
        (now) => now.stats.heap.liveBytes < 4e6,
      );
      if (stats.backend.name === 'v8') assert.ok(bytes > 7000 * KIB);
      const trimmed = await askJson(`${other.url}trim`, { method: 'POST' });
      const after = await other.tell('stats');
      assert.ok(trimmed.bytes >= 0);
      assert.strictEqual(after.heap.cachedBytes < 1024 * KIB, true);
      await other.end();
    });

    it('is a profile, once it was started and until it is stopped', async () => {
      const other = await startLookedAt();
      assert.deepStrictEqual(await askJson(`${other.url}sites`), {});
      assert.strictEqual((await ask(`${other.url}download/pprof`)).status, 500);
      await ask(`${other.url}startProfile`, { method: 'POST' });
      await other.tell('hold');
      const { profile } = await askJson(`${other.url}sites`);
      assert.ok(JSON.stringify(profile).includes('"holdMemory"'));
      const { body } = await ask(`${other.url}download/pprof`);
      assert.ok(zlib.gunzipSync(body).includes('holdMemory'));
      await ask(`${other.url}stopProfile`, { method: 'POST' });
      assert.deepStrictEqual(await askJson(`${other.url}sites`), {});
      await other.end();
    });

    it('is what bufalloc doctor asks for', async () => {
      const bin = path.join(__dirname, '..', 'bin', 'bufalloc.js');
      const { code, stdout } = await runNode([bin, 'doctor', program.url]);
      assert.strictEqual(code, 0);
      assert.match(stdout, /JavaScript|live/i);
    });

    it('is done for a worker as well', async () => {
      const { workers } = await askUntil(
        `${program.url}state`,
        (now) => now.workers.filter(answers).length === 2,
      );
      const [{ thread }] = workers;
      const { environment } = await askJson(`${program.url}state?thread=${thread}`);
      assert.deepStrictEqual(environment, { thread, isMainThread: false });
      const { allocators } = await askJson(`${program.url}map?thread=${thread}`);
      assert.ok(Array.isArray(allocators[0].chunks));
      assert.ok((await post(`trim?thread=${thread}`)).bytes >= 0);
    });

    it('is a heap snapshot of any thread, of which no file stays', async () => {
      const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-page-'));
      const other = await startLookedAt({ args: ['1'], env: { TMPDIR: scratch } });
      const { workers } = await askUntil(`${other.url}state`, (now) => now.workers.some(answers));
      for (const { thread } of [{ thread: 0 }, ...workers]) {
        const { headers, body } = await ask(`${other.url}download/snapshot?thread=${thread}`);
        assert.match(
          headers['content-disposition'],
          /^attachment; filename="[-\d]+\.heapsnapshot"$/,
        );
        assert.ok(JSON.parse(body).snapshot.node_count > 0);
      }
      while (fs.readdirSync(scratch).length > 0) await ask(`${other.url}state`);
      await other.end();
      fs.rmdirSync(scratch);
    });

    it('leaves no snapshot behind and lets the program end, where nobody waits for it or reads it', async () => {
      const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-page-'));
      const isEmpty = () => fs.readdirSync(scratch).length === 0;
      const other = await startLookedAt({ args: ['1'], env: { TMPDIR: scratch } });
      const { workers } = await askUntil(`${other.url}state`, (now) => now.workers.some(answers));

      const given = http.get(`${other.url}download/snapshot?thread=${workers[0].thread}`);
      given.on('error', () => {});
      while (isEmpty()) await ask(`${other.url}state`);
      given.destroy();
      while (!isEmpty()) await ask(`${other.url}state`);

      const left = http.get(`${other.url}download/snapshot`);
      const [response] = await once(left, 'response');
      assert.ok(isEmpty());
      response.on('error', () => {});
      await other.end();
      left.destroy();
      fs.rmdirSync(scratch);
    });

    it('may fail, which is said, and nothing else happens', async () => {
      const env = { TMPDIR: path.join(__dirname, 'no', 'such', 'folder') };
      const other = await startLookedAt({ env });
      const { status, body } = await ask(`${other.url}download/snapshot`);
      assert.strictEqual(status, 500);
      assert.match(JSON.parse(body).error, /^ENOENT/);
      assert.strictEqual((await ask(`${other.url}state`)).status, 200);
      assert.strictEqual(await other.end(), 0);
    });
  });
});
