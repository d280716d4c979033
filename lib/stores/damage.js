'use strict';

/*
 * damage: telling of guarded blocks that something had written in front of, which C finds when they are
 * freed (src/heap/guarded.h). Those that are freed by a collection are told of at the next release.
 */

const { binding } = require('../runtime/builtin');

let told = binding.damagedBlocks();

/** Warns if there are any that were not told of. Never throws. */
function tellOfDamage() {
  try {
    const count = binding.damagedBlocks();
    if (count === told) return;
    told = count;
    process.emitWarning(
      'Damage: something has written in front of a guarded buffer, where no memory of its is. ' +
        'That was native code. It was found when the buffer was freed.',
      { type: 'BufallocWarning', code: 'BUFALLOC_DAMAGE' },
    );
  } catch {
    /* The counter says so all the same. */
  }
}

module.exports = { tellOfDamage };
