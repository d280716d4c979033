'use strict';

/*
 * absent: what stands in for the addon where none loads (binding.js): the same functions, with which all
 * memory is the runtime's. What is of the C heap alone is never called then, and is not there.
 *
 * Test: test/missing.test.js compares the names with the addon's.
 */

const {
  ArrayBufferPrototypeGetByteLength,
  ArrayBufferPrototypeTransfer,
  defineOwn,
  Error,
  StructuredClone,
  TypedArrayPrototypeFill,
  TypeError,
  Uint8Array,
} = require('./primordials');
const { allocUnsafeSlow } = require('node:buffer').Buffer;

/** Detaches an ArrayBuffer. @throws if it cannot be */
function free(store) {
  if (ArrayBufferPrototypeTransfer) ArrayBufferPrototypeTransfer(store, 0);
  else StructuredClone(store, { transfer: [store] });
  /* What is marked as untransferable, Node.js 20 copies. */
  if (ArrayBufferPrototypeGetByteLength(store) !== 0) {
    throw new TypeError('The ArrayBuffer cannot be detached');
  }
}

const none = () => 0;

/** Lists of objects that do not keep them: places by number. WeakRef keeps what is made in a job until its end. */
const lists = [new Map(), new Map()];
let places = 0;

function weakly(list, object) {
  lists[list].set(++places, new WeakRef(object));
  return places;
}

const at = (list, place) => lists[list].get(place)?.deref();

const leave = (list, place) => void lists[list].delete(place);

function listed(list) {
  const objects = [];
  for (const [place, reference] of lists[list]) {
    const object = reference.deref();
    if (object === undefined) leave(list, place);
    else objects.push(object);
  }
  return objects;
}

/** What opens a heap: without one nothing is watched of the runtime's memory, either. */
const noHeap = () => -1;

module.exports = {
  useBackend: () => 'no binary loads here',
  free,
  createHeap: noHeap,
  openDefaultHeap: noHeap,
  setThread() {},
  weakly,
  at,
  leave,
  listed,
  readAll: () => [],
  readMap: none,
  tick: none,
  trim: none,
  trimThreads: none,
  openCapi: () => undefined,
  isPinned: () => false,
  nextInterval: none,
  outBytes: none,
  returnedBytes: none,
  youngBytes: none,
  keepFreed() {},
  exposeGc: () => undefined,
  isMarking: () => false,
  fullCollections: none,
  damagedBlocks: none,
  openClock: () => false,
  loopCount: () => -1,
  totalMemory: () => require('node:os').totalmem(),
  misalignment(store, alignment) {
    /* An address cannot be had: where the runtime aligns, it is left to that. */
    if (allocUnsafeSlow.length > 1) return NaN;
    const error = new Error(
      `The addon is needed to align to ${alignment} bytes, and none loads: 'npx bufalloc doctor' says why`,
    );
    throw defineOwn(error, 'code', 'ERR_BUFALLOC_ADDON');
  },
  soil(size) {
    const bytes = new Uint8Array(allocUnsafeSlow(size).buffer);
    free(TypedArrayPrototypeFill(bytes, 0xff).buffer);
  },
  withFlagLock: (work) => work(),
  counters: {
    heap: [
      ...['liveBytes', 'liveBlocks', 'peakLiveBytes', 'cachedBytes', 'mappedBytes'],
      ...['allocatedBlocks', 'allocatedBytes', 'reusedBlocks', 'zeroedBytes', 'knownZeroBytes'],
      ...[
        'purgedBytes',
        'remoteFrees',
        'hugeWanted',
        'hugeRefused',
        'refusedBudget',
        'refusedNoMemory',
      ],
    ],
    process: [
      ...['heaps', 'orphanedHeaps', 'mappedBytes', 'reserveBytes', 'warmBytes', 'metadataBytes'],
      ...['guardedBlocks', 'damagedBlocks', 'quarantinedBlocks'],
    ],
  },
};
