'use strict';

// Entry of a measuring process. Takes one job as JSON in its first argument, measures one side of it, and prints one line of JSON:
// `{ cells: { id: { metric: figure } } }`. Everything else it prints is lost.

const { loadSide } = require('./sides');

const job = JSON.parse(process.argv[2]);
const suite = require(`../suites/${job.suite}`);

async function main() {
  const cells = await suite.measure(job, loadSide(job.side, job.self));
  process.stdout.write(`\n${JSON.stringify({ cells })}\n`, () => process.exit(0));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`, () => process.exit(1));
});
