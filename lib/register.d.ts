/*
 * `node --require bufalloc/register app.js` has the built-in `Buffer` allocate through bufalloc, in this thread, as soon
 * as it is loaded: [Without changing the program](../docs/adoption.md).
 */

/**
 * Has the built-in Buffer allocate through bufalloc, in this thread. Loading the module calls it; it is for after
 * {@link unregister}.
 *
 * @returns `true` if it was not so before.
 * @throws {TypeError} Where Buffer was frozen.
 */
export function register(): boolean;

/**
 * Gives the built-in Buffer its own functions back. Buffers that are out stay valid.
 *
 * @returns `true` if that undid something.
 */
export function unregister(): boolean;
