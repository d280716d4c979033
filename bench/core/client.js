'use strict';

// Starts a client: a second process, always with the built-in Buffer and without flags, that puts load on what a process measures.
// It says something once it is ready, then answers each order with one message.

const { fork } = require('node:child_process');
const { once } = require('node:events');

/**
 * @param {string} script
 * @returns {Promise<{order: (message: object) => Promise<any>, hello: any, close: () => void}>} `hello` is its first message
 */
async function startClient(script) {
  const client = fork(script, { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const failed = once(client, 'exit').then(([code]) => {
    throw new Error(`${script} ended with ${code}`);
  });
  failed.catch(() => {});
  const message = async () => (await Promise.race([once(client, 'message'), failed]))[0];
  const hello = await message();
  return {
    hello,
    order(what) {
      const answer = message();
      client.send(what);
      return answer;
    },
    close: () => client.kill(),
  };
}

module.exports = { startClient };
