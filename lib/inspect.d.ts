/*
 * The types of `bufalloc/inspect`, which serves a page that shows where the program's memory is, as soon
 * as it is loaded.
 */

/** The address of the page, token included; `undefined` before it is served, and in workers. */
export function url(): string | undefined;

/** Ends the page. */
export function close(): void;
