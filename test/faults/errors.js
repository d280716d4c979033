'use strict';

/* What may reach a caller when a call fails: docs/errors.md, and the runtime's own. */

const CODES = [
  'ERR_BUFALLOC_ADDON',
  'ERR_BUFALLOC_BACKEND',
  'ERR_BUFALLOC_CLOSED',
  'ERR_BUFALLOC_NAPI',
  'ERR_MEMORY_ALLOCATION_FAILED',
];

const isDocumented = (error) =>
  error instanceof Error &&
  (CODES.includes(error.code) || error.message === 'Array buffer allocation failed');

module.exports = { isDocumented };
