'use strict';

/*
 * The pictures of the page in README.md and docs/memory-grows.md:
 *
 *   node tools/pictures.js
 *
 * It starts the leaky server of examples/, has it serve 600 requests, and takes the pictures with Chromium. They
 * are to be made anew when the page looks different.
 */

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { launchChromium } = require('../test/support/browser');
const { askJson, endAll, startLookedAt } = require('../test/support/looked-at');

const ROOT = path.join(__dirname, '..');
const SERVER = path.join(ROOT, 'examples', 'leaky-server', 'server.js');
const LOAD = path.join(ROOT, 'examples', 'leaky-server', 'load.js');

/** For how many seconds there is load: as long as the curves of the picture. */
const SECONDS = 50;
const REQUESTS = 600;

async function main() {
  const server = await startLookedAt({ program: SERVER, args: ['--port', '0'] });
  const address = await server.stdout(/http:\S+/);
  const browser = await launchChromium();
  const page = await browser.newPage({
    viewport: { width: 1280, height: 1290 },
    colorScheme: 'light',
  });
  const take = (name, target = page) =>
    target.screenshot({ path: path.join(ROOT, 'docs', `${name}.png`) });
  await page.goto(server.url);
  await page.click('#profile');
  const args = [LOAD, '--url', address, '--requests', REQUESTS, '--rate', REQUESTS / SECONDS];
  const load = spawn(process.execPath, args, { stdio: 'inherit' });
  await once(load, 'exit');
  await askJson(`${server.url}collect`, { method: 'POST' });
  await page.click('#take-census');
  await page.waitForSelector('#census table');
  await take('page-census', page.locator('.halves').first());
  await page.waitForSelector('#sites td');
  await take('page-sites', page.locator('section[aria-labelledby="sites-title"]'));
  await page.evaluate(() => scrollTo(0, 0));
  await take('page');
  await browser.close();
  endAll();
}

main();
