'use strict';

/*
 * slab: the cursor that cuts small buffers out of one larger store.
 *
 * The hot path of the package is `allocate`: a comparison, a view and an
 * addition. The rules are those of the built-in's pool: offsets are multiples
 * of eight, a slab is left when its rest is too small, and `poolSize` takes
 * effect with the next one.
 */

const {
  ArrayBuffer,
  ceilTo,
  FastBuffer,
  isolate,
  MathMax,
  MAX_LENGTH,
  NumberIsSafeInteger,
  ObjectDefineProperty,
  ObjectSetPrototypeOf,
  SymbolSpecies,
  TypedArrayPrototypeByteLength,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeLength,
  Uint8Array,
} = require('../runtime/builtin');

/** Offsets up to here are rounded as 32-bit integers. */
const SMALL = 2 ** 31 - 8;

/**
 * A whole slab. Its lengths are the intrinsic ones, whatever a program puts on the prototypes of
 * Buffers; a property is cheaper than a call of its getter. The runtime's writers read `byteLength`.
 */
class SlabBytes extends Uint8Array {
  /* Without one, V8 hands the arguments on through Array's iterator. */
  constructor(store, byteOffset, length) {
    super(store, byteOffset, length);
  }
}
/* Some runtimes' writers need the methods of a Buffer, and Deno's take subarrays: plain ones. */
ObjectDefineProperty(SlabBytes, SymbolSpecies, { __proto__: null, value: Uint8Array });
ObjectSetPrototypeOf(SlabBytes.prototype, FastBuffer.prototype);
ObjectDefineProperty(SlabBytes.prototype, 'length', TypedArrayPrototypeLength);
ObjectDefineProperty(SlabBytes.prototype, 'byteLength', TypedArrayPrototypeByteLength);

const EMPTY_STORE = new ArrayBuffer(0);
const EMPTY = new SlabBytes(EMPTY_STORE);

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
     * The whole slab. Its length is the slab's size; it is 0, and the slab thus full, if a program
     * moved the store away with transfer().
     */
    this.whole = EMPTY;
    /** The same, up to where the next piece is due that someone wants to be told of. */
    this.bytes = EMPTY;
    this.store = EMPTY_STORE;
    this.offset = 0;
    this.closed = false;
    this.onCut = undefined;
    /** Told of is the piece that takes the slab up to here or beyond. */
    this.due = Infinity;
  }

  /** Sizes below this are pooled. To be read before the cursor: poolSize may be an object with code. */
  get limit() {
    return this.owner.poolSize >>> 1;
  }

  /**
   * Cuts `size` bytes, 0 < size < limit.
   *
   * @returns {Buffer} whose contents are arbitrary
   */
  allocate(size) {
    return size > this.bytes.length - this.offset ? this.allocateDue(size) : this.cut(size);
  }

  cut(size) {
    const { offset } = this;
    const end = offset + size;
    this.offset = end < SMALL ? (end + 7) & ~7 : ceilTo(end, 8);
    return new FastBuffer(this.store, offset, size);
  }

  /** The same where the slab ends, or where a piece is due. */
  allocateDue(size) {
    if (size > this.whole.length - this.offset) this.renew();
    const piece = this.cut(size);
    if (this.due <= this.offset) this.await(this.onCut(piece, size));
    else this.show();
    return piece;
  }

  /**
   * Sees to it that the slab has at least `size` bytes left.
   *
   * @returns {SlabBytes} for encoders to write at its offset, before they know what to allocate
   */
  reserve(size) {
    if (size <= this.bytes.length - this.offset) return this.bytes;
    if (size > this.whole.length - this.offset) this.renew();
    return this.whole;
  }

  /** Moves the cursor up to a multiple of `alignment`, a power of two up to 64. */
  align(alignment) {
    const start = ceilTo(this.offset, alignment);
    this.due += start - this.offset;
    this.offset = start;
  }

  /**
   * Has a function told of pieces, or no longer. To `allocate` it is all the same: it is told of where
   * the slab seems to end.
   *
   * @param {(piece?: Buffer, size?: number) => number} [onCut] returns after how many bytes, 1 or more, it
   *   wants to be told again; at first without a piece. A piece counts up to the next multiple of eight
   */
  tell(onCut) {
    this.onCut = onCut;
    this.await(onCut === undefined ? Infinity : onCut());
  }

  await(distance) {
    this.due = this.offset + distance;
    this.show();
  }

  /** Shows the slab up to the eight bytes in which a piece is due: whatever reaches into them is told of. */
  show() {
    const end = ceilTo(this.due, 8) - 8;
    this.bytes = end < this.whole.length ? new SlabBytes(this.store, 0, end) : this.whole;
  }

  /** Leaves the slab: the next request begins another. */
  leave() {
    this.whole = EMPTY;
    this.bytes = EMPTY;
    this.store = EMPTY_STORE;
    this.due = MathMax(this.due - this.offset, 1);
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
    this.store =
      usual || this.closed
        ? this.takeStore(poolSize)
        : TypedArrayPrototypeGetBuffer(new FastBuffer(poolSize));
    this.whole = new SlabBytes(this.store);
    /* Whatever took of another one meanwhile. */
    this.offset = 0;
    this.show();
  }
}
isolate(Slab);

module.exports = { Slab, SlabBytes };
