'use strict';

/**
 * Runs a command of this folder by its options: shows its help, or what is wrong with them and exits with 2.
 *
 * @param {() => object} readOptions throws where they are wrong; `help` asks for the help
 * @param {string} help
 * @param {(options: object) => void} main
 */
function runCommand(readOptions, help, main) {
  let options;
  try {
    options = readOptions();
  } catch (error) {
    console.error(`${error.message}\n\n${help}`);
    process.exit(2);
  }
  if (options.help) console.log(help);
  else main(options);
}

module.exports = { runCommand };
