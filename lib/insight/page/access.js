'use strict';

/*
 * access: who may ask the page's server. It listens on loopback, and yet any page in the user's browser
 * and any name that leads to 127.0.0.1 can reach it: a request must name us as its Host, come from our
 * own page if it says from where, and have the token, which only who read stderr has.
 */

const { createHash, randomBytes, timingSafeEqual } = require('node:crypto');

/** A URL's path has it: hexadecimal needs no escapes. */
const createToken = () => randomBytes(16).toString('hex');

const digest = (text) => createHash('sha256').update(text).digest();

/** Whether two texts are the same, in the same time whatever they are. */
const isSame = (a, b) => timingSafeEqual(digest(a), digest(b));

/** The port that no browser names. */
const DEFAULT_PORT = 80;

/** Names that a browser may have for the address that is listened to. */
const hostsOf = ({ address, family, port }) =>
  [family === 'IPv6' ? `[${address}]` : address, 'localhost'].map((host) =>
    port === DEFAULT_PORT ? host : `${host}:${port}`,
  );

/** What browsers say of a request's origin: ours, or the user's own doing. */
const OWN_SITES = [undefined, 'same-origin', 'none'];

/**
 * Where a request leads, below the token.
 *
 * @param {import('node:http').IncomingMessage} request
 * @param {string} token
 * @param {object} address of the server
 * @returns {{ path: string, query: URLSearchParams }|undefined} undefined if it is refused
 */
function admit({ headers, method, url }, token, address) {
  const { host, origin } = headers;
  if (method !== 'GET' && method !== 'POST') return undefined;
  if (!hostsOf(address).includes(host)) return undefined;
  if (origin !== undefined && origin !== `http://${host}`) return undefined;
  if (!OWN_SITES.includes(headers['sec-fetch-site'])) return undefined;
  const [whole, query] = url.split('?', 2);
  const [, given, ...path] = whole.split('/');
  if (!isSame(given ?? '', token)) return undefined;
  return { path: path.filter(Boolean).join('/'), query: new URLSearchParams(query) };
}

module.exports = { admit, createToken, hostsOf };
