'use strict';

/*
 * missing: why no addon loads, and what to do. Loaded only where that is so: by the warning
 * (lib/stores/backend.js) and by `bufalloc doctor`. Each cause is an entry of
 * docs/when-it-does-not-load.md.
 */

const { readFileSync } = require('node:fs');
const path = require('node:path');
const { isThere } = require('./binding').origin;

const DOCUMENT = 'docs/when-it-does-not-load.md';
const PLATFORM = `${process.platform}-${process.arch}`;
const BUILD = "'npx bufalloc build', which takes Python 3, make and a C and C++ compiler";

/* What dynamic loaders say, of glibc, musl, macOS and Windows. */
const OTHER_LIBC =
  /GLIBC(XX)?_[\d.]+' not found|symbol not found|Error relocating|ld-linux|ld-musl|libc\.(musl|so)/;
const OTHER_ARCHITECTURE =
  /wrong ELF class|incompatible architecture|wrong architecture|cannot open shared object file/;
const OTHER_SYSTEM = /invalid ELF header|not valid mach-o|not a mach-o|not a valid Win32/;

/**
 * Every cause, in the order in which they are looked for: its heading in the document, what is said of it
 * in a sentence, and the advice.
 */
const CAUSES = {
  __proto__: null,
  binary: {
    heading: 'BUFALLOC_BINARY names no addon',
    text: 'BUFALLOC_BINARY names a file that is not there or does not load',
    advice: 'Unset it, or have it name the bufalloc.node of this platform.',
  },
  addons: {
    heading: 'Addons are not allowed',
    text: 'this process may load no addons: --permission or --no-addons',
    advice: 'Start Node.js with --allow-addons, or without --no-addons.',
  },
  executable: {
    heading: 'A single executable',
    text: 'a single executable holds no addon',
    advice: "Put the package's folder prebuilds/ beside the executable, or set BUFALLOC_BINARY.",
  },
  bundled: {
    heading: 'A bundle',
    text: 'it is in a bundle, without its binary',
    advice:
      "Leave it out of the bundle ('bufalloc' as an external), or put its folder prebuilds/ beside the bundle.",
  },
  libc: {
    heading: 'The C library is too old, or another',
    text: 'the binary was made for another C library than that of this system',
    advice: `Build it here: ${BUILD}.`,
  },
  architecture: {
    heading: 'Another architecture',
    text: `the binary is not one for ${PLATFORM}, for which this Node.js was made`,
    advice: 'Install with the Node.js that is to run it: remove node_modules, and install again.',
  },
  copied: {
    heading: 'node_modules from another machine',
    text: `the binary is not one for ${PLATFORM}: node_modules comes from another machine`,
    advice: 'Remove node_modules and install on this machine.',
  },
  pnpm: {
    heading: 'pnpm ran no script',
    text: 'it was installed from its sources, which pnpm does not build unless told to',
    advice: `Allow it ('pnpm approve-builds'), or build it: 'pnpm exec bufalloc build'.`,
  },
  scripts: {
    heading: 'Scripts are switched off',
    text: 'it was installed from its sources, and its script prepare did not run or failed',
    advice: `Build it: ${BUILD}.`,
  },
  platform: {
    heading: 'No binary for the platform',
    text: `the package has no binary for ${PLATFORM}`,
    advice: `Build it here: ${BUILD}.`,
  },
  incomplete: {
    heading: 'The binaries were left out',
    text: 'the package is here without its folder prebuilds/',
    advice: `Install it again, or copy it as a whole. Or build it here: ${BUILD}.`,
  },
  damaged: {
    heading: 'Anything else',
    text: 'the binary does not load',
    advice: 'Install the package again.',
  },
};

const isSingleExecutable = () => process.getBuiltinModule?.('node:sea')?.isSea?.() === true;

/** The folder of the package, if this code lies in it. */
function findRoot(roots) {
  return roots.find((root) => {
    try {
      const { name } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
      return name === 'bufalloc';
    } catch {
      return false;
    }
  });
}

function findCause({ roots, failures }) {
  const [first] = failures;
  if (first?.error.code === 'ERR_DLOPEN_DISABLED') return 'addons';
  if (process.env.BUFALLOC_BINARY) return 'binary';
  const message = String(first?.error.message);
  if (OTHER_LIBC.test(message)) return 'libc';
  if (OTHER_ARCHITECTURE.test(message)) return 'architecture';
  if (OTHER_SYSTEM.test(message)) return 'copied';
  if (first !== undefined) return 'damaged';
  if (isSingleExecutable()) return 'executable';
  const root = findRoot(roots);
  if (root === undefined) return 'bundled';
  const has = (...names) => isThere(path.join(root, ...names));
  /* What is packed has no tools. */
  if (!has('tools')) {
    if (!has('prebuilds')) return 'incomplete';
    return has('prebuilds', PLATFORM) ? 'libc' : 'platform';
  }
  if (root.includes(`${path.sep}.pnpm${path.sep}`)) return 'pnpm';
  return 'scripts';
}

/**
 * Why no addon loads.
 *
 * @param {object} origin of the binding
 * @returns {{ cause: string, text: string, advice: string, document: string, details: string[] }} text:
 *   a clause; details: what the system said of each file that was found
 */
function diagnose(origin) {
  const cause = findCause(origin);
  const { heading, text, advice } = CAUSES[cause];
  const anchor = heading
    .toLowerCase()
    .replace(/[^a-z_ -]/g, '')
    .replaceAll(' ', '-');
  const details = origin.failures.map(({ file, error }) => `${file}: ${error.message}`);
  return { cause, text, advice, document: `${DOCUMENT}#${anchor}`, details };
}

/** Says so, as a process warning. */
function warn(origin) {
  const { text, advice, document, details } = diagnose(origin);
  process.emitWarning(
    `No addon loads, and all memory is the runtime's: ${text}. ${advice} ` +
      'BUFALLOC_STORES=host silences this.',
    {
      type: 'BufallocWarning',
      code: 'BUFALLOC_NO_ADDON',
      detail: [...details, `See ${document} in the package, or run 'npx bufalloc doctor'.`].join(
        '\n',
      ),
    },
  );
}

module.exports = { CAUSES, diagnose, warn };
