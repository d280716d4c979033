'use strict';

/*
 * downloads: files that the page offers, made in the environment that they are of. A heap snapshot is
 * written to a folder that nobody else may read, as it has the program's secrets; who sends it, or does not, discards it.
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { writeHeapSnapshot } = require('node:v8');
const { threadId } = require('node:worker_threads');

const nameOf = (ending) => `${process.pid}-${threadId}-${Date.now()}.${ending}`;

/**
 * By name: what makes it, given the module, with its bytes, or the file that has them, and the folder to remove with it.
 *
 * @typedef {{ name: string, type: string, bytes?: Uint8Array, file?: string, folder?: string }} Download
 */
const DOWNLOADS = {
  __proto__: null,

  pprof: ({ takeProfile }) => ({
    name: nameOf('pb.gz'),
    type: 'application/gzip',
    bytes: takeProfile({ format: 'pprof' }),
  }),

  heapprofile: ({ takeProfile }) => ({
    name: nameOf('heapprofile'),
    type: 'application/json',
    bytes: Buffer.from(takeProfile({ format: 'heapprofile' })),
  }),

  /** Blocks the environment, and needs as much memory again as its heap has. */
  snapshot() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-'));
    try {
      const name = nameOf('heapsnapshot');
      const file = writeHeapSnapshot(path.join(folder, name));
      return { name, type: 'application/json', file, folder };
    } catch (error) {
      discard({ folder });
      throw error;
    }
  },
};

/** Removes what was written for a download, or for what else an environment has answered. */
function discard(answer) {
  try {
    if (answer?.folder) fs.rmSync(answer.folder, { recursive: true, force: true });
  } catch {
    /* It is gone, or someone else's by now. */
  }
}

module.exports = { DOWNLOADS, discard };
