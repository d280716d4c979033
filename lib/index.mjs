/*
 * The ES module face: the same module, with its functions by name. `node:buffer`
 * exports what the running version has; what it lacks is undefined here.
 */

import bufalloc from './imported.js';

export default bufalloc;

export const {
  // ours
  Buffer,
  acquire,
  allocSecret,
  allocators,
  capi,
  census,
  compact,
  createAllocator,
  createArena,
  explain,
  include,
  metrics,
  release,
  startProfile,
  stats,
  stopProfile,
  takeProfile,
  trim,
  // of node:buffer
  Blob,
  File,
  INSPECT_MAX_BYTES,
  SlowBuffer,
  atob,
  btoa,
  constants,
  isAscii,
  isLatin1,
  isUtf8,
  kMaxLength,
  kStringMaxLength,
  resolveObjectURL,
  transcode,
} = bufalloc;
