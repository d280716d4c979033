'use strict';

/*
 * The browser that the page is tried in: Chromium as the system has it, driven by playwright-core. The
 * variable CHROMIUM names another one.
 */

const fs = require('node:fs');
const path = require('node:path');

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Where it is; undefined if there is none. */
function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const files = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return files.find((file) => fs.existsSync(file));
}

/** Starts it. @returns {Promise<import('playwright-core').Browser>} */
function launchChromium() {
  const { chromium } = require('playwright-core');
  /* Its sandbox has no use for a page of ours, and does not work as root. */
  return chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
}

module.exports = { findChromium, launchChromium };
