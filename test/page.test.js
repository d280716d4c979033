'use strict';

/*
 * The page of bufalloc/inspect in a real browser: it shows what stats() says, its buttons do what they
 * say, and it can be used with the keyboard and at any width. What the server does: page-server.test.js.
 *
 * Run once, with a browser: test/run.js leaves it out where there is none.
 */

const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const zlib = require('node:zlib');
const { bytes, count } = require('../lib/insight/format');
const { launchChromium } = require('./support/browser');
const { askJson, askUntil, endAll, startLookedAt } = require('./support/looked-at');

/** A busy machine may take long for anything. */
const TIMEOUT_MS = 30_000;

describe('the page in a browser', () => {
  let browser;

  before(async () => {
    browser = await launchChromium();
  });

  after(async () => {
    await browser.close();
    endAll();
  });

  /** A counter of the heaps of both its allocators together, as bytes. */
  const ofBoth = ({ heap, images }, name) => bytes(heap[name] + images.heap[name]);

  /**
   * Starts a program and opens its page. What goes wrong in the page is in `faults`.
   *
   * @param {string[]} [args] of the program
   * @param {object} [options] of the browser's context
   * @param {object} [env]
   */
  async function open(args, options, env) {
    const program = await startLookedAt({ args, env });
    const context = await browser.newContext(options);
    context.setDefaultTimeout(TIMEOUT_MS);
    const page = await context.newPage();
    const faults = [];
    const requests = [];
    page.on('console', (message) => faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(program.url);
    await page.waitForSelector('#figure-rss');
    return {
      ...program,
      page,
      faults,
      requests,
      text: (selector) => page.textContent(selector),
      /** Waits until an element's text is as expected. */
      async becomes(selector, isExpected) {
        const last = { text: undefined };
        for (const end = performance.now() + TIMEOUT_MS; performance.now() < end;) {
          last.text = await page.textContent(selector);
          if (isExpected(last.text)) return last.text;
          await page.evaluate(() => new Promise(requestAnimationFrame));
        }
        throw new Error(`${selector} stayed '${last.text}'`);
      },
      async close() {
        await context.close();
        if (program.child.exitCode === null) await program.end();
      },
    };
  }

  describe('the page', () => {
    let look;

    before(async () => {
      look = await open(['1'], { viewport: { width: 1600, height: 1000 } });
    });

    after(() => look.close());

    it('shows the figures of stats()', async () => {
      const stats = await look.tell('stats');
      await look.becomes('#figure-live', (text) => text === ofBoth(stats, 'liveBytes'));
      assert.strictEqual(await look.text('#figure-cached'), ofBoth(stats, 'cachedBytes'));
      assert.strictEqual(await look.text('#figure-mapped'), ofBoth(stats, 'mappedBytes'));
      assert.strictEqual(await look.text('#figure-host'), bytes(stats.live.host.bytes));
      const fallen = Object.values(stats.fallbacks).reduce((sum, times) => sum + times, 0);
      assert.strictEqual(await look.text('#figure-fallbacks'), count(fallen));
      const { memory } = await askJson(`${look.url}state`);
      const shown = parseFloat(await look.text('#figure-rss'));
      assert.ok(Math.abs(shown - memory.rss / 1024 / 1024) < 30);
    });

    it('shows which program it is, and the limits in force', async () => {
      assert.ok((await look.text('#program')).includes(`pid ${look.child.pid}`));
      const { limits } = await look.tell('stats');
      assert.strictEqual(await look.text('#limit-maxBytes'), bytes(limits.maxBytes));
      assert.strictEqual(await look.text('#limit-maxCachedBytes'), bytes(limits.maxCachedBytes));
      assert.strictEqual(await look.text('#limit-poolSize'), bytes(limits.poolSize));
      assert.strictEqual(await look.text('#limit-zeroOnRelease'), 'false');
    });

    it('shows what each allocator and arena has out', async () => {
      const { live, images, arena } = await look.tell('stats');
      const rowOf = (name) => look.text(`#allocators tr:has(td:text-is("${name}"))`);
      assert.ok((await rowOf('default')).includes(`${bytes(live.acquired.bytes)} in 5`));
      assert.ok((await rowOf('images')).includes(`${bytes(images.live.acquired.bytes)} in 1`));
      assert.ok((await rowOf('requests')).includes(`${bytes(arena.usedBytes)} in 1`));
      assert.ok((await look.text('#limits')).includes('images: maxBytes64 MiB'));
    });

    it('draws a point of each curve for each answer', async () => {
      const points = (index) =>
        look.page.$eval(
          `#memory-curves path:nth-of-type(${index})`,
          (path) => path.getAttribute('d').split(/[ML]/).length - 1,
        );
      await look.page.waitForFunction(
        () =>
          document.querySelector('#memory-curves path').getAttribute('d')?.split('L').length > 3,
      );
      assert.ok((await points(1)) >= 3);
      assert.strictEqual(await look.page.locator('#memory-curves path').count(), 5);
      assert.strictEqual(await look.page.locator('#event-curves path').count(), 2);
    });

    it('says what a curve was when it is pointed at', async () => {
      await look.page.focus('#memory-curves svg');
      await look.page.keyboard.press('ArrowLeft');
      const cross = look.page.locator('#memory-curves .cross');
      assert.strictEqual(await cross.getAttribute('visibility'), 'visible');
      await look.page.locator('#memory-curves svg').blur();
      assert.strictEqual(await cross.getAttribute('visibility'), 'hidden');
    });

    it('draws every chunk of the heap', async () => {
      const { allocators } = await askJson(`${look.url}map`);
      const of = (name) => (name === 'default' ? '' : `${name}: `);
      const titles = allocators.flatMap(({ name, chunks }) =>
        chunks.map((chunk) => of(name) + bytes(chunk.bytes)),
      );
      assert.ok(titles.some((title) => title.startsWith('images: ')));
      await look.page.waitForFunction(
        (expected) => document.querySelectorAll('#map canvas').length === expected,
        titles.length,
      );
      const captions = await look.page.locator('#map figcaption').allTextContents();
      assert.deepStrictEqual(
        captions.map((caption) => caption.replace(' block', '')),
        titles,
      );
    });

    it('tells what a span is where it is hovered', async () => {
      const canvas = look.page.locator('#map figure', { hasText: '5 MiB' }).locator('canvas');
      await canvas.hover();
      await look.page.waitForSelector('#tip:not([hidden])');
      assert.match(await look.text('#tip'), /^one block of 5 MiB: in use\nat \+0 bytes of 0x/);
      await look.page.hover('h1');
      await look.page.waitForSelector('#tip', { state: 'hidden' });
    });

    it('tells it by the keyboard, span by span', async () => {
      const { allocators } = await askJson(`${look.url}map`);
      const spans = allocators.flatMap(({ chunks }) => chunks.flatMap((chunk) => chunk.spans));
      const seen = new Set();
      await look.page.focus('#map .map');
      for (let i = 0; i < spans.length; i++) {
        await look.page.keyboard.press('ArrowRight');
        seen.add(await look.text('#tip'));
      }
      assert.strictEqual(seen.size, spans.length);
      assert.ok([...seen].some((text) => /^\d+ blocks of .*in use/.test(text)));
      assert.ok([...seen].some((text) => text.startsWith('free: ')));
    });

    it('takes a census', async () => {
      await look.page.click('#take-census');
      await look.page.waitForSelector('#census table');
      const { totals } = await askJson(`${look.url}census`, { method: 'POST' });
      const pinned = Object.values(totals).reduce((sum, { pinnedBytes }) => sum + pinnedBytes, 0);
      assert.strictEqual(await look.text('#census-pinned'), bytes(pinned));
      assert.match(await look.text('#census table'), /5 MiB.*acquired/);
    });

    it('shows a worker’s figures when it is chosen', async () => {
      const { workers } = await askUntil(`${look.url}state`, (now) => now.workers.length === 1);
      const [{ thread }] = workers;
      await look.page.waitForSelector(`#environment option[value="${thread}"]`, {
        state: 'attached',
      });
      await look.page.selectOption('#environment', String(thread));
      const { allocators } = await askJson(`${look.url}state?thread=${thread}`);
      const row = '#allocators tr:has(td:text-is("default"))';
      const own = allocators.find(({ name }) => name === 'default');
      await look.becomes(row, (text) => text.includes(`${bytes(own.live.acquired.bytes)} in 5`));
      await look.page.selectOption('#environment', '0');
    });

    it('saves a heap snapshot', async () => {
      await look.page.click('.menu summary');
      const [download] = await Promise.all([
        look.page.waitForEvent('download'),
        look.page.click('#download-snapshot'),
      ]);
      assert.match(download.suggestedFilename(), /\.heapsnapshot$/);
      assert.strictEqual(
        JSON.parse(fs.readFileSync(await download.path())).snapshot.node_count > 0,
        true,
      );
    });

    it('asks nobody but the program, and makes no fault', () => {
      const elsewhere = look.requests.filter((url) => !url.startsWith(look.url));
      assert.deepStrictEqual(elsewhere, []);
      assert.deepStrictEqual(look.faults, []);
    });
  });

  describe('the page’s buttons', () => {
    it('collect what was dropped, and trim what is cached', async () => {
      const look = await open();
      const before = await look.tell('stats');
      await look.tell('drop');
      await look.page.click('#collect');
      await look.becomes('#notice', (text) => /full collection took .* came back/.test(text));
      const collected = await look.tell('stats');
      assert.ok(collected.heap.liveBytes < before.heap.liveBytes - 7e6);
      await look.becomes('#figure-live', (text) => text === ofBoth(collected, 'liveBytes'));
      await look.page.click('#trim');
      await look.becomes('#notice', (text) => /went back to the operating system/.test(text));
      const trimmed = await look.tell('stats');
      await look.becomes('#figure-mapped', (text) => text === ofBoth(trimmed, 'mappedBytes'));
      assert.ok(trimmed.heap.mappedBytes < before.heap.mappedBytes);
      assert.deepStrictEqual(look.faults, []);
      await look.close();
    });
  });

  describe('a profile', () => {
    let look;

    before(async () => {
      look = await open([], { viewport: { width: 1600, height: 1000 } });
    });

    after(() => look.close());

    it('is started with a button', async () => {
      await look.becomes('#profile-state', (text) => /once it has been started/.test(text));
      assert.strictEqual(await look.page.isVisible('#download-pprof'), false);
      await look.page.click('#profile');
      await look.becomes('#profile', (text) => text === 'Stop the profile');
    });

    it('shows who asked for what is in use, most first', async () => {
      for (let i = 0; i < 4; i++) await look.tell('hold');
      await look.becomes('#sites', (text) => text.includes('holdMemory'));
      const row = await look.text('#sites tbody tr');
      assert.match(row, /^(2\d|3\d|4\d)(\.\d)? MiB.*%holdMemoryfixtures\/looked-at\.js:\d+$/);
    });

    it('is a flame graph, of which a box is made as wide as all of it', async () => {
      const box = look.page.locator('.flame g', { hasText: 'holdMemory' }).first();
      await box.hover();
      assert.match(
        await look.text('#tip'),
        /^holdMemory\nfixtures\/looked-at\.js:\d+\n.*MiB, .*% of all$/,
      );
      await look.page.focus('.flame');
      await look.page.keyboard.press('Enter');
      const width = (selector) =>
        look.page.$eval(selector, (element) => element.getBoundingClientRect().width);
      assert.ok(Math.abs((await width('.flame .pointed rect')) - (await width('.flame'))) < 3);
      await look.page.keyboard.press('Escape');
      assert.strictEqual(
        await look.page.locator('.flame .pointed').getAttribute('class'),
        'root pointed',
      );
      await look.page.keyboard.press('ArrowDown');
      assert.notStrictEqual(
        await look.page.locator('.flame .pointed').getAttribute('class'),
        'root pointed',
      );
    });

    for (const [format, ending] of [
      ['pprof', '.pb.gz'],
      ['heapprofile', '.heapprofile'],
    ]) {
      it(`is saved: ${format}`, async () => {
        await look.page.evaluate(() => (document.querySelector('.menu').open = true));
        const [download] = await Promise.all([
          look.page.waitForEvent('download'),
          look.page.click(`#download-${format}`),
        ]);
        assert.ok(download.suggestedFilename().endsWith(ending));
        const content = fs.readFileSync(await download.path());
        const text = format === 'pprof' ? zlib.gunzipSync(content) : content;
        assert.ok(text.includes('holdMemory'));
      });
    }

    it('is stopped with the same button', async () => {
      await look.page.click('#profile');
      await look.becomes('#profile', (text) => text === 'Start a profile');
      assert.strictEqual(await look.page.isVisible('.flame'), false);
      assert.deepStrictEqual(look.faults, []);
    });
  });

  describe('where the memory is', () => {
    it('is what explain() says, with its advice', async () => {
      const look = await open();
      await look.page.waitForSelector('#part-live');
      const { parts, advice } = await askJson(`${look.url}explain`);
      assert.ok(advice.text.length > 0);
      assert.strictEqual(await look.text('#part-live'), bytes(parts.live));
      assert.strictEqual(await look.text('#part-metadata'), bytes(parts.metadata));
      await look.close();
    });
  });

  describe('leaks', () => {
    it('are not looked for without the debugging mode, which is said', async () => {
      const look = await open();
      assert.match(await look.text('#leaks'), /BUFALLOC_DEBUG=1/);
      await look.close();
    });

    it('are shown with the place that acquired what was dropped', async () => {
      const look = await open([], {}, { BUFALLOC_DEBUG: '1', BUFALLOC_DEBUG_SAMPLE: '1' });
      await look.tell('leak');
      await look.page.click('#collect');
      await look.becomes('#leak-count', (text) => text.startsWith('1 acquired'));
      assert.match(await look.text('#leaks table'), /looked-at\.js/);
      await look.close();
    });
  });

  describe('a program that does not answer', () => {
    it('is said to be blocked for as long as it is', async () => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-page-'));
      const file = path.join(folder, 'go on');
      const look = await open(['0', file]);
      const blocked = look.tell('block');
      await look.page.waitForSelector('#notice:not([hidden])');
      assert.match(
        await look.text('#notice'),
        /^The program has not answered for \d+ s: .* blocked/,
      );
      fs.writeFileSync(file, '');
      await blocked;
      await look.page.waitForSelector('#notice', { state: 'hidden' });
      await look.close();
      fs.rmSync(folder, { recursive: true });
    });

    it('is said to have ended', async () => {
      const look = await open();
      assert.strictEqual(await look.end(), 0);
      await look.becomes('#notice', (text) => text.startsWith('The program does not answer'));
      await look.close();
    });
  });

  describe('the page with a wrong token', () => {
    it('is not there', async () => {
      const look = await open();
      const wrong = look.url.replace(/.\/$/, (end) => (end === '0/' ? '1/' : '0/'));
      await assert.rejects(look.page.goto(wrong), /ERR_EMPTY_RESPONSE|ERR_CONNECTION/);
      await look.close();
    });
  });

  describe('the page’s looks', () => {
    const ground = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

    for (const width of [400, 1600]) {
      it(`fit ${width} pixels, light and dark`, async () => {
        const look = await open([], { viewport: { width, height: 900 }, colorScheme: 'light' });
        await look.page.waitForSelector('#map canvas');
        const overflow = await look.page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(overflow <= width, `${overflow}`);
        const light = await ground(look.page);
        await look.page.emulateMedia({ colorScheme: 'dark' });
        assert.notStrictEqual(await ground(look.page), light);
        await look.close();
      });
    }

    it('have the keyboard reach everything', async () => {
      const look = await open();
      await look.page.waitForSelector('#map canvas');
      const wanted = await look.page.$$eval('button, select, summary, svg[tabindex], .map', (all) =>
        all
          .filter((element) => element.checkVisibility())
          .map(
            (element) =>
              element.id || element.className.baseVal || element.className || element.tagName,
          ),
      );
      const reached = new Set();
      for (let i = 0; i < 3 * wanted.length; i++) {
        await look.page.keyboard.press('Tab');
        const name = await look.page.evaluate(() => {
          const { id, className, tagName } = document.activeElement;
          return id || className.baseVal || className || tagName;
        });
        reached.add(name);
      }
      assert.deepStrictEqual(
        wanted.filter((name) => !reached.has(name)),
        [],
      );
      await look.close();
    });
  });
});
