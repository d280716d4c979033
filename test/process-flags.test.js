'use strict';

/* V8's flags are the process's: several threads get hold of a collector, and no program notices. */

const assert = require('node:assert');
const { native, slabbed } = require('./support/subject');
const { WORKERS_LIMIT_MS, runFixture } = require('./support/child');

const run = (task) => runFixture('process-flags', [task], { limitMs: WORKERS_LIMIT_MS });

describe('V8 flags of a process', function () {
  this.timeout(150_000);

  native(() => {
    it('let every one of many workers that start together have a collector', async () => {
      const states = await run('states');
      assert.deepStrictEqual(
        states.filter((state) => state === 'unavailable'),
        [],
      );
    });
  });

  /* The flag is set while one context is made, once for each thread; a context that another thread
   * makes in that very moment sees it. */
  it('show gc to hardly any context that the program makes meanwhile', async () => {
    const { exposed, count } = await run('contexts');
    assert.ok(count > 20, `${count} contexts were made`);
    assert.ok(exposed <= count / 8, `${exposed} of ${count} contexts`);
  });

  it('are left as they were', async () => {
    assert.deepStrictEqual(await run('not set'), { context: 'undefined', global: 'undefined' });
  });

  slabbed(() => {
    for (const option of ['--freeze-flags-after-init', '--freeze_flags-after_init']) {
      it(`are not set where V8 would end the process for that: ${option}`, async () => {
        for (const task of ['state', 'state with no options']) {
          const state = await runFixture('process-flags', [task], { nodeArgs: [option] });
          assert.strictEqual(state, 'unavailable', task);
        }
      });
    }
  });

  for (const when of ['set before loading', 'set after loading', 'set while workers start']) {
    it(`keep an --expose-gc of the program's own, ${when}`, async () => {
      assert.strictEqual(await run(when), 'function');
    });
  }
});
