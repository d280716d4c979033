'use strict';

/*
 * What the doctor asks of a running program: the page that bufalloc/inspect serves has what explain() says
 * there. The URL, with its token, is what the program has printed.
 */

const { bytes } = require('../../lib/insight/format');
const { showExplanation } = require('../../lib/insight/explanation');

/** A program whose event loop is blocked does not answer. */
const PATIENCE_MS = 10_000;

/** What went wrong with the page, for people. */
class PageError extends Error {}

async function ask(page, question) {
  const url = new URL(question, page);
  let response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS), redirect: 'error' });
  } catch (error) {
    const isLate = error.name === 'TimeoutError';
    const { message } = error.cause ?? error;
    /* The page closes the connection of who does not have its token. */
    const reason = isLate
      ? 'its event loop may be blocked'
      : `${message}. Is it running, and is the token right?`;
    throw new PageError(`${url.host} does not answer: ${reason}`);
  }
  const answer = await response.json().catch(() => undefined);
  if (response.ok && typeof answer === 'object' && answer !== null) return answer;
  throw new PageError(answer?.error ?? `${url.host} has no such page: is the token right?`);
}

/** The numbers of the workers that have loaded the page, too. */
async function findWorkers(page) {
  /* Who is there is known from answers, which come after the first question. */
  await ask(page, 'state');
  const { workers = [] } = await ask(page, 'state');
  return Array.isArray(workers) ? workers.map(({ thread }) => thread) : [];
}

/**
 * Asks a page.
 *
 * @param {string} address
 * @returns {Promise<{ thread: number, explanation: object }[]>} the main thread first
 * @throws {PageError}
 */
async function askPage(address) {
  const page = new URL(address);
  if (!page.pathname.endsWith('/')) page.pathname += '/';
  const found = [{ thread: 0, explanation: await ask(page, 'explain') }];
  const { parts, advice } = found[0].explanation;
  if (!parts || !advice) {
    throw new PageError(`${page.host} is not bufalloc's page`);
  }
  for (const thread of await findWorkers(page)) {
    /* One that has ended meanwhile, or is blocked, has nothing to say. */
    const explanation = await ask(page, `explain?thread=${thread}`).catch(() => undefined);
    if (explanation !== undefined) found.push({ thread, explanation });
  }
  return found;
}

/**
 * What the page said, as text. All of the process is in the main thread's; of a worker's, what no other
 * thread can tell.
 */
function showPage([{ explanation }, ...workers]) {
  const lines = workers.map(
    ({ thread, explanation: { parts } }) =>
      `  thread ${thread}: V8's heap ${bytes(parts.v8)}, the runtime's own buffers ${bytes(parts.host)}\n`,
  );
  const title = workers.length > 0 ? 'Of everything else,\n' : '';
  return `${showExplanation(explanation)}${title}${lines.join('')}`.trimEnd();
}

module.exports = { PageError, askPage, showPage };
