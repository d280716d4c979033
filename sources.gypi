# The C and C++ sources, by layer: the one list that every build reads. addon.gypi includes it; the
# C tests, the fuzzer, the heap's benchmark, the linters and the prebuilt binaries read it through
# tools/sources.js. Paths are from the root of the project.
{
  'variables': {
    'heap_sources': [
      'src/heap/alloc.c',
      'src/heap/blocks.c',
      'src/heap/chunk.c',
      'src/heap/guarded.c',
      'src/heap/heap.c',
      'src/heap/huge.c',
      'src/heap/map.c',
      'src/heap/meta.c',
      'src/heap/pages.c',
      'src/heap/remote.c',
      'src/heap/span.c',
      'src/heap/tally.c',
    ],
    'os_posix_sources': ['src/os/os_posix.c'],
    'os_win_sources': ['src/os/os_win.c'],
    'addon_sources': [
      'src/addon/account.c',
      'src/addon/addon.c',
      'src/addon/capi.c',
      'src/addon/clock.c',
      'src/addon/collect.c',
      'src/addon/counters.c',
      'src/addon/env.c',
      'src/addon/guarded_stores.c',
      'src/addon/hold.c',
      'src/addon/insight.c',
      'src/addon/ledger.c',
      'src/addon/pins.c',
      'src/addon/store.c',
      'src/addon/store_napi.c',
      'src/addon/table.c',
      'src/addon/thread_heap.c',
      'src/addon/ticker.c',
      'src/addon/values.c',
      'src/addon/weak.c',
    ],
    # What speaks V8's own language, where that could be tried.
    'addon_linux_sources': ['src/addon/store_v8.cc'],
  },
}
