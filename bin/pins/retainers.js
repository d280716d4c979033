'use strict';

/*
 * retainers: why each node of a snapshot is alive: the shortest path from a root to it. What can be reached
 * from the global object is reached from there, as a person would look for it; then from the other roots;
 * from the stack, and what the moment of the snapshot held, only what nothing else holds. Weak edges hold
 * nothing, and a WeakMap holds a value only by its key.
 */

const NONE = 0xffffffff;

/** Roots that are of the moment. */
const MOMENTARY = ['(Stack roots)', '(Handle scope)'];

/**
 * Finds the paths to all nodes.
 *
 * @param {object} snapshot from snapshot.js
 * @returns {{ pathTo(node: number): Array<{ edge: number, node: number }> }} from the root on; empty if
 *   nothing holds it
 */
function findRetainers({ layout, nodes, edges, strings }) {
  const { nodeCount, edgeTypes } = layout;
  const weak = edgeTypes.indexOf('weak');
  const shortcut = edgeTypes.indexOf('shortcut');
  const internal = edgeTypes.indexOf('internal');

  /* By which edge each node was reached, and from where. */
  const edgeTo = new Uint32Array(nodeCount).fill(NONE);
  const parentOf = new Uint32Array(nodeCount).fill(NONE);
  const isReached = new Uint8Array(nodeCount);
  const queue = new Uint32Array(nodeCount);
  let head = 0;
  let tail = 0;

  function reach(node, edge, parent) {
    if (isReached[node] === 1) return;
    isReached[node] = 1;
    edgeTo[node] = edge;
    parentOf[node] = parent;
    queue[tail++] = node;
  }

  function holds(edge, node) {
    if (edges.type[edge] === weak) return false;
    if (edges.type[edge] !== internal || strings.weakPairs.size === 0) return true;
    return strings.weakPairs.get(edges.name[edge]) !== nodes.id[node];
  }

  function forEachEdge(node, visit) {
    for (let edge = nodes.firstEdge[node]; edge < nodes.firstEdge[node + 1]; edge++) visit(edge);
  }

  function spread(postponed) {
    while (head < tail) {
      const node = queue[head++];
      if (postponed?.has(node)) continue;
      for (let edge = nodes.firstEdge[node]; edge < nodes.firstEdge[node + 1]; edge++) {
        if (holds(edge, node)) reach(edges.to[edge], edge, node);
      }
    }
  }

  const root = 0;
  const momentary = new Set();
  isReached[root] = 1;
  forEachEdge(root, (edge) => {
    if (edges.type[edge] === shortcut) reach(edges.to[edge], edge, root);
    forEachEdge(edges.to[edge], (next) => {
      const node = edges.to[next];
      if (MOMENTARY.includes(strings.get(nodes.name[node]))) momentary.add(node);
    });
  });
  spread(momentary);
  if (nodeCount > 0) queue[tail++] = root;
  spread(momentary);
  for (const node of momentary) if (isReached[node] === 1) queue[tail++] = node;
  spread();

  return {
    pathTo(node) {
      const path = [];
      for (let at = node; edgeTo[at] !== NONE; at = parentOf[at]) {
        path.unshift({ edge: edgeTo[at], node: at });
      }
      return path;
    },
  };
}

module.exports = { findRetainers };
