'use strict';

/*
 * warm: released stores that wait for the next request of their size, the one
 * released last first. Bounded in bytes, and by idle time: what lay untouched
 * through a whole round of maintenance goes back to the heap.
 */

const {
  Map,
  createList,
  isolate,
  mapDelete,
  mapForEach,
  mapGet,
  mapSet,
  sliceList,
} = require('./host');
const { freeStore } = require('./recycle');

/** Free places at the front of a stack that are not worth a copy. */
const SLACK = 32;

/** The stores of one size: a stack of which the oldest may be dropped. */
class WarmStack {
  constructor(byteLength) {
    this.byteLength = byteLength;
    this.stores = createList();
    this.bottom = 0;
    this.top = 0;
    /** The fewest there were in this round of maintenance. */
    this.low = 0;
  }

  get count() {
    return this.top - this.bottom;
  }

  push(store) {
    this.stores[this.top++] = store;
  }

  pop() {
    const store = this.stores[--this.top];
    this.stores[this.top] = undefined;
    if (this.count < this.low) this.low = this.count;
    if (this.top === this.bottom) this.top = this.bottom = 0;
    return store;
  }

  takeOldest() {
    const store = this.stores[this.bottom];
    this.stores[this.bottom++] = undefined;
    if (this.count < this.low) this.low = this.count;
    if (this.bottom > this.count + SLACK) this.pack();
    return store;
  }

  /** Moves what is left to the front. */
  pack() {
    this.stores = sliceList(this.stores, this.bottom, this.top);
    this.top -= this.bottom;
    this.bottom = 0;
  }
}
isolate(WarmStack);

class WarmList {
  /** @param {number} maxBytes most bytes kept */
  constructor(maxBytes) {
    this.maxBytes = maxBytes;
    this.bytes = 0;
    this.count = 0;
    this.stacks = new Map();
  }

  /** A store of just `byteLength` bytes, or undefined. */
  pop(byteLength) {
    if (this.count === 0) return undefined;
    const stack = mapGet(this.stacks, byteLength);
    if (stack === undefined || stack.count === 0) return undefined;
    this.count--;
    this.bytes -= byteLength;
    return stack.pop();
  }

  /** Adds a store; `hasRoom` was asked. */
  push(store, byteLength) {
    let stack = mapGet(this.stacks, byteLength);
    if (stack === undefined) {
      stack = new WarmStack(byteLength);
      mapSet(this.stacks, byteLength, stack);
    }
    stack.push(store);
    this.count++;
    this.bytes += byteLength;
  }

  /** Whether a store of that size may be added; makes room for it. */
  hasRoom(byteLength) {
    if (byteLength > this.maxBytes) return false;
    if (this.bytes + byteLength > this.maxBytes) this.shrink(this.maxBytes - byteLength);
    return true;
  }

  /** Gives stores back until at most `bytes` are kept. */
  shrink(bytes) {
    mapForEach(this.stacks, (stack) => {
      while (this.bytes > bytes && stack.count > 0) this.drop(stack);
    });
  }

  /** Gives the oldest store of a stack back to the heap. */
  drop(stack) {
    freeStore(stack.takeOldest());
    this.count--;
    this.bytes -= stack.byteLength;
  }

  /** Gives back what was not used since this was last called; returns how many. */
  dropIdle() {
    let dropped = 0;
    mapForEach(this.stacks, (stack, byteLength) => {
      for (let idle = stack.low; idle > 0; idle--, dropped++) this.drop(stack);
      stack.low = stack.count;
      if (stack.count === 0) mapDelete(this.stacks, byteLength);
    });
    return dropped;
  }

  /** Gives everything back. */
  clear() {
    this.shrink(0);
  }
}
isolate(WarmList);

module.exports = { WarmList };
