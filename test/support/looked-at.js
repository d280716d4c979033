'use strict';

/* Programs that bufalloc/inspect serves a page of: starting one, and asking its server. */

const { fork } = require('node:child_process');
const { once } = require('node:events');
const http = require('node:http');
const net = require('node:net');
const path = require('node:path');

const root = path.join(__dirname, '..', '..');
const INSPECT = path.join(root, 'lib', 'inspect.js');
const PROGRAM = path.join(root, 'test', 'fixtures', 'looked-at.js');

/** Those that have not ended. */
const running = new Set();

/** Ends those that a failed test has left. */
function endAll() {
  for (const child of running) child.kill('SIGKILL');
}

/**
 * Starts a program.
 *
 * @param {{ args?: string[], env?: object, execArgv?: string[], program?: string }} [options]
 * @returns {Promise<object>} its `child`; `url`, once it has said it; `stderr()`, so far;
 *   `stdout(pattern)`, once it has said something of the kind; `tell(action)`;
 *   `end()`, its exit code
 */
async function startLookedAt({
  args = [],
  env = {},
  execArgv = ['--require', INSPECT],
  program = PROGRAM,
} = {}) {
  const child = fork(program, args, {
    env: { ...process.env, ...env },
    execArgv,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const ended = once(child, 'exit');
  running.add(child);
  child.on('exit', () => running.delete(child));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  const find = () => /can be looked at: (http\S+)\n/.exec(stderr)?.[1];
  while (find() === undefined) {
    await Promise.race([
      once(child.stderr, 'data'),
      ended.then(() => Promise.reject(new Error(`it ended:\n${stderr}`))),
    ]);
  }
  return {
    child,
    url: find(),
    stderr: () => stderr,
    async stdout(pattern) {
      while (!pattern.test(stdout)) await once(child.stdout, 'data');
      return pattern.exec(stdout)[0];
    },
    async tell(action) {
      child.send(action);
      const [{ result }] = await once(child, 'message');
      return result;
    },
    async end() {
      if (child.connected) child.disconnect();
      const [code] = await ended;
      return code;
    },
  };
}

/**
 * Asks a server; what is refused rejects.
 *
 * @param {string} url
 * @param {{ method?: string, headers?: object }} [options]
 * @returns {Promise<{ status: number, headers: object, body: Buffer }>}
 */
function ask(url, options = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { agent: false, ...options }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode: status, headers } = response;
        resolve({ status, headers, body: Buffer.concat(parts) });
      });
    });
    request.on('error', reject);
    request.end();
  });
}

const askJson = async (url, options) => {
  const { body } = await ask(url, options);
  return JSON.parse(body);
};

/** Sends text as it is; returns all that comes back before the connection ends. */
async function sendRaw(url, text) {
  const { hostname, port } = new URL(url);
  const socket = net.connect(port, hostname);
  socket.on('error', () => {});
  let received = '';
  socket.setEncoding('utf8').on('data', (part) => (received += part));
  socket.write(text);
  await new Promise((resolve) => socket.on('close', resolve));
  return received;
}

/** Asks until `isTrue` holds of the answer. */
async function askUntil(url, isTrue) {
  for (;;) {
    const answer = await askJson(url);
    if (isTrue(answer)) return answer;
  }
}

module.exports = { INSPECT, ask, askJson, askUntil, endAll, sendRaw, startLookedAt };
