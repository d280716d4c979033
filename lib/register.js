'use strict';

/*
 * register: `node --require bufalloc/register app.js` has the built-in Buffer
 * itself allocate through bufalloc. The allocating statics of the one Buffer that
 * the global, `node:buffer`, all packages and the runtime's core share are
 * replaced; everything else of it stays, its identity included.
 *
 * What core reaches by another way than a property of Buffer (the memory of
 * sockets, `Buffer.of`, `crypto.randomBytes`) is not reached: docs/adoption.md.
 */

require('./index');
const { defaultSupply } = require('./allocator');
const { createMirror } = require('./mirror/mirror');
const {
  Buffer,
  ObjectDefineProperty,
  ObjectGetOwnPropertyDescriptor,
  ObjectHasOwn,
  ObjectKeys,
  REGISTERED,
} = require('./runtime/builtin');

/** A descriptor must inherit nothing: Object.prototype is anybody's to change. */
const define = (object, name, descriptor) =>
  ObjectDefineProperty(object, name, { __proto__: null, ...descriptor });

/** Made once: the slab is theirs, and goes by the built-in's own poolSize. */
let ours;

function createReplacements() {
  const { functions } = createMirror(defaultSupply, Buffer);
  const names = ObjectKeys(functions).filter((name) => ObjectHasOwn(Buffer, name));
  return names.map((name) => {
    const original = ObjectGetOwnPropertyDescriptor(Buffer, name);
    const value = functions[name];
    define(value, 'length', { value: original.value.length, configurable: true });
    return { name, original, value };
  });
}

/** What another copy of the package finds: what it needs to take over. */
const mark = { __proto__: null, supply: defaultSupply, builtin: undefined, unregister };

/** Who is registered: us, another copy, or nobody. */
const registered = () => (ObjectHasOwn(Buffer, REGISTERED) ? Buffer[REGISTERED] : undefined);

/**
 * Has the built-in Buffer allocate through bufalloc, in this thread. From another copy of the package it
 * takes over: the one that was loaded last is the one that a program, or a test file, asks for stats().
 *
 * @returns {boolean} true if it does so now and did not before
 * @throws {TypeError} where Buffer was frozen
 */
function register() {
  const other = registered();
  if (other?.supply === defaultSupply) return false;
  other?.unregister?.();
  ours ??= createReplacements();
  mark.builtin = { __proto__: null };
  for (let i = 0; i < ours.length; i++) mark.builtin[ours[i].name] = ours[i].original.value;
  for (let i = 0; i < ours.length; i++) {
    const { name, original, value } = ours[i];
    define(Buffer, name, { ...original, value });
  }
  define(Buffer, REGISTERED, { value: mark, configurable: true });
  return true;
}

/**
 * Gives the built-in Buffer its own functions back. Buffers that are out stay
 * valid. A function that something else has wrapped meanwhile is left alone.
 *
 * @returns {boolean} true if that was undone; false if nothing was registered
 *   here
 */
function unregister() {
  if (ours === undefined || registered()?.supply !== defaultSupply) return false;
  for (let i = 0; i < ours.length; i++) {
    const { name, original, value } = ours[i];
    if (Buffer[name] === value) define(Buffer, name, original);
  }
  delete Buffer[REGISTERED];
  return true;
}

register();

module.exports = { register, unregister };
