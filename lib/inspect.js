'use strict';

/*
 * inspect: `node --require bufalloc/inspect app.js` serves a page on this machine that shows where the
 * program's memory is; its address is printed to stderr. In a worker it has the worker answer to that page.
 *
 * What it is and shows: docs/memory-grows.md. Where it is: BUFALLOC_INSPECT=host:port.
 */

const { isMainThread, threadId } = require('node:worker_threads');
const bufalloc = require('./index');
const { settings } = require('./allocator');
const events = require('./insight/events');
const { print } = require('./insight/stderr');
const { binding, lazily } = require('./runtime/builtin');

/** Leaks that are remembered, the last ones: the mode tells of each place once. */
const MOST_LEAKS = 100;

/* Those that the debugging mode has told of. */
const leaks = [];

function onLeak(name, size, place) {
  leaks.push({ name, size, place });
  if (leaks.length > MOST_LEAKS) leaks.shift();
}

/* The mode listens anyway; without it nothing here does. */
if (settings.debug) events.listen({ __proto__: null, leaked: onLeak });

const getPerformer = lazily(() =>
  require('./insight/page/environment').createPerformer({ bufalloc, events, leaks }),
);
const perform = (action, values) => getPerformer()(action, values);

let server;
let address;

function serve() {
  const { startServer } = require('./insight/page/server');
  server = startServer(settings.inspect, perform, (url) => {
    address = url;
    print(`bufalloc: process ${process.pid} can be looked at: ${url}\n`);
  });
}

/* By its number the environment is found in stats({ all: true }). */
binding.setThread(threadId);
if (isMainThread) serve();
else require('./insight/page/threads').answerAsWorker(perform);

/** The address of the page, token included; undefined before it is served, and in workers. */
const url = () => address;

/** Ends the page. */
function close() {
  server?.close();
  address = undefined;
}

module.exports = { close, url };
