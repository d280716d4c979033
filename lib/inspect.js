'use strict';

/*
 * inspect: `node --require bufalloc/inspect app.js` serves a page on this machine that shows where the
 * program's memory is; its address is printed to stderr. In a worker it has the worker answer to that page.
 *
 * What it is and shows: docs/memory-grows.md. Where it is: BUFALLOC_INSPECT=host:port.
 */

const { isMainThread } = require('node:worker_threads');
const bufalloc = require('./index');
const { settings } = require('./allocator');
const events = require('./insight/events');
const { print } = require('./insight/stderr');
const { lazily } = require('./runtime/builtin');

const getPerformer = lazily(() =>
  require('./insight/page/environment').createPerformer({ bufalloc, events }),
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
