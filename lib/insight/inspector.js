'use strict';

/*
 * inspector: asking V8's inspector from within, by a session of our own, for the live objects that inherit
 * from a prototype. No other session is in the way, and none is disturbed. Everything is done when
 * the call returns, and nothing of it is kept.
 *
 * V8 collects all garbage before it looks, so that what is found is alive; it blocks for as long.
 */

const { inspectorError } = require('../runtime/errors');
const { ObjectDefineProperty } = require('../runtime/builtin');

/** Under which V8 keeps the objects that it shows us, until the group is released. */
const GROUP = 'bufalloc';

/** A name that nobody has among the globals: what is there for a moment is seen by the inspector alone. */
const PASSAGE = ' bufalloc: passage to the inspector';

/** Opens a session; where there is no inspector that throws. */
function connect() {
  try {
    const { Session } = require('node:inspector');
    const session = new Session();
    session.connect();
    return session;
  } catch (error) {
    throw inspectorError(error);
  }
}

/**
 * Has one command done.
 *
 * @throws {Error} ERR_BUFALLOC_INSPECTOR if it cannot be, or not before `post` returns
 */
function ask(session, command, parameters) {
  let reply;
  let failure = { message: `${command}: no answer` };
  try {
    session.post(command, parameters, (error, result) => {
      failure = error;
      reply = result;
    });
  } catch (error) {
    failure = error;
  }
  if (failure) throw inspectorError(failure);
  return reply;
}

/** The inspector's own name for a value of ours. The global object is the main context's, as it is there that it looks. */
function nameOf(session, value) {
  const global = require('node:vm').runInThisContext('this');
  try {
    ObjectDefineProperty(global, PASSAGE, { __proto__: null, value, configurable: true });
  } catch (error) {
    /* A program has frozen it. */
    throw inspectorError(error);
  }
  try {
    const expression = `this[${JSON.stringify(PASSAGE)}]`;
    const { result } = ask(session, 'Runtime.evaluate', {
      expression,
      objectGroup: GROUP,
      silent: true,
    });
    return result.objectId;
  } finally {
    delete global[PASSAGE];
  }
}

/** Every live object that inherits from a prototype. */
function findObjects(session, prototype) {
  let found;
  const receiver = nameOf(session, (list) => (found = list));
  const { objects } = ask(session, 'Runtime.queryObjects', {
    prototypeObjectId: nameOf(session, prototype),
    objectGroup: GROUP,
  });
  ask(session, 'Runtime.callFunctionOn', {
    objectId: objects.objectId,
    functionDeclaration: 'function (receive) { receive(this); }',
    arguments: [{ objectId: receiver }],
    silent: true,
  });
  ask(session, 'Runtime.releaseObjectGroup', { objectGroup: GROUP });
  return found;
}

/**
 * Shows every live object that inherits from one of some prototypes.
 *
 * @param {object[]} prototypes
 * @param {(objects: object[]) => void} look is called once for each prototype, in their order; it keeps
 *   nothing of the list, which has no order
 * @throws {Error} ERR_BUFALLOC_INSPECTOR where there is no inspector, or none that finds objects
 */
function showObjects(prototypes, look) {
  const session = connect();
  try {
    for (const prototype of prototypes) look(findObjects(session, prototype));
  } finally {
    session.disconnect();
  }
}

module.exports = { showObjects };
