'use strict';

/*
 * For the step of .ci/run whose addon has nothing of V8's stores: that it loads, says why, refuses
 * what it has not, and works with Node-API's.
 */

const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const path = require('node:path');

const root = path.join(__dirname, '..');
const { acquire, release, stats } = require(root);

const { name, reason } = stats().backend;
assert.strictEqual(name, 'napi');
assert.match(reason, /^v8: .+ on this platform$/);
assert.strictEqual(release(acquire(10_000).fill(1)), true);
assert.deepStrictEqual(stats().stores.acquired, { count: 1, bytes: 10_000 });

const env = { ...process.env, BUFALLOC_BACKEND: 'v8' };
const args = ['-e', 'require(".")'];
const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' });
assert.strictEqual(status, 1);
assert.match(stderr, /ERR_BUFALLOC_BACKEND/);

console.log(`Node.js ${process.version}: ${name}; ${reason}`);
