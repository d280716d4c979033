'use strict';

/* mocha's spec reporter, which also tells test/run.js the counts, over the channel it opened. */

const { reporters, Runner } = require('mocha');

class CountingSpec extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = runner.stats;
      if (process.send) process.send({ passes, failures, pending });
    });
  }
}

module.exports = CountingSpec;
