'use strict';

/*
 * server: the page's, in the main thread. It serves the files of static/ and answers what the page asks,
 * from its own environment or a worker's (threads.js); who may ask is in access.js. What is refused has
 * its connection closed, without a word.
 *
 * It keeps no timer of its own and, unreferenced, no program alive. Whatever goes wrong becomes an answer or one
 * warning: a program never dies of being looked at.
 */

const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { pipeline } = require('node:stream');
const { admit, createToken, hostsOf } = require('./access');
const { DOWNLOADS, discard } = require('./downloads');
const { connectToWorkers } = require('./threads');

const FOLDER = path.join(__dirname, 'static');

const TYPES = {
  __proto__: null,
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Nothing from elsewhere, to nowhere else, in nobody's frame, and no trace of the token. */
const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** What may be asked with GET; with POST, what changes something or blocks for long. */
const ASKED = ['state', 'map', 'sites', 'explain'];
const DONE = ['collect', 'trim', 'census', 'startProfile', 'stopProfile'];

/** Some servers look at their connections twice a minute: 24 days are as good as never. */
const NEVER_MS = 2 ** 31 - 1;

/** How long a client may take nothing of an answer: what waits to be sent keeps the program alive. */
const STALL_MS = 2000;

function warn(message) {
  process.emitWarning(message, { type: 'BufallocWarning', code: 'BUFALLOC_INSPECT' });
}

/** Whether the permission model keeps this process from the network. Listening then throws where nobody can catch it. */
const isOffline = () =>
  process.permission?.has('net') === false &&
  /* Before there was that option, nobody had to be allowed. */
  process.allowedNodeEnvironmentFlags.has('--allow-net');

function begin(response, status, headers) {
  response.setTimeout(STALL_MS, () => response.destroy());
  response.writeHead(status, { ...HEADERS, ...headers });
}

function reply(response, status, type, body) {
  begin(response, status, { 'Content-Type': type });
  response.end(body);
}

const replyJson = (response, status, value) =>
  reply(response, status, 'application/json', JSON.stringify(value));

function replyNothing(response) {
  begin(response, 404);
  response.end();
}

/** Opens what was written for a download, and discards it: when the program ends, nothing of it is left. */
function openDownload(download) {
  try {
    return fs.openSync(download.file);
  } finally {
    discard(download);
  }
}

function replyDownload(response, download) {
  const { bytes, file, name, type } = download;
  const fd = file === undefined ? undefined : openDownload(download);
  begin(response, 200, {
    'Content-Type': type,
    'Content-Disposition': `attachment; filename="${name}"`,
  });
  if (fd === undefined) return response.end(bytes);
  return pipeline(fs.createReadStream(file, { fd }), response, () => {});
}

/** Names of the files of the page. */
const listFiles = () => fs.readdirSync(FOLDER);

/**
 * Starts a server.
 *
 * @param {{ host: string, port: number }} where port: 0 for any that is free
 * @param {(action: string, values: object) => Promise<any>} perform what this environment answers
 * @param {(url: string) => void} onListening
 * @returns {{ close(): void }}
 */
function startServer(where, perform, onListening) {
  const token = createToken();
  let workers;
  let files;

  /** Has an environment do something; `thread` 0 is the main one. */
  async function performIn(thread, action, values, signal) {
    workers ??= connectToWorkers();
    const result =
      thread === 0
        ? await perform(action, values)
        : await workers.ask(thread, action, values, signal);
    return action === 'state' ? { ...result, workers: workers.list(result.workers) } : result;
  }

  /** Answers what was admitted. */
  async function answer(request, response, { path: name, query }) {
    const isPost = request.method === 'POST';
    files ??= listFiles();
    const file = name === '' ? 'index.html' : name;
    if (!isPost && files.includes(file)) {
      const content = fs.readFileSync(path.join(FOLDER, file));
      return reply(response, 200, TYPES[path.extname(file)], content);
    }
    const [action, format] = name.split('/');
    const isDownload = action === 'download' && Object.hasOwn(DOWNLOADS, format ?? '');
    if (!(isPost ? DONE.includes(name) : ASKED.includes(name) || isDownload)) {
      return replyNothing(response);
    }
    const thread = Number(query.get('thread') ?? 0);
    if (!Number.isInteger(thread) || thread < 0) return replyNothing(response);
    const abort = new AbortController();
    response.on('close', () => abort.abort());
    try {
      const result = await performIn(thread, action, { format }, abort.signal);
      return isDownload ? replyDownload(response, result) : replyJson(response, 200, result);
    } catch (error) {
      return replyJson(response, 500, { error: String(error?.message ?? error) });
    }
  }

  function onRequest(request, response) {
    request.on('error', () => {});
    response.on('error', () => {});
    request.resume();
    const admitted = admit(request, token, server.address());
    if (admitted === undefined) return request.socket.destroy();
    /* A relative name on the page needs the slash at the end of its own. */
    if (admitted.path === '' && !request.url.split('?')[0].endsWith('/')) {
      begin(response, 308, { Location: `/${token}/` });
      return response.end();
    }
    return answer(request, response, admitted).catch(() => response.destroy());
  }

  const options = { connectionsCheckingInterval: NEVER_MS, requireHostHeader: false };
  const server = http.createServer(options, onRequest);
  /* Those that the runtime answers itself otherwise, whoever asks. */
  server.on('checkContinue', onRequest);
  server.on('checkExpectation', onRequest);
  server.on('connection', (socket) => socket.unref());
  server.on('clientError', (error, socket) => socket.destroy());

  let isFallback = false;
  server.on('error', (error) => {
    if (!isFallback && where.port !== 0 && !server.listening) {
      isFallback = true;
      warn(`The page cannot be at ${where.host}:${where.port} (${error.code}): a free port it is`);
      return server.listen({ host: '127.0.0.1', port: 0, exclusive: true });
    }
    return warn(`There is no page: ${error.message}`);
  });
  server.on('listening', () => {
    const [host] = hostsOf(server.address());
    onListening(`http://${host}/${token}/`);
  });
  /* Exclusive: in a worker of `cluster` the port would be the primary's to give. */
  if (isOffline()) warn('There is no page: --permission asks for --allow-net');
  else server.listen({ host: where.host, port: where.port, exclusive: true });
  server.unref();

  return {
    close() {
      server.close();
      server.closeAllConnections();
      workers?.close();
    },
  };
}

module.exports = { startServer };
