'use strict';

/*
 * A child program: one isolated statement with one of the Buffers.
 *
 * Its tools: `collect()`, after which everything that was dropped has come back.
 */

const { collect } = require('../../bench/core/collect');
const { serve } = require('../../bench/core/serve');
const { loadSide } = require('../../bench/core/sides');
const { outcomeOf } = require('./outcome');
const { groups } = require('./statements');

serve(({ side, says }) => {
  const statements = groups.flatMap((group) => group.statements);
  const statement = statements.find((one) => one.isolated && one.says === says);
  return outcomeOf(() => statement.run(loadSide(side).module, { collect }), statement.show);
});
