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
     * The whole slab, for encoders that write at an offset. Its length is the
     * slab's size; it is 0, and the slab thus full, if a program moved the
     * store away with transfer().
     */
    this.bytes = EMPTY;
    this.store = EMPTY_STORE;
    this.offset = 0;
    this.closed = false;
    this.onCut = undefined;
    this.untold = 0;
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

  /**
   * Has a function told of pieces, or no longer. Until it is asked for this costs nothing.
   *
   * @param {(piece: Buffer, size: number) => number} [onCut] returns after how many bytes it wants to be told
   *   again
   */
  tell(onCut) {
    this.onCut = onCut;
    this.untold = 0;
    ObjectSetPrototypeOf(this, (onCut === undefined ? Slab : ToldSlab).prototype);
  }

  /** Leaves the slab: the next request begins another. */
  leave() {
    this.bytes = EMPTY;
    this.store = EMPTY_STORE;
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
    this.bytes = new SlabBytes(this.store);
    /* Whatever took of another one meanwhile. */
    this.offset = 0;
  }
}
isolate(Slab);

/** What a slab is while someone wants to be told of its pieces. */
class ToldSlab extends Slab {
  allocate(size) {
    const piece = super.allocate(size);
    this.untold -= size;
    if (this.untold <= 0) this.untold = this.onCut(piece, size);
    return piece;
  }
}

module.exports = { Slab, SlabBytes };
