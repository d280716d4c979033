'use strict';

/*
 * labels: the path from a root to a node, in the names that its program has for classes, properties and
 * variables. Two paths that differ in an index or a key alone are of one kind.
 */

/** An object with more properties than this is a dictionary: its names are keys. */
const MAX_NAMES = 32;

/** What V8 puts between an object and what it holds: they have no name that people know. */
const BETWEEN = new Set(['array', 'hidden', 'object shape', 'code']);

/** What stands for any index and any key. */
const ANY = '[…]';

/** A program's names may have anything in them, and are to be shown on a terminal. */
// eslint-disable-next-line no-control-regex
const clean = (text) => text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');

/** Of a class, a function, or what else the node is; `global (global*)` is V8's for the object. */
function nameOf(type, name) {
  if (type === 'closure') return `${clean(name) || '(anonymous)'}()`;
  if (type === 'string') return '(string)';
  if (name === 'system / Context') return '(scope)';
  return clean(name.replace(/^system \/ /, '').replace(/ \(global\*\)$/, '')) || `(${type})`;
}

/**
 * Describes paths of one snapshot.
 *
 * @param {object} snapshot from snapshot.js
 * @returns {(path: object[]) => Array<{ via: string, any: string, name: string }>} steps; `via` leads to what
 *   has the `name`, and `any` is the same with keys left out
 */
function createLabels({ layout, nodes, edges, strings }) {
  const { nodeTypes, edgeTypes } = layout;
  const property = edgeTypes.indexOf('property');

  function isDictionary(node) {
    let count = 0;
    for (let edge = nodes.firstEdge[node]; edge < nodes.firstEdge[node + 1]; edge++) {
      if (edges.type[edge] === property) count++;
    }
    return count > MAX_NAMES && !strings.get(nodes.name[node]).startsWith('global');
  }

  function via(edge, from) {
    const type = edgeTypes[edges.type[edge]];
    if (type === 'element' || type === 'hidden') return [ANY, ANY];
    const name = clean(strings.get(edges.name[edge]));
    if (type === 'property') return [`.${name}`, isDictionary(from) ? ANY : `.${name}`];
    if (type === 'context') return [name, name];
    if (type === 'shortcut' || name === 'global_object') return ['', ''];
    if (/^\d+$/.test(name)) return [ANY, ANY];
    return name.includes(' pair in WeakMap ') ? ['(WeakMap)', ANY] : [`(${name})`, `(${name})`];
  }

  const join = (text, label) => (label === ANY && text.endsWith(ANY) ? text : text + label);

  return function describe(path) {
    const steps = [];
    let from = 0;
    let [shown, any] = ['', ''];
    for (const [place, { edge, node }] of path.entries()) {
      const [label, general] = via(edge, from);
      shown = join(shown, label);
      any = join(any, general);
      from = node;
      const type = nodeTypes[nodes.type[node]] ?? '?';
      const name = strings.get(nodes.name[node]);
      const isBetween = BETWEEN.has(type) && name !== 'system / Context';
      if (isBetween && place < path.length - 1) continue;
      steps.push({ via: shown, any, name: nameOf(type, name) });
      [shown, any] = ['', ''];
    }
    return steps;
  };
}

module.exports = { createLabels };
