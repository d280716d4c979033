'use strict';

/* undici: requests with small and large bodies against a server of this process's. */

const { once } = require('node:events');
const http = require('node:http');
const { createRandom } = require('../data');

/** A server that answers POST with the same bytes and GET /N with N bytes. */
async function serve(body) {
  const server = http.createServer((request, response) => {
    if (request.method === 'POST') return request.pipe(response);
    return response.end(body.subarray(0, Number(request.url.slice(1))));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, origin: `http://127.0.0.1:${server.address().port}` };
}

async function withServer(tools, client) {
  const body = createRandom(15).bytes(2 ** 20);
  const { Agent, fetch, request } = (await tools.load('undici')).default;
  const { server, origin } = await serve(body);
  const dispatcher = new Agent({ connections: 8 });
  await client({ ...tools, body, origin, dispatcher, fetch, request });
  await dispatcher.close();
  await new Promise((resolve) => server.close(resolve));
}

/** Runs `count` tasks, eight at a time, and hashes their bytes in order. */
async function inParallel(count, digest, task) {
  for (let i = 0; i < count; i += 8) {
    const answers = await Promise.all(Array.from({ length: 8 }, (_, k) => task(i + k)));
    answers.forEach((bytes) => digest.update(bytes));
  }
}

const requests = (tools) =>
  withServer(tools, async ({ digest, body, origin, dispatcher, request }) => {
    const get = async (length) => {
      const answer = await request(`${origin}/${length}`, { dispatcher });
      return Buffer.from(await answer.body.arrayBuffer());
    };
    const post = async (length) => {
      const sent = body.subarray(0, length);
      const answer = await request(origin, { dispatcher, method: 'POST', body: sent });
      const chunks = [];
      for await (const chunk of answer.body) chunks.push(chunk);
      return Buffer.concat(chunks);
    };
    await inParallel(1200, digest, (i) => (i % 2 === 0 ? get(200 + i) : post(300 + i)));
    await inParallel(64, digest, (i) => (i % 2 === 0 ? get(2 ** 20 - i) : post(2 ** 20 - i)));
  });

const fetches = (tools) =>
  withServer(tools, async ({ digest, body, origin, dispatcher, fetch }) => {
    const take = async (length, sent) => {
      const options = sent ? { dispatcher, method: 'POST', body: sent } : { dispatcher };
      const answer = await fetch(sent ? origin : `${origin}/${length}`, options);
      return Buffer.from(await answer.arrayBuffer());
    };
    await inParallel(400, digest, (i) => take(500 + i, i % 4 === 0 && body.subarray(0, 500 + i)));
    await inParallel(48, digest, (i) => take(2 ** 20 - i, i % 4 === 0 && body.subarray(i)));
  });

module.exports = {
  package: 'undici',
  jobs: { '1,264 requests of 200 B to 1 MiB': requests, '448 fetches of 500 B to 1 MiB': fetches },
};
