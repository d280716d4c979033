{
  'targets': [
    {
      'target_name': 'bufalloc',
      'sources': [
        'src/addon.c',
        'src/addon_env.c',
        'src/addon_store.c',
        'src/addon_table.c',
        'src/blocks.c',
        'src/chunk.c',
        'src/heap.c',
        'src/meta.c',
        'src/remote.c',
        'src/span.c',
      ],
      'defines': ['NAPI_VERSION=8'],
      'conditions': [
        ['OS=="win"', {
          'sources': ['src/os_win.c'],
          'msvs_settings': {
            'VCCLCompilerTool': {
              'AdditionalOptions': ['/std:c11', '/experimental:c11atomics'],
            },
          },
        }, {
          'sources': ['src/os_posix.c'],
          # The reserve belongs to the process: it must outlive the last worker
          # that has the addon loaded.
          'conditions': [['OS!="mac"', {'ldflags': ['-Wl,-z,nodelete']}]],
          'cflags': ['-std=c11', '-O3', '-fvisibility=hidden', '-Wall', '-Wextra', '-Wpedantic'],
          'xcode_settings': {
            'GCC_C_LANGUAGE_STANDARD': 'c11',
            'GCC_OPTIMIZATION_LEVEL': '3',
            'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
          },
        }],
      ],
    },
  ],
}
