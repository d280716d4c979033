'use strict';

/* node:diagnostics_channel: fallbacks, leaks and collections are published, and only to those who subscribed. */

const assert = require('node:assert');
const { channel, subscribe, unsubscribe } = require('node:diagnostics_channel');
const { Pacer } = require('../lib/reclaim/pacer');
const { collectUntil } = require('./support/collect');
const { native, ours } = require('./support/subject');

/** What is published while `work` is done. */
async function messagesOf(name, work) {
  const messages = [];
  const onMessage = (message) => messages.push(message);
  subscribe(name, onMessage);
  try {
    await work(messages);
  } finally {
    unsubscribe(name, onMessage);
  }
  return messages;
}

/** A pacer whose collections do nothing, and which is about to run one. */
function createBusyPacer() {
  const collector = { minor() {}, full() {} };
  let time = 0;
  const clock = () => (time += 3);
  const pacer = new Pacer(
    () => collector,
    {
      nextInterval: () => 0,
      youngBytes: () => 1e9,
      returnedBytes: () => 0,
      fullCollections: () => 0,
    },
    clock,
  );
  pacer.account(1e9);
  return pacer;
}

describe('the channel bufalloc:collect', () => {
  it('has the collections of the pacer', async () => {
    const pacer = createBusyPacer();
    const messages = await messagesOf('bufalloc:collect', () => pacer.account(1));
    assert.deepStrictEqual(messages, [{ milliseconds: 3, full: false }]);
  });

  it('may be heard by who allocates', async () => {
    const pacer = createBusyPacer();
    const kept = [];
    const onMessage = () => kept.push(ours.Buffer.alloc(100_000), pacer.account(1e6));
    subscribe('bufalloc:collect', onMessage);
    pacer.account(1);
    unsubscribe('bufalloc:collect', onMessage);
    assert.strictEqual(kept.length, 2);
    assert.strictEqual(pacer.collections, 1);
  });
});

native(() => {
  describe('the channel bufalloc:fallback', () => {
    const name = 'small';
    const fallBack = () => {
      const { acquire, close } = ours.createAllocator({ name, maxBytes: 0 });
      assert.strictEqual(acquire(1000).length, 1000);
      close();
    };

    it('has each request that the runtime serves instead, and why', async () => {
      const messages = await messagesOf('bufalloc:fallback', fallBack);
      assert.deepStrictEqual(messages, [{ allocator: name, reason: 'budget', size: 1000 }]);
    });

    it('has nothing of what is allocated while it is heard', async () => {
      const allocator = ours.createAllocator({ name, maxBytes: 0 });
      let most = 5;
      const messages = await messagesOf('bufalloc:fallback', () => {
        const onMessage = () => most-- > 0 && allocator.acquire(2000);
        subscribe('bufalloc:fallback', onMessage);
        for (let i = 0; i < 2; i++) allocator.acquire(1000);
        unsubscribe('bufalloc:fallback', onMessage);
      });
      assert.deepStrictEqual(
        messages.map(({ size }) => size),
        [1000, 1000],
      );
      assert.strictEqual(allocator.stats().fallbacks.budget, 4);
      allocator.close();
    });

    it('makes no message for nobody', () => {
      const { publish } = channel('bufalloc:fallback');
      channel('bufalloc:fallback').publish = () => assert.fail('it was published');
      fallBack();
      channel('bufalloc:fallback').publish = publish;
    });
  });
});

describe('the channel bufalloc:leak', () => {
  it('has each leak that the debugging mode finds, every time', async () => {
    const { acquire, close } = ours.createAllocator({ name: 'leaky', debug: true });
    const silent = process.emitWarning;
    process.emitWarning = () => {};
    try {
      /* One in so many is watched, the first among them. */
      acquire(12_345);
      const messages = await messagesOf('bufalloc:leak', (found) =>
        collectUntil(() => found.length > 0, 'a leak'),
      );
      const [{ allocator, size, place }] = messages;
      assert.deepStrictEqual([allocator, size, messages.length], ['leaky', 12_345, 1]);
      assert.match(place, /channels\.test\.js:\d+:\d+/);
    } finally {
      process.emitWarning = silent;
      close();
    }
  });
});
