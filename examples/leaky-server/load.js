'use strict';

/*
 * Requests for the leaky server: messages of 64 KiB, previews, and previews that the client has already.
 * It goes on until it is interrupted, or has sent as many as --requests says, and tells how it goes.
 */

const http = require('node:http');
const { once } = require('node:events');
const { setTimeout: wait } = require('node:timers/promises');
const { parseArgs } = require('node:util');

const usage = `Usage: node examples/leaky-server/load.js [options]

  --url <address>     of the server (http://127.0.0.1:8125/)
  --requests <count>  so many, and no more (0: until it is interrupted)
  --rate <count>      so many a second (30)
  --help              this text
`;

const MESSAGE = Buffer.from('sender-001'.padEnd(64 * 1024, '.'));

/** In turn. */
const KINDS = [
  { method: 'POST', body: MESSAGE },
  { method: 'GET', headers: {} },
  { method: 'GET', headers: { 'If-None-Match': '"1"' } },
];

const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });

async function send(url, { method, headers, body }) {
  const request = http.request(url, { method, headers, agent });
  request.end(body);
  const [response] = await once(request, 'response');
  response.resume();
  await once(response, 'end');
}

function parse() {
  try {
    const { values } = parseArgs({
      options: {
        url: { type: 'string', default: 'http://127.0.0.1:8125/' },
        requests: { type: 'string', default: '0' },
        rate: { type: 'string', default: '30' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    return values;
  } catch (error) {
    console.error(`${error.message.split('. ')[0]}. Try --help.`);
    return process.exit(2);
  }
}

async function main() {
  const values = parse();
  if (values.help) return console.log(usage.trimEnd());
  const most = Number(values.requests) || Infinity;
  const pauseMs = 1000 / Number(values.rate);
  let sent = 0;
  while (sent < most) {
    const due = wait(pauseMs);
    await send(values.url, KINDS[sent % KINDS.length]);
    sent++;
    if (sent % 300 === 0) console.log(`${sent} requests`);
    await due;
  }
  agent.destroy();
  return console.log(`${sent} requests`);
}

main().catch((error) => {
  console.error(`${error.message}: is the server up?`);
  process.exitCode = 1;
});
