'use strict';

/* Numbers for people: counts and bytes. The command line has more of the kind. */

const KIB = 1024;

/** 1,234,567 */
const count = (number) => number.toLocaleString('en-US');

/** '512 bytes', '64 KiB', '1.5 MiB', '23.5 GiB' */
function bytes(number) {
  const units = ['bytes', 'KiB', 'MiB', 'GiB'];
  let unit = 0;
  while (number >= KIB && unit < units.length - 1) {
    number /= KIB;
    unit++;
  }
  const rounded = Number(number.toFixed(1));
  return rounded === 1 && unit === 0 ? '1 byte' : `${rounded} ${units[unit]}`;
}

module.exports = { count, bytes };
