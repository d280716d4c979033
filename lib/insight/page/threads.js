'use strict';

/*
 * threads: asking another environment of the process. The main thread sends a question to all workers
 * that have loaded bufalloc/inspect, by a BroadcastChannel; the one that is meant, or each, answers on
 * another. Nobody has to be registered: a worker is known from its answers.
 *
 * There is no timer here, and no port keeps its thread alive. A worker that is blocked, or has ended,
 * does not answer: who asked gives up when its browser does.
 */

const { BroadcastChannel, threadId } = require('node:worker_threads');
const { now } = require('../../runtime/builtin');
const { discard } = require('./downloads');

const QUESTIONS = 'bufalloc:inspect';
const ANSWERS = 'bufalloc:inspect:answers';

/** What is meant for each worker. */
const EVERYONE = -1;

function send(name, message) {
  const channel = new BroadcastChannel(name);
  try {
    channel.postMessage(message);
  } finally {
    channel.close();
  }
}

/**
 * Has this worker answer.
 *
 * @param {(action: string, values: object) => Promise<any>} perform
 */
function answerAsWorker(perform) {
  const channel = new BroadcastChannel(QUESTIONS);
  channel.onmessage = async ({ data: { id, to, action, values } }) => {
    if (to !== EVERYONE && to !== threadId) return;
    let answer;
    try {
      answer = { result: await perform(action, values) };
    } catch (error) {
      answer = { error: String(error?.message ?? error) };
    }
    try {
      send(ANSWERS, { id, from: threadId, ...answer });
    } catch {
      /* Nothing here may end the program: who asked hears nothing. */
    }
  };
  channel.unref();
}

/**
 * The main thread's side.
 *
 * @returns {{ ask: Function, list: Function, close: Function }}
 */
function connectToWorkers() {
  const waiting = new Map();
  /* By thread: when it was last heard of. */
  const heard = new Map();
  let lastId = 0;

  const channel = new BroadcastChannel(ANSWERS);
  channel.onmessage = ({ data: { id, from, result, error } }) => {
    heard.set(from, now());
    if (waiting.has(id)) waiting.get(id)({ result, error });
    else discard(result);
    waiting.delete(id);
  };
  channel.unref();

  return {
    /**
     * Asks one worker.
     *
     * @param {number} to its thread's id
     * @param {string} action
     * @param {object} values
     * @param {AbortSignal} signal ends the waiting
     * @returns {Promise<any>} what it answers; never settled if it does not, or was given up
     */
    ask(to, action, values, signal) {
      return new Promise((resolve, reject) => {
        const id = ++lastId;
        waiting.set(id, ({ result, error }) =>
          error === undefined ? resolve(result) : reject(new Error(error)),
        );
        signal.addEventListener('abort', () => waiting.delete(id), { once: true });
        send(QUESTIONS, { id, to, action, values });
      });
    },

    /**
     * When workers were last heard of; has all of them speak up.
     *
     * @param {number[]} threads ids of those that there are
     * @returns {{ thread: number, silentMs: number|undefined }[]} undefined for one that never has
     *   answered: it has not loaded bufalloc/inspect, or not yet
     */
    list(threads) {
      send(QUESTIONS, { id: 0, to: EVERYONE, action: 'here', values: {} });
      const time = now();
      for (const thread of heard.keys()) if (!threads.includes(thread)) heard.delete(thread);
      return threads.map((thread) => {
        const at = heard.get(thread);
        return { thread, silentMs: at === undefined ? undefined : Math.round(time - at) };
      });
    },

    close: () => channel.close(),
  };
}

module.exports = { answerAsWorker, connectToWorkers };
