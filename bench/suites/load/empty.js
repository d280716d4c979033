'use strict';

// The module that `require('bufalloc')` is compared with.
