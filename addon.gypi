# The addon, as node-gyp builds it. Apart from binding.gyp, which is not in the package: package managers
# take a file of that name for an order to build.
{
  'includes': ['sources.gypi'],
  'targets': [
    {
      'target_name': 'bufalloc',
      'sources': ['<@(addon_sources)', '<@(heap_sources)'],
      'defines': ['NAPI_VERSION=8'],
      'conditions': [
        ['OS=="win"', {
          'sources': ['<@(os_win_sources)'],
          'msvs_settings': {
            'VCCLCompilerTool': {
              'AdditionalOptions': ['/std:c11', '/experimental:c11atomics'],
            },
          },
        }, {
          'sources': ['<@(os_posix_sources)'],
          'cflags': ['-O3', '-fvisibility=hidden', '-Wall', '-Wextra', '-Wpedantic'],
          'cflags_c': ['-std=c11'],
          'xcode_settings': {
            'GCC_C_LANGUAGE_STANDARD': 'c11',
            'GCC_OPTIMIZATION_LEVEL': '3',
            'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
          },
        }],
        # The reserve belongs to the process: it must outlive the last worker
        # that has the addon loaded.
        ['OS!="mac" and OS!="win"', {'ldflags': ['-Wl,-z,nodelete']}],
        # One file is C++, of which it uses the language and not the library.
        ['OS=="linux"', {
          'sources': ['<@(addon_linux_sources)'],
          'defines': ['BA_WITH_V8'],
          'cflags_cc': ['-std=c++17', '-fno-exceptions', '-fno-rtti'],
          'ldflags': ['-Wl,--as-needed'],
        }],
      ],
    },
  ],
}
