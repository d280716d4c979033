'use strict';

/*
 * stores: the ArrayBuffers of a snapshot, how many views each has, and which of them are slabs.
 *
 * A snapshot says of an ArrayBuffer how long it is, and which views there are, but not how long those are.
 * So of a large one with one view nobody can tell whether it is used as a whole. A slab is for many: with
 * few views it is pinned. A slab has the length, and the shape, of one that is still cut: ours is seen by
 * a `SlabBytes`, the built-in's is in a variable `allocPool`.
 */

/** Slabs are no smaller. */
const MIN_BYTES = 4096;

/** A slab that has fewer views is pinned: one for each so many bytes, twice a typical piece. */
const BYTES_PER_VIEW = 512;

/** Finds the ArrayBuffers: by node, their bytes. */
function findBuffers({ layout, nodes, edges, strings }) {
  const internal = layout.edgeTypes.indexOf('internal');
  const backing = strings.find('backing_store');
  const buffers = new Map();
  if (backing < 0) return buffers;
  for (let node = 0; node < layout.nodeCount; node++) {
    for (let edge = nodes.firstEdge[node]; edge < nodes.firstEdge[node + 1]; edge++) {
      if (edges.name[edge] !== backing || edges.type[edge] !== internal) continue;
      const bytes = nodes.size[edges.to[edge]];
      const name = strings.get(nodes.name[node]);
      if (bytes < MIN_BYTES || name !== 'ArrayBuffer') continue;
      buffers.set(node, { node, bytes, shape: -1, views: [], isCurrent: false, isArena: false });
    }
  }
  return buffers;
}

/** Notes of each what refers to it. */
function noteViews({ layout, nodes, edges, strings }, buffers) {
  const { nodeCount, edgeTypes } = layout;
  const [internal, context] = [edgeTypes.indexOf('internal'), edgeTypes.indexOf('context')];
  const [buffer, map] = [strings.find('buffer'), strings.find('map')];
  const pool = strings.find('allocPool');
  const cursor = strings.find('SlabBytes');
  for (let node = 0; node < nodeCount; node++) {
    const own = buffers.get(node);
    for (let edge = nodes.firstEdge[node]; edge < nodes.firstEdge[node + 1]; edge++) {
      const type = edges.type[edge];
      const name = edges.name[edge];
      if (own !== undefined && type === internal && name === map) own.shape = edges.to[edge];
      if (name !== buffer && name !== pool) continue;
      const entry = buffers.get(edges.to[edge]);
      if (entry === undefined) continue;
      if (type === internal && name === buffer) {
        if (nodes.name[node] === cursor) entry.isCurrent = true;
        else entry.views.push(node);
      } else if (type === context && name === pool) entry.isCurrent = true;
    }
  }
}

/** Marks the stores of arenas: those are held until they are reset, and have the length of slabs. */
function noteArenas({ layout, nodes, edges, strings }, buffers) {
  const owner = strings.find('ArenaStores');
  const used = strings.find('used');
  const property = layout.edgeTypes.indexOf('property');
  const forEachEdge = (node, visit) => {
    for (let edge = nodes.firstEdge[node]; edge < nodes.firstEdge[node + 1]; edge++) visit(edge);
  };
  if (owner < 0 || used < 0) return;
  for (let node = 0; node < layout.nodeCount; node++) {
    if (nodes.name[node] !== owner) continue;
    forEachEdge(node, (edge) => {
      if (edges.type[edge] !== property || edges.name[edge] !== used) return;
      forEachEdge(edges.to[edge], (item) => {
        const direct = buffers.get(edges.to[item]);
        if (direct !== undefined) direct.isArena = true;
        else
          forEachEdge(edges.to[item], (deep) => {
            const entry = buffers.get(edges.to[deep]);
            if (entry !== undefined) entry.isArena = true;
          });
      });
    });
  }
}

/**
 * Finds the large ArrayBuffers.
 *
 * @param {object} snapshot from snapshot.js
 * @returns {object[]} `node`, `bytes`, `views` (nodes), `kind`: `slab`, `arena` or `other`; `isCurrent`: it is
 *   still cut; `isPinned`: it is a slab with few views
 */
function findStores(snapshot) {
  const buffers = findBuffers(snapshot);
  noteViews(snapshot, buffers);
  noteArenas(snapshot, buffers);
  const signature = ({ bytes, shape }) => `${bytes} ${shape}`;
  const slabs = new Set();
  for (const entry of buffers.values()) {
    if (entry.isCurrent && !entry.isArena) slabs.add(signature(entry));
  }
  return [...buffers.values()].map((entry) => {
    const isSlab = !entry.isArena && slabs.has(signature(entry));
    const { node, bytes, views, isCurrent } = entry;
    return {
      node,
      bytes,
      views,
      isCurrent,
      kind: entry.isArena ? 'arena' : isSlab ? 'slab' : 'other',
      isPinned: isSlab && !isCurrent && views.length * BYTES_PER_VIEW <= bytes,
    };
  });
}

module.exports = { findStores };
