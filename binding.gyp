# What node-gyp looks for in a clone. In an installed package `bufalloc build` makes one like it.
{ 'includes': ['addon.gypi'] }
