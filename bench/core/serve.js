'use strict';

// The measuring process's end of the wire (process.js has the other): one task as JSON in the first argument, one line of JSON at the
// end, and END. Whatever else the process prints before that line is lost. A task that fails ends the process with status 1 and its stack.

/** What follows the result: ASCII's end of transmission. */
const END = '\x04';

/** Does the task with `work(task)`, prints what it gives, and ends the process. @param {(task: any) => any} work */
async function serve(work) {
  try {
    const result = await work(JSON.parse(process.argv[2]));
    process.stdout.write(`\n${JSON.stringify(result)}${END}`, () => process.exit(0));
  } catch (error) {
    process.stderr.write(`${error.stack}\n`, () => process.exit(1));
  }
}

module.exports = { END, serve };
