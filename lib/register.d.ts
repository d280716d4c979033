/*
 * The types of `bufalloc/register`, which has the built-in Buffer allocate through bufalloc, in this
 * thread, as soon as it is loaded.
 */

/**
 * Has the built-in Buffer allocate through bufalloc again, after {@link unregister}.
 *
 * @returns `true` if it does so now and did not before
 * @throws {TypeError} where Buffer was frozen
 */
export function register(): boolean;

/**
 * Gives the built-in Buffer its own functions back. Buffers that are out stay valid.
 *
 * @returns `true` if that undid something
 */
export function unregister(): boolean;
