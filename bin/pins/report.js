'use strict';

/*
 * report: what the large stores of a snapshot come to: how many slabs are pinned, and what holds them and
 * the other stores. Those that are held the same way are one group.
 */

const { createLabels } = require('./labels');
const { findRetainers } = require('./retainers');
const { findStores } = require('./stores');

/** A store's views may be held in many ways: so many are looked at for the shortest. */
const VIEWS_LOOKED_AT = 16;

const sum = (stores) => stores.reduce((total, { bytes }) => total + bytes, 0);
const total = (stores) => ({ count: stores.length, bytes: sum(stores) });

/** Gathers stores that are held alike, those with most bytes first. */
function groupStores(stores, describe, pathTo) {
  const groups = new Map();
  for (const { node, bytes, views } of stores) {
    const holders = views.length === 0 ? [node] : views.slice(0, VIEWS_LOOKED_AT);
    const paths = holders.map(pathTo);
    const steps = describe(paths.reduce((best, path) => (path.length < best.length ? path : best)));
    const key = JSON.stringify(steps.map(({ any, name }) => [any, name]));
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, { count: 1, bytes, views: views.length, steps });
      continue;
    }
    group.count++;
    group.bytes += bytes;
    group.views += views.length;
    for (const [i, step] of steps.entries()) {
      if (group.steps[i].via !== step.via) group.steps[i].via = step.any;
    }
  }
  return [...groups.values()]
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ steps, ...group }) => ({
      ...group,
      path: steps.map(({ via, name }) => ({ via, name })),
    }));
}

/**
 * Looks through a snapshot.
 *
 * @param {object} snapshot from snapshot.js
 * @returns {object} plain values; sizes in bytes
 */
function examine(snapshot) {
  const stores = findStores(snapshot);
  const slabs = stores.filter(({ kind }) => kind === 'slab');
  const pinned = slabs.filter(({ isPinned }) => isPinned);
  const arenas = stores.filter(({ kind }) => kind === 'arena');
  const others = stores.filter(({ kind }) => kind === 'other');
  const { pathTo } = findRetainers(snapshot);
  const describe = createLabels(snapshot);
  const show = (list) => ({ ...total(list), groups: groupStores(list, describe, pathTo) });
  return {
    objects: snapshot.layout.nodeCount,
    slabs: total(slabs),
    pinned: show(pinned),
    arenas: show(arenas),
    others: show(others),
  };
}

module.exports = { examine };
