'use strict';

/* redis-parser (what ioredis and node-redis parsed with): replies cut into odd pieces. */

const { createRandom, join } = require('../data');

const encoder = new TextEncoder();
const bulk = (bytes) => [encoder.encode(`$${bytes.length}\r\n`), bytes, encoder.encode('\r\n')];

function recordReplies(random, count) {
  const one = (i) => {
    if (i % 7 === 0) return [encoder.encode(`:${random.next()}\r\n`)];
    if (i % 5 === 0) return [encoder.encode('*3\r\n'), ...[1, 2, 3].flatMap(() => bulkOf(400))];
    if (i % 101 === 0) return bulkOf(250_000);
    return bulkOf(1500);
  };
  const bulkOf = (longest) => bulk(random.bytes(random.between(0, longest)));
  return join(Array.from({ length: count }, (_, i) => one(i)).flat());
}

async function replies({ load, digest, turn }) {
  const Parser = (await load('redis-parser')).default;
  const random = createRandom(9);
  const recorded = recordReplies(random, 8000);
  const take = (reply) => {
    if (Array.isArray(reply)) reply.forEach(take);
    else digest.update(typeof reply === 'number' ? `${reply}` : reply);
  };
  const parser = new Parser({
    returnBuffers: true,
    returnReply: take,
    returnError: (error) => digest.update(error.message),
  });
  let taken = 0;
  for (let round = 0; round < 15; round++) {
    for (const piece of random.pieces(recorded, round % 2 === 0 ? 70_000 : 1800)) {
      parser.execute(piece);
      if (taken++ % 16 === 0) await turn();
    }
  }
}

module.exports = { package: 'redis-parser', jobs: { '120,000 replies in odd pieces': replies } };
