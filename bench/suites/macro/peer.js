'use strict';

// Starts a client process and talks to it: it says `ready`, gets an order, says `done`.

const { fork } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');

/**
 * @param {string} script file in this directory
 * @returns {Promise<{order: (message: object) => Promise<object>, hello: object, close: () => void}>} `hello` is its first message
 */
async function startPeer(script) {
  const peer = fork(path.join(__dirname, script), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const failed = once(peer, 'exit').then(([code]) => {
    throw new Error(`${script} ended with ${code}`);
  });
  failed.catch(() => {});
  const message = async () => (await Promise.race([once(peer, 'message'), failed]))[0];
  const hello = await message();
  return {
    hello,
    order(what) {
      const answer = message();
      peer.send(what);
      return answer;
    },
    close: () => peer.kill(),
  };
}

module.exports = { startPeer };
