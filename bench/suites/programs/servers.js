'use strict';

// Servers on a port of the system's choice.

const { once } = require('node:events');

/**
 * Starts one.
 * @param {import('node:net').Server} server
 * @returns {Promise<{port: number, close: () => void}>}
 */
async function listen(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.closeAllConnections?.();
    server.close();
  };
  return { port: server.address().port, close };
}

module.exports = { listen };
