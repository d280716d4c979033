'use strict';

/*
 * A child program: one isolated statement with one of the Buffers.
 *
 * Its tools: `collect()`, after which everything that was dropped has come back. A collection hands
 * dead ArrayBuffers to a sweeper on another thread, which posts their finalizers to the event loop;
 * the next collection begins by waiting for that sweeper. So it takes more than one of them, and
 * turns of the loop after each.
 */

const { setImmediate: turn } = require('node:timers/promises');
const { serve } = require('./child');
const { outcomeOf } = require('./outcome');
const { loadSide } = require('./sides');
const { groups } = require('./statements');

const COLLECTIONS = 3;
const TURNS = 2;

async function collect() {
  for (let i = 0; i < COLLECTIONS; i++) {
    globalThis.gc();
    for (let turns = 0; turns < TURNS; turns++) await turn();
  }
}

serve(({ side, says }) => {
  const statements = groups.flatMap((group) => group.statements);
  const statement = statements.find((one) => one.isolated && one.says === says);
  return outcomeOf(() => statement.run(loadSide(side), { collect }), statement.show);
});
