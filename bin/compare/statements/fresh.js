'use strict';

/* Statements about buffers that have their memory to themselves. */

const MIB = 1024 * 1024;

const dirty = (bytes) => bytes.reduce((sum, byte) => sum + (byte === 0 ? 0 : 1), 0);

module.exports = {
  title: 'Memory of its own',
  statements: [
    { says: 'alloc(16)', run: ({ Buffer }) => Buffer.alloc(16) },
    { says: 'alloc(1 MiB): bytes not zero', run: ({ Buffer }) => dirty(Buffer.alloc(MIB)) },
    {
      says: 'alloc(64 KiB) after dirty: not zero',
      run({ Buffer }) {
        for (let i = 0; i < 32; i++) Buffer.allocUnsafeSlow(65536).fill(255);
        return dirty(Buffer.alloc(65536));
      },
    },
    {
      says: 'alloc(10).buffer.byteLength',
      run: ({ Buffer }) => Buffer.alloc(10).buffer.byteLength,
    },
    {
      says: 'alloc(1000000): its .buffer.byteLength',
      run: ({ Buffer }) => Buffer.alloc(1000000).buffer.byteLength,
    },
    {
      says: 'alloc(10) ×2: one .buffer?',
      run: ({ Buffer }) => Buffer.alloc(10).buffer === Buffer.alloc(10).buffer,
    },
    { says: 'alloc(0).buffer.byteLength', run: ({ Buffer }) => Buffer.alloc(0).buffer.byteLength },
    { says: 'alloc(4, 7)', run: ({ Buffer }) => Buffer.alloc(4, 7) },
    { says: "alloc(5, 'ab')", run: ({ Buffer }) => Buffer.alloc(5, 'ab') },
    { says: "alloc(5, 'AQID', 'base64')", run: ({ Buffer }) => Buffer.alloc(5, 'AQID', 'base64') },
    { says: 'alloc(5, Buffer.of(1, 2))', run: ({ Buffer }) => Buffer.alloc(5, Buffer.of(1, 2)) },
    {
      says: 'allocUnsafeSlow(100): offset, store',
      run({ Buffer }) {
        const { byteOffset, buffer } = Buffer.allocUnsafeSlow(100);
        return [byteOffset, buffer.byteLength];
      },
    },
    {
      says: 'allocUnsafeSlow(10) ×2: one .buffer?',
      run: ({ Buffer }) => Buffer.allocUnsafeSlow(10).buffer === Buffer.allocUnsafeSlow(10).buffer,
    },
    {
      says: 'allocUnsafeSlow(100, 64).length',
      run: ({ Buffer }) => Buffer.allocUnsafeSlow(100, 64).length,
    },
    {
      says: 'allocUnsafeSlow(100, 3).length',
      run: ({ Buffer }) => Buffer.allocUnsafeSlow(100, 3).length,
    },
    { says: 'allocUnsafe(32).fill(0)', run: ({ Buffer }) => Buffer.allocUnsafe(32).fill(0) },
    {
      says: 'allocUnsafe(1 MiB).fill(7): not 7',
      run: ({ Buffer }) =>
        Buffer.allocUnsafe(MIB)
          .fill(7)
          .filter((byte) => byte !== 7).length,
    },
  ],
};
