# bufalloc's header is all that is needed to build; zlib is Node's own, in its headers and its binary.
{
  'targets': [
    {
      'target_name': 'deflate',
      'sources': ['deflate.c', 'malloc.c'],
      'include_dirs': ["<!(node -p \"require('bufalloc').include\")"],
      'defines': ['NAPI_VERSION=8'],
    },
  ],
}
