# Builds the addons of the tests: another project's C++ addon, as node-addon-api users write them;
# and the very addon of this package with every call that it makes of others able to fail. Then one that
# has its memory from bufalloc, in C and in C++, for an earlier version and for one that is to come.
{
  'target_defaults': {
    'cflags': ['-Wall', '-Wextra'],
    'cflags_cc': ['-std=c++17'],
  },
  'targets': [
    {
      'target_name': 'consumer',
      'sources': ['consumer.c'],
      'include_dirs': ['../../include'],
      'defines': ['NAPI_VERSION=8'],
    },
    {
      'target_name': 'consumer_cxx',
      'sources': ['consumer_cxx.cc'],
      'include_dirs': ['../../include'],
      'defines': ['NAPI_VERSION=8'],
    },
    {
      'target_name': 'consumer_older',
      'sources': ['consumer.c'],
      'include_dirs': ['api-1'],
      'defines': ['NAPI_VERSION=8'],
    },
    {
      'target_name': 'consumer_newer',
      'sources': ['consumer.c'],
      'include_dirs': ['../../include'],
      'defines': ['NAPI_VERSION=8', 'BUFALLOC_API_VERSION=3'],
    },
    {
      'target_name': 'test_addon',
      'sources': ['addon.cc'],
      'include_dirs': ["<!(node -p \"require('node-addon-api').include_dir\")"],
      'defines': ['NAPI_VERSION=8', 'NAPI_DISABLE_CPP_EXCEPTIONS'],
      'cflags_cc': ['-std=c++17', '-Wall', '-Wextra'],
      'xcode_settings': {
        'CLANG_CXX_LANGUAGE_STANDARD': 'c++17',
        'MACOSX_DEPLOYMENT_TARGET': '10.15',
      },
      'msvs_settings': { 'VCCLCompilerTool': { 'AdditionalOptions': ['/std:c++17'] } },
    },
    {
      'target_name': 'faulty_bufalloc',
      'sources': [
        '../faults/faults.c',
        "<!@(node ../../tools/sources.js addon heap --from test/addon)",
      ],
      'defines': ['NAPI_VERSION=8', 'BA_FAULT_INJECTION', '_DEFAULT_SOURCE=1', '_DARWIN_C_SOURCE=1'],
      'conditions': [
        ['OS=="win"', {
          'sources': ["<!@(node ../../tools/sources.js os_win --from test/addon)"],
          'msvs_settings': {
            'VCCLCompilerTool': {
              'AdditionalOptions': ['/std:c11', '/experimental:c11atomics'],
              'ForcedIncludeFiles': ['../faults/faults.h'],
            },
          },
        }, {
          'sources': ["<!@(node ../../tools/sources.js os_posix --from test/addon)"],
          'conditions': [['OS!="mac"', {'ldflags': ['-Wl,-z,nodelete']}]],
          'cflags': [
            '-fvisibility=hidden', '-Wall', '-Wextra',
            '-include', '<(module_root_dir)/../faults/faults.h',
          ],
          'cflags_c': ['-std=c11'],
          'cflags_cc': ['-std=c++17', '-fno-exceptions', '-fno-rtti'],
          'xcode_settings': {
            'GCC_C_LANGUAGE_STANDARD': 'c11',
            'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
            'OTHER_CFLAGS': ['-include', '<(module_root_dir)/../faults/faults.h'],
          },
        }],
        ['OS=="linux"', {
          'sources': ["<!@(node ../../tools/sources.js addon_linux --from test/addon)"],
          'defines': ['BA_WITH_V8'],
        }],
      ],
    },
  ],
}
