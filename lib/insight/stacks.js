'use strict';

/*
 * stacks: where a program is, as a path in a tree of frames, the outermost first. A frame is told by its file and
 * the position in it, which are cheap to ask for; its name, line and column are asked for when it is seen
 * first. Nothing of the program's is kept: neither functions nor receivers.
 *
 * Our own frames are left out. With source maps enabled, frames are where their source is: that is looked up when they
 * are shown (`describe`).
 */

const path = require('node:path');
const { fileURLToPath, pathToFileURL } = require('node:url');
const {
  binding,
  createList,
  Error,
  ErrorCaptureStackTrace,
  isolate,
  Map,
  MapPrototypeGet,
  MapPrototypeSet,
  ObjectHasOwn,
  StringPrototypeStartsWith,
} = require('../runtime/builtin');

/** What our own frames begin with, in a clone and in a package. */
const { home } = binding.origin;
const OWN_PATH = path.join(home, 'lib') + path.sep;
const OWN_URL = pathToFileURL(OWN_PATH).href;
const OWN_BUNDLE = path.join(home, 'dist') + path.sep;

/** Frames of ours between a program's call and a capture: as many as there were at most, at first. */
const OWN_FRAMES = 8;

const isOwn = (file) =>
  StringPrototypeStartsWith(file, OWN_PATH) ||
  StringPrototypeStartsWith(file, OWN_URL) ||
  StringPrototypeStartsWith(file, OWN_BUNDLE);

const keepSites = (error, sites) => sites;

/** Has `work` done with other properties of Error's than the program's. */
function withSettings(limit, work) {
  const { stackTraceLimit, prepareStackTrace } = Error;
  const had = ObjectHasOwn(Error, 'prepareStackTrace');
  try {
    Error.stackTraceLimit = limit;
    Error.prepareStackTrace = keepSites;
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (had) Error.prepareStackTrace = prepareStackTrace;
    else delete Error.prepareStackTrace;
  }
}

/**
 * The sites that lead to a call of `from`, the innermost first.
 *
 * @returns {ArrayLike<NodeJS.CallSite>} none where they are not to be had
 */
function capture(from, limit) {
  try {
    const sites = withSettings(limit, () => {
      const place = { __proto__: null, stack: undefined };
      ErrorCaptureStackTrace(place, from);
      /* They are made as they are asked for. */
      return place.stack;
    });
    return typeof sites === 'object' && sites !== null ? sites : createList();
  } catch {
    return createList();
  }
}

class Frame {
  constructor(site, file) {
    this.file = file;
    this.name = site.getFunctionName() ?? '(anonymous)';
    this.line = site.getLineNumber() ?? 0;
    this.column = site.getColumnNumber() ?? 0;
  }
}
isolate(Frame);

/** A place in the tree: a frame and those that called it. */
class Node {
  constructor(frame, parent) {
    this.frame = frame;
    this.parent = parent;
    this.children = createList();
    this.byFrame = undefined;
    /** What whoever builds the tree has to count there. */
    this.buckets = createList();
  }

  enter(frame) {
    this.byFrame ??= new Map();
    let child = MapPrototypeGet(this.byFrame, frame);
    if (child === undefined) {
      child = new Node(frame, this);
      MapPrototypeSet(this.byFrame, frame, child);
      this.children[this.children.length] = child;
    }
    return child;
  }
}
isolate(Node);

/** What stands for a stack that is not to be had. */
const UNKNOWN = { __proto__: null, file: '', name: '(unknown)', line: 0, column: 0 };

class Stacks {
  /** @param {number} depth most frames of a stack, the innermost */
  constructor(depth) {
    this.depth = depth;
    this.root = new Node(undefined, undefined);
    /** Frames by file, and then by position. */
    this.files = new Map();
  }

  frameOf(site) {
    const file = site.getFileName() ?? site.getEvalOrigin?.() ?? '';
    let positions = MapPrototypeGet(this.files, file);
    if (positions === undefined) {
      positions = isOwn(file) ? null : new Map();
      MapPrototypeSet(this.files, file, positions);
    }
    if (positions === null) return undefined;
    /* JavaScriptCore's sites have no position. */
    const position = site.getPosition?.() ?? `${site.getLineNumber()}:${site.getColumnNumber()}`;
    let frame = MapPrototypeGet(positions, position);
    if (frame === undefined) {
      frame = new Frame(site, file);
      MapPrototypeSet(positions, position, frame);
    }
    return frame;
  }

  /** The node of where the program is that called what led to `from`. */
  enter(from) {
    const sites = capture(from, this.depth + OWN_FRAMES);
    const frames = createList();
    for (let i = 0; i < sites.length && frames.length < this.depth; i++) {
      const frame = this.frameOf(sites[i]);
      if (frame !== undefined) frames[frames.length] = frame;
    }
    if (frames.length === 0) frames[0] = UNKNOWN;
    let node = this.root;
    for (let i = frames.length; i-- > 0;) node = node.enter(frames[i]);
    return node;
  }
}
isolate(Stacks);

/* --- showing ------------------------------------------------------------------------------------- */

const toPath = (file) => {
  try {
    return StringPrototypeStartsWith(file, 'file:') ? fileURLToPath(file) : file;
  } catch {
    return file;
  }
};

/** Where the source of a place is, by the source maps that the runtime has read; undefined without. */
function findSource({ file, line, column }) {
  try {
    const map = require('node:module').findSourceMap?.(file);
    const { originalSource, originalLine, originalColumn } =
      map?.findEntry(line - 1, column - 1) ?? {};
    if (originalSource === undefined) return undefined;
    return { file: originalSource, line: originalLine + 1, column: originalColumn + 1 };
  } catch {
    return undefined;
  }
}

/**
 * A frame as it is to be shown.
 *
 * @returns {{ name: string, file: string, line: number, column: number }} lines and columns from 1 on; 0 where they are
 *   not known
 */
function describe(frame) {
  const { file, line, column } = findSource(frame) ?? frame;
  return { name: frame.name, file: toPath(file), line, column };
}

module.exports = { Stacks, describe };
