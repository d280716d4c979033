/*
 * profile: a .heapprofile as people look at it: a tree for the flame graph, and the sites, which are
 * the functions that memory was asked for in, by what of it is in use.
 */

/** The last two parts of a file's path, and the line. */
function placeOf({ url, lineNumber }) {
  if (!url) return '';
  const file = url.startsWith('file:') ? decodeURI(new URL(url).pathname) : url;
  const parts = file.split(/[\\/]/);
  return `${parts.slice(-2).join('/')}:${lineNumber + 1}`;
}

/**
 * Makes the tree. Children that hold most come first.
 *
 * @param {{ head: object }} profile
 * @returns {import('./flame.js').Node}
 */
export function treeOf({ head }) {
  const build = ({ callFrame, selfSize, children }) => {
    const below = children.map(build).filter(({ value }) => value > 0);
    return {
      name: callFrame.functionName || '(anonymous)',
      place: placeOf(callFrame),
      self: selfSize,
      value: below.reduce((sum, { value }) => sum + value, selfSize),
      children: below.sort((a, b) => b.value - a.value),
    };
  };
  return { ...build(head), name: 'all that is in use', place: '' };
}

/** What each site holds, most first: `{ name, place, bytes }`. */
export function sitesOf(tree) {
  const sites = new Map();
  const visit = ({ name, place, self, children }) => {
    const key = `${name} ${place}`;
    if (self > 0) {
      const bytes = (sites.get(key)?.bytes ?? 0) + self;
      sites.set(key, { name, place, bytes });
    }
    children.forEach(visit);
  };
  visit(tree);
  return [...sites.values()].sort((a, b) => b.bytes - a.bytes);
}
