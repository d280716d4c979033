'use strict';

/*
 * slab: the cursor that cuts small buffers out of one larger store.
 *
 * The hot path of the package is `allocate`: a comparison, a view and an
 * addition. The rules are those of the built-in's pool: offsets are multiples
 * of eight, a slab is left when its rest is too small, and `poolSize` takes
 * effect with the next one.
 */

const { FastBuffer, MAX_LENGTH, ceilTo } = require('../runtime/builtin');
const { isolate } = require('../runtime/lists');
const { NumberIsSafeInteger } = require('../runtime/primordials');

/** Offsets up to here are rounded as 32-bit integers. */
const SMALL = 2 ** 31 - 8;

const EMPTY = new FastBuffer(0);

class Slab {
  /**
   * @param {{ poolSize: number }} owner whose poolSize is read, as programs
   *   may assign to it at any time
   * @param {(size: number) => ArrayBuffer} takeStore
   */
  constructor(owner, takeStore) {
    this.owner = owner;
    this.takeStore = takeStore;
    /**
     * The whole slab, for encoders that write at an offset. Its length is the
     * slab's size; it is 0, and the slab thus full, if a program moved the
     * store away with transfer().
     */
    this.bytes = EMPTY;
    this.store = EMPTY.buffer;
    this.offset = 0;
    this.closed = false;
  }

  /** Sizes below this are pooled. */
  get limit() {
    return this.owner.poolSize >>> 1;
  }

  /**
   * Cuts `size` bytes, 0 < size < limit.
   *
   * @returns {Buffer} whose contents are arbitrary
   */
  allocate(size) {
    if (size > this.bytes.length - this.offset) this.renew();
    const { offset } = this;
    const end = offset + size;
    this.offset = end < SMALL ? (end + 7) & ~7 : ceilTo(end, 8);
    return new FastBuffer(this.store, offset, size);
  }

  /** Sees to it that the slab has at least `size` bytes left. */
  reserve(size) {
    if (size > this.bytes.length - this.offset) this.renew();
  }

  /** Moves the cursor up to a multiple of `alignment`, a power of two up to 64. */
  align(alignment) {
    this.offset = ceilTo(this.offset, alignment);
  }

  /** Leaves the slab: the next request begins another. */
  leave() {
    this.bytes = EMPTY;
    this.store = EMPTY.buffer;
    this.offset = 0;
  }

  /** Leaves the slab for good: the next request asks for a store, which throws. */
  close() {
    this.leave();
    this.closed = true;
  }

  /**
   * Takes the next slab. An unusual poolSize does what it does in the built-in:
   * it is converted, or throws, as the length of a typed array.
   */
  renew() {
    const { poolSize } = this.owner;
    this.leave();
    const usual = NumberIsSafeInteger(poolSize) && poolSize > 0 && poolSize <= MAX_LENGTH;
    if (usual || this.closed) {
      this.store = this.takeStore(poolSize);
      this.bytes = new FastBuffer(this.store, 0, poolSize);
    } else {
      this.bytes = new FastBuffer(poolSize);
      this.store = this.bytes.buffer;
    }
  }
}
isolate(Slab);

module.exports = { Slab };
