/*
 * `node --require bufalloc/inspect app.js`, or `--import`, serves a page on this machine that shows where the program's
 * memory is: [My service's memory grows](../docs/memory-grows.md) has how to use it. Its address, which has a token that
 * changes with every start, is printed to stderr.
 *
 * - It is on loopback alone, at `127.0.0.1` and a free port, or where `BUFALLOC_INSPECT` says: `host:port`, either of
 *   which may be left out. Who lacks the token, has another `Host` or `Origin`, or uses another method than `GET` and
 *   `POST`, has the connection closed.
 * - Who has the address sees what the program has in memory (a heap snapshot is among the downloads), and may have it
 *   collect. Treat it like a password.
 * - It asks nothing of the program while nobody looks, keeps no timer then, and does not keep the program alive, save for
 *   some seconds where a browser stops in the midst of a download.
 * - Workers inherit `--require` and `--import`, and answer to the same page. Child processes have pages of their own.
 * - It is for Node.js.
 */

/** The address of the page, token included; `undefined` before it is served, after `close()`, and in workers. */
export function url(): string | undefined;

/** Ends the page. */
export function close(): void;
