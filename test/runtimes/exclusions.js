'use strict';

/*
 * What of the suite is not run where, and why. An entry leaves out the tests of `file` whose full
 * title matches `title` (all of the file without it) on the runtimes in `on`; `under` limits it to
 * runs on one backend, `versions` to these major versions. One that matches nothing is an error:
 * test/runtimes/run.js.
 */

const BUN = ['bun'];
const DENO = ['deno'];
const OTHERS = ['bun', 'deno'];

/** Tests of our pool: where the built-in has none, ours has none (lib/runtime/builtin.js). */
const NO_POOL = 'Its built-in has no pool, and so ours has none.';
const OF_POOL = [
  ['addon.test.js', /finds pooled neighbours as far apart/],
  ['alloc-unsafe.test.js', /^(the pool|Buffer\.poolSize (takes effect|moves the limit))/],
  [
    'allocator.test.js',
    /cuts its own slab|where poolSize is an object|a poolSize that may be assigned/,
  ],
  [
    'compact.test.js',
    /a slice of (our slab|the built-in's pool)|returns the others as they are|copies into its own/,
  ],
  ['concat.test.js', /takes its result from the pool/],
  ['from.test.js', /is the pool or one of exactly its length/],
  ['register.test.js', /goes by the built-in's own poolSize/],
  ['release.test.js', /for as many bytes from elsewhere in a slab/],
  ['stats.test.js', /counts (a store for each slab|nothing for buffers cut from a slab)/],
];

/** Tests of programs, papers and packing, which the oldest and the newest version run whole. */
const BETWEEN = [
  ...['bad-environment', 'docs', 'doctor', 'examples', 'exit-reports', 'missing'],
  ...['package', 'page-server', 'run-command', 'types'],
].map((name) => ({
  on: ['node'],
  versions: [22, 24],
  file: `${name}.test.js`,
  reason: 'What it tests of a version is that it runs: the oldest and the newest are enough.',
}));

const exclusions = [
  {
    on: 'all',
    file: 'c.test.js',
    reason: 'The tests of the heap in C run no JavaScript: once is enough.',
  },
  {
    on: 'all',
    file: 'bundlers.test.js',
    reason: 'What a bundler makes does not differ by the version that runs it.',
  },
  {
    on: 'all',
    file: 'compare.test.js',
    reason: 'Tests a program that compares with the built-in of the version that runs it.',
  },
  {
    on: 'all',
    file: 'example-addon.test.js',
    reason:
      'Builds an addon with the headers of the version that built the others: once is enough.',
  },
  {
    on: 'all',
    file: 'bench.test.js',
    reason: 'The benchmarks start the other versions of Node themselves, and are of Node alone.',
  },

  {
    on: 'all',
    file: 'page.test.js',
    reason: 'What the page does in a browser is the same whatever runs behind it.',
  },
  {
    on: OTHERS,
    file: 'page-server.test.js',
    reason: 'Starts programs with Node’s --require and --import.',
  },
  {
    on: OTHERS,
    file: 'debug-uses.test.js',
    reason: 'Wraps the entry points of Node’s core, and expects its streams.',
  },
  {
    on: OTHERS,
    file: 'missing.test.js',
    reason: 'Tells causes by what Node’s own loader and options say.',
  },
  {
    on: OTHERS,
    file: 'run-command.test.js',
    reason: 'It reads no NODE_OPTIONS.',
  },
  {
    on: OTHERS,
    file: 'census.test.js',
    title: /^census /,
    reason: 'Their inspectors find no live objects, or do not answer at once.',
  },
  {
    on: BUN,
    file: 'examples.test.js',
    title: /^examples\/pinned-slabs\.js/,
    reason: 'Its inspector finds no live objects.',
  },
  {
    on: BUN,
    file: 'exit-reports.test.js',
    title: /where nobody reads stderr: (BUFALLOC_DEBUG=1|both)$/,
    reason: 'It ends with 1 where a warning finds nobody who reads it.',
  },
  {
    on: BUN,
    file: 'live.test.js',
    title: /has what a worker holds/,
    reason: 'A thread’s number is known with its first slab, and it has none.',
  },
  {
    on: BUN,
    file: 'package.test.js',
    title: /is one file of JavaScript/,
    reason: 'It begins with what bounds a turn as well, and has `[eval]` among the files.',
  },
  {
    on: BUN,
    file: 'profile.test.js',
    title:
      /until it is reset|more frames than were asked for|begin again|own ways with stack|heapprofile, the tree|a line for each/,
    reason: 'It puts in its place what is used once, and a call in the last place takes no frame.',
  },
  {
    on: BUN,
    file: 'profile-file.test.js',
    title: /a file for each worker|that a source map tells of/,
    reason: 'Its workers preload nothing, and its findSourceMap finds nothing.',
  },
  {
    on: BUN,
    file: 'types.test.js',
    title: /have the fields that there are/,
    reason: '`nativeMin` is Infinity there, for which JSON has null.',
  },
  {
    on: OTHERS,
    file: 'explain.test.js',
    title: /takes a census for what is pinned|says what may be pinned/,
    reason: 'Their inspectors find no live objects, or do not answer at once.',
  },
  {
    on: OTHERS,
    file: 'exit-reports.test.js',
    title: /^a report on SIGTERM|^a report every so many seconds keeps/,
    reason:
      'A listener keeps the program alive: there is none, and no report; --require is another thing.',
  },
  {
    on: OTHERS,
    file: 'pins.test.js',
    reason: 'It writes no heap snapshots of V8’s.',
  },
  {
    on: OTHERS,
    file: 'v8-abi.test.js',
    reason: 'Compares with the v8.h of a version of Node.',
  },
  {
    on: OTHERS,
    file: 'backend.test.js',
    reason: 'Expects V8’s stores, and Node-API’s in workers; neither is used there.',
  },
  {
    on: OTHERS,
    file: 'faults.test.js',
    reason:
      'Fails the calls of Node-API one by one, as Node makes them; another runtime has its own ways there.',
  },
  {
    on: OTHERS,
    file: 'secrets-memory.test.js',
    reason: 'Reads the memory of another process of Node, in which nothing but that test writes.',
  },
  {
    on: OTHERS,
    file: 'guard.test.js',
    reason: 'Its scripts, which end by a fault, are started with the flags of Node.',
  },
  {
    on: OTHERS,
    file: 'secrets.test.js',
    title:
      /wiped when the process ends|faults where|tells of what|too many|lets nothing be locked|other thread|even if it cannot/,
    reason: 'Scripts in processes and workers of their own, started with the flags of Node.',
  },
  {
    on: OTHERS,
    file: 'sizes.test.js',
    reason: 'Its built-in clears gigabytes that Node’s leaves untouched: that takes minutes.',
  },
  {
    on: OTHERS,
    file: 'isolation.test.js',
    title: /has the calls of Buffer work wherever the built-in works/,
    reason: 'Its built-in reads less of what the test breaks than Node’s does, and than ours.',
  },

  {
    on: BUN,
    file: 'allocator-options.test.js',
    title: /^the limits of an allocator have (every buffer|the runtime serve)/,
    reason:
      'It lends no collector: what earlier tests dropped may still be out, and C memory is refused beyond 64 MiB.',
  },
  {
    on: BUN,
    file: 'allocator.test.js',
    title: /^an allocator shares no store with the module/,
    reason:
      'It lends no collector: what earlier tests dropped may still be out, and C memory is refused beyond 64 MiB.',
  },
  {
    on: BUN,
    file: 'stats.test.js',
    title: /wastes at most an eighth of a block/,
    reason:
      'It lends no collector: what earlier tests dropped may still be out, and C memory is refused beyond 64 MiB.',
  },
  {
    on: BUN,
    file: 'package.test.js',
    title: /has a doctor who finds all well/,
    reason: 'Its doctor has notes on the pacer; the benchmarks are of Node.',
  },

  // --- Neither has Node's pool, and so nothing to compare places with ------------------------------
  ...OF_POOL.map(([file, title]) => ({ on: BUN, file, title, reason: NO_POOL })),
  {
    on: DENO,
    file: 'alloc-unsafe.test.js',
    title: /handles an odd value as the built-in does/,
    reason: 'Its built-in has no pool like Node’s: not all that pools there.',
  },
  {
    on: DENO,
    file: 'alloc-unsafe.test.js',
    title: /^sequences of allocations (land|fill|measure)/,
    reason:
      'Compares places in the pool with those of the built-in, which has no pool like Node’s.',
  },
  {
    on: OTHERS,
    file: 'addon.test.js',
    title: /finds alignment served wherever the built-in serves it/,
    reason: 'Calls itself Node 26, but its built-in has no alignment.',
  },

  // --- Their Buffer is not Node's in every odd case --------------------------------------------------
  {
    on: OTHERS,
    file: 'from.test.js',
    title: /asks an object the same questions in the same order/,
    reason: 'Its Buffer.from asks an object for an iterator; Node’s does not.',
  },
  {
    on: BUN,
    file: 'from.test.js',
    title: /reads utf8 where no encoding, or none that is a string, is given/,
    reason: 'Its Buffer.from refuses an empty encoding; Node’s takes it for utf8.',
  },
  {
    on: BUN,
    file: 'errors.test.js',
    title: /^encodings that are wrong of other types are treated/,
    reason: 'Its Buffer.from refuses an empty encoding; Node’s takes it for utf8.',
  },
  {
    on: BUN,
    file: 'errors.test.js',
    title: /are refused without arguments at all/,
    reason: 'Its Buffer takes a missing size for 0.',
  },
  {
    on: BUN,
    file: 'differential.test.js',
    title: /Buffer\.from( a string)?$/,
    reason: 'Its Buffer.from refuses an empty encoding; Node’s takes it for utf8.',
  },
  {
    on: BUN,
    file: 'differential.test.js',
    title: /Buffer\.concat$/,
    reason: 'Its Buffer.concat without any argument gives an empty buffer.',
  },
  {
    on: DENO,
    file: 'differential.test.js',
    title: /Buffer\.from( with a place)?$/,
    reason: 'Its Buffer.from refuses arrays of bigints even when they are empty.',
  },
  {
    on: DENO,
    file: 'concat.test.js',
    title: /looks at a list that there is no memory for/,
    reason: 'Its Buffer.concat asks for memory first, and then for the parts.',
  },
  {
    on: DENO,
    file: 'concat.test.js',
    title: /where they lie about their length|parts whose length throws/,
    reason: 'Its Buffer.concat asks a part for its length, and throws where that is not its own.',
  },
  {
    on: BUN,
    file: 'module.test.js',
    title:
      /inherits from the built-in|have the built-in's name and length|are no constructors where/,
    reason: 'Its statics are native functions with other names, which may be called with new.',
  },
  {
    on: BUN,
    file: 'constructor.test.js',
    title:
      /refuses what the built-in refuses|is given for a call from an application$|is given once$|with --pending-deprecation$/,
    reason: 'Its constructor refuses nothing and warns of nothing.',
  },
  {
    on: DENO,
    file: 'constructor.test.js',
    title: /honours --no-deprecation and --throw-deprecation/,
    reason: 'It does not know --no-deprecation.',
  },
  {
    on: OTHERS,
    file: 'release.test.js',
    title: /returns false for a second time, through any reference/,
    reason: 'Its Buffer.from refuses an emptied buffer, of which the test makes a copy.',
  },
  {
    on: BUN,
    file: 'release.test.js',
    title: /^a store marked as untransferable/,
    reason: 'Its markAsUntransferable does not keep transfer() from emptying a store.',
  },

  {
    on: BUN,
    file: 'alloc.test.js',
    title: /writes an empty byte array as the built-in does/,
    reason: 'Its alloc and its fill refuse an empty fill in different words; ours is that of fill.',
  },
  {
    on: BUN,
    file: 'differential.test.js',
    title: /Buffer\.alloc$/,
    reason: 'Its alloc and its fill refuse an empty fill in different words; ours is that of fill.',
  },

  // --- Command line, preloading, collector -----------------------------------------------------------
  {
    on: BUN,
    file: 'zero-fill.test.js',
    title: /is honoured in its spelling|is honoured in NODE_OPTIONS|is honoured in workers/,
    reason: 'It reads no NODE_OPTIONS, no underscores in options, and workers inherit no execArgv.',
  },
  {
    on: BUN,
    file: 'pacer.test.js',
    title:
      /has dead stores back without|backs off when everything|gives the memory of a program gone quiet/,
    reason: 'It lends no collector of young objects: the pacer is unavailable.',
  },
  {
    on: OTHERS,
    file: 'register.test.js',
    title:
      /can be asked for in NODE_OPTIONS|reaches what core allocates|inherited by workers|reaches workers/,
    reason:
      'Its own APIs allocate natively; it reads no NODE_OPTIONS and preloads nothing in workers.',
  },
  {
    on: DENO,
    file: 'register.test.js',
    title: /allocate through bufalloc: --|prints a summary when the process ends/,
    reason: 'Its --require and --import run before the script’s node:buffer is there.',
  },
  {
    on: BUN,
    file: 'debug.test.js',
    title: /reports (a read that was still in flight|it )/,
    reason: 'A buffer that is being read into is not released.',
  },
  {
    on: BUN,
    file: 'debug-robust.test.js',
    title: /reports late writes to buffers of many sizes/,
    reason: 'A buffer that is being read into is not released.',
  },
  {
    on: BUN,
    file: 'jobs-in-flight.test.js',
    title: /has the next owner's bytes|keeps its own bytes from 26 on/,
    reason: 'A buffer that is being worked on is not released; randomFill ends with an error.',
  },
  {
    on: DENO,
    file: 'debug.test.js',
    title: /reports it when it has waited for two rounds/,
    reason: 'The test has the event loop’s clock in its hands, which is Node’s; the timers go on.',
  },
  {
    on: OTHERS,
    file: 'release.test.js',
    title: /is there for one or two rounds of the clock/,
    reason: 'The test has the event loop’s clock in its hands, which is Node’s; the timers go on.',
  },
  {
    on: OTHERS,
    file: 'capi.test.js',
    title: /goes back when (it has lain idle|the worker has ended)/,
    reason: 'The test has the event loop’s clock in its hands, which is Node’s; the timers go on.',
  },
  {
    on: OTHERS,
    file: 'capi.test.js',
    title: /though the clock stands still/,
    reason: 'Nothing wakes the timers that are the clock there: they look by themselves.',
  },
  {
    on: OTHERS,
    file: 'capi.test.js',
    title: /which is unloaded with them/,
    reason: 'It unloads no addon.',
  },
  {
    on: BUN,
    file: 'async-context.test.js',
    title: /^what AsyncResource holds/,
    reason: 'Its executionAsyncResource gives process.stdin everywhere, which stays.',
  },
  {
    on: DENO,
    file: 'async-context.test.js',
    title: /: (release|arena|debug)$/,
    reason:
      'Its timers and messages keep the context in which they were made: the first that releases is held for some seconds.',
  },
  {
    on: OTHERS,
    file: 'fake-timers.test.js',
    title:
      /under (node:test's mock timers|replaced globals and functions).* has nothing in the fake/,
    reason:
      'It has no clock but the timers of JavaScript, which are fakes when the package is loaded.',
  },
  {
    on: BUN,
    file: 'globals.test.js',
    title: /no timers among the globals loads and works$/,
    reason:
      'Its node:timers reads the globals when it is first asked for, and throws without them.',
  },
  {
    on: BUN,
    file: 'globals.test.js',
    title: /does not keep dead memory from coming back/,
    reason: 'It lends no collector of young objects: the pacer is unavailable.',
  },
  {
    on: BUN,
    file: 'process-flags.test.js',
    title: /keep an --expose-gc of the program's own/,
    reason: 'It has no V8, and no flags of V8’s.',
  },
  {
    on: BUN,
    file: 'zero-fill-requested.test.js',
    title:
      /honoured (in a worker .* from NODE_OPTIONS|where NODE_OPTIONS|from (the default|a) file)/,
    reason: 'It reads no NODE_OPTIONS and no configuration file of Node’s.',
  },
  {
    on: 'all',
    file: 'docs.test.js',
    title: /is what the types say/,
    reason: 'A tool of the tree makes it: once is enough.',
  },
  {
    on: BUN,
    file: 'docs.test.js',
    title: /runs as it says: docs\/debugging\.md:\d+$/,
    reason: 'A read that is in flight ends with ENOBUFS once its buffer was released.',
  },
  {
    on: OTHERS,
    file: 'doctor.test.js',
    title: /prints a line for each, and ends with 0/,
    reason: 'Expects the line to name Node.js.',
  },
  {
    on: DENO,
    file: 'types.test.js',
    title: /name every export, and no other/,
    reason: 'Takes .js for an ES module where package.json has no "type": outside node_modules.',
  },
  {
    on: DENO,
    file: 'package.test.js',
    title: /is one module, required and imported/,
    reason: 'It has no --input-type.',
  },
  {
    on: DENO,
    file: 'package.test.js',
    title: /makes stores as the tree does/,
    reason: 'It has the runtime’s stores alone, packed or not.',
  },
  {
    on: DENO,
    file: 'module.test.js',
    title: /can be imported as an ES module/,
    reason: 'It has no --input-type.',
  },
  {
    on: DENO,
    file: 'interop.test.js',
    title: /is written to a child process/,
    reason: 'A child that pipes its stdin to stdout hangs in spawnSync.',
  },

  // --- Workers and limits ----------------------------------------------------------------------------
  {
    on: DENO,
    file: 'workers.test.js',
    title: /has memory that no other thread writes/,
    reason:
      'A turn of its event loop in a worker takes so long that the test does not end in time.',
  },
  {
    on: DENO,
    file: 'lifetimes-workers.test.js',
    title: /^a worker that is terminated/,
    reason:
      'It does not call the finalizer of instance data for a terminated worker: its heap stays.',
  },
  {
    on: DENO,
    file: 'memory.test.js',
    title: /fail with the built-in's error when the system has no memory/,
    reason: 'It does not start under a limit of the address space.',
  },
  ...BETWEEN,
];

/**
 * Which backends a runtime is run on unless told otherwise: those it can have, but for host memory,
 * of which the version that runs `npm test` says enough. Deno has nothing else: it calls the
 * finalizers of external ArrayBuffers on V8's sweeper threads and within collections, where Node-API
 * promises the environment's own thread (lib/stores/backend.js).
 *
 * @param {string} runtime node, bun or deno
 * @returns {string[]} v8, napi, host
 */
const backendsOf = (runtime) => ({ node: ['v8', 'napi'], bun: ['napi'], deno: ['host'] })[runtime];

module.exports = { backendsOf, exclusions };
