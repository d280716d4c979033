'use strict';

/*
 * snapshot: a heap snapshot of V8's as a graph in typed arrays: 20 bytes for a node, 9 for an edge, and the
 * beginnings of the strings. The format is that of V8's HeapSnapshotJSONSerializer, which is the same
 * on all versions but for the fields of a node; those it lists itself.
 */

const { SnapshotError, createText, decode, openReader } = require('./reader');

/** Names of classes and properties are shorter, and of a program's texts nobody wants more. */
const MAX_NAME_BYTES = 160;
const MAX_TEXT_BYTES = 1024;
const MAX_META_BYTES = 1024 * 1024;

/** An edge from a key to its value, or from the table, which holds the value only while the key is alive. */
const PAIR = /^\d+ \/ part of key .* pair in WeakMap \(table @(\d+)\)$/s;
const MIN_PAIR_BYTES = 50;
const isDigit = (byte) => byte >= 0x30 && byte <= 0x39;

/** What a snapshot says of its own layout. */
function readLayout({ meta, node_count: nodeCount, edge_count: edgeCount }, size) {
  const { node_fields: nodeFields, edge_fields: edgeFields } = meta ?? {};
  const nodeTypes = meta?.node_types?.[0];
  const edgeTypes = meta?.edge_types?.[0];
  const lists = [nodeFields, edgeFields, nodeTypes, edgeTypes];
  const counts = [nodeCount, edgeCount];
  if (!lists.every(Array.isArray) || !counts.every((count) => count >= 0 && count < 2 ** 32)) {
    throw new SnapshotError('its "snapshot" does not say what the rest is');
  }
  const place = (fields, name) => {
    const index = fields.indexOf(name);
    if (index < 0) throw new SnapshotError(`it has no field "${name}"`);
    return index;
  };
  /* Each number takes a digit and a comma: what cannot be in the file is given no memory. */
  const least = 2 * (nodeCount * nodeFields.length + edgeCount * edgeFields.length);
  if (least > size) {
    throw new SnapshotError(`it ends after ${size} bytes, before its end: it was cut short`);
  }
  return {
    nodeCount,
    edgeCount,
    nodeTypes,
    edgeTypes,
    node: {
      length: nodeFields.length,
      type: place(nodeFields, 'type'),
      name: place(nodeFields, 'name'),
      id: place(nodeFields, 'id'),
      size: place(nodeFields, 'self_size'),
      edges: place(nodeFields, 'edge_count'),
    },
    edge: {
      length: edgeFields.length,
      type: place(edgeFields, 'type'),
      name: place(edgeFields, 'name_or_index'),
      to: place(edgeFields, 'to_node'),
    },
  };
}

function readNodes(reader, { nodeCount, edgeCount, node }) {
  const nodes = {
    type: new Uint8Array(nodeCount),
    name: new Uint32Array(nodeCount),
    id: new Uint32Array(nodeCount),
    size: new Float64Array(nodeCount),
    /** Where the edges of each begin; of the one after the last, where they end. */
    firstEdge: new Uint32Array(nodeCount + 1),
  };
  const fields = new Float64Array(node.length);
  let field = 0;
  let index = 0;
  reader.readList('"nodes"', () => {
    fields[field++] = reader.readNumber('a node');
    if (field < node.length) return;
    field = 0;
    nodes.type[index] = fields[node.type];
    nodes.name[index] = fields[node.name];
    nodes.id[index] = fields[node.id];
    nodes.size[index] = fields[node.size];
    const end = nodes.firstEdge[index] + fields[node.edges];
    if (end > edgeCount) throw new SnapshotError('its nodes have more edges than it has');
    nodes.firstEdge[++index] = end;
  });
  if (index !== nodeCount || field !== 0) throw new SnapshotError(`it lacks nodes`);
  return nodes;
}

function readEdges(reader, { nodeCount, edgeCount, node, edge }) {
  const edges = {
    type: new Uint8Array(edgeCount),
    /** A string's number, or an index, as the type has it. */
    name: new Uint32Array(edgeCount),
    to: new Uint32Array(edgeCount),
  };
  const fields = new Float64Array(edge.length);
  let field = 0;
  let index = 0;
  reader.readList('"edges"', () => {
    fields[field++] = reader.readNumber('an edge');
    if (field < edge.length) return;
    field = 0;
    const to = fields[edge.to] / node.length;
    if (!(to < nodeCount) || !Number.isInteger(to)) {
      throw new SnapshotError('an edge leads nowhere: it is damaged');
    }
    edges.type[index] = fields[edge.type];
    edges.name[index] = fields[edge.name];
    edges.to[index] = to;
    index++;
  });
  if (index !== edgeCount || field !== 0) throw new SnapshotError('it lacks edges');
  return edges;
}

/** The beginnings of all strings, in one piece of memory that grows. */
function readStrings(reader) {
  const text = createText(MAX_TEXT_BYTES);
  let bytes = Buffer.alloc(1024 * 1024);
  let starts = new Uint32Array(64 * 1024);
  let count = 0;
  let used = 0;
  /* The names of edges to what is in WeakMaps: the table's id, by the number of the string. */
  const weakPairs = new Map();

  function notePair() {
    if (text.length < MIN_PAIR_BYTES || !isDigit(text.bytes[0])) return;
    const match = PAIR.exec(decode(text.bytes, 0, text.length));
    if (match !== null) weakPairs.set(count, Number(match[1]));
  }

  reader.readList('"strings"', () => {
    reader.readText(text, 'a string');
    notePair();
    const length = Math.min(text.length, MAX_NAME_BYTES);
    if (used + length > bytes.length) bytes = Buffer.concat([bytes], 2 * bytes.length);
    if (count + 1 >= starts.length) {
      const more = new Uint32Array(2 * starts.length);
      more.set(starts);
      starts = more;
    }
    text.bytes.copy(bytes, used, 0, length);
    used += length;
    starts[++count] = used;
  });

  return {
    weakPairs,
    get: (index) => (index < count ? decode(bytes, starts[index], starts[index + 1]) : ''),
    /** The number of a string; -1 if there is none. */
    find(string) {
      const wanted = Buffer.from(string);
      for (let index = 0; index < count; index++) {
        if (starts[index + 1] - starts[index] !== wanted.length) continue;
        if (wanted.compare(bytes, starts[index], starts[index + 1]) === 0) return index;
      }
      return -1;
    },
  };
}

/** How each part is read; each needs what stands before it. */
const PARTS = {
  __proto__: null,
  snapshot: (reader) =>
    readLayout(reader.readValue('"snapshot"', MAX_META_BYTES) ?? {}, reader.size),
  nodes: (reader, { snapshot }) => readNodes(reader, snapshot),
  edges: (reader, { snapshot }) => readEdges(reader, snapshot),
  strings: readStrings,
};

function readParts(reader) {
  const parts = { __proto__: null };
  let hasBegun = false;
  try {
    reader.readObject('a heap snapshot', (name) => {
      hasBegun ||= name === 'snapshot';
      if (!hasBegun) throw new SnapshotError();
      if (name in PARTS) parts[name] = PARTS[name](reader, parts);
      else reader.skipValue(`"${name}"`);
    });
  } catch (error) {
    const isOther = error instanceof SnapshotError && !hasBegun;
    throw isOther ? new SnapshotError('it is no heap snapshot') : error;
  }
  const missing = Object.keys(PARTS).find((name) => parts[name] === undefined);
  if (missing !== undefined) throw new SnapshotError(`it has no "${missing}"`);
  return parts;
}

/**
 * Reads a file.
 *
 * @param {string} file
 * @param {(done: number, total: number) => void} [onProgress] in bytes
 * @returns {object} `layout`, `nodes`, `edges`, `strings`
 * @throws {SnapshotError} if it is no snapshot, or not a whole one; the system's error if it cannot be read
 */
function readSnapshot(file, onProgress = () => {}) {
  const reader = openReader(file, onProgress);
  try {
    if (!reader.isFile) throw new SnapshotError('it is no file');
    const { snapshot: layout, nodes, edges, strings } = readParts(reader);
    if (nodes.firstEdge[layout.nodeCount] !== layout.edgeCount) {
      throw new SnapshotError('its nodes have fewer edges than it has');
    }
    return { layout, nodes, edges, strings };
  } finally {
    reader.close();
  }
}

module.exports = { SnapshotError, readSnapshot };
