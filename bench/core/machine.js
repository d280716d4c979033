'use strict';

// What the head of a report says: the machine, the system, the package and the time of the run.

const { execFileSync } = require('node:child_process');
const { existsSync, readFileSync } = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '..', '..');

function distribution() {
  try {
    return /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))[1];
  } catch {
    return `${os.type()} ${os.release()}`;
  }
}

function commit() {
  // An installed package lies in somebody else's repository.
  if (!existsSync(path.join(root, '.git'))) return null;
  try {
    const git = (...args) =>
      execFileSync('git', args, { cwd: root, stdio: 'pipe' }).toString().trim();
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') ? ', edited' : '');
  } catch {
    return null;
  }
}

/** Machine, system, package version and commit (null outside a git clone), as plain data. */
function describeMachine() {
  const cpus = os.cpus();
  return {
    date: new Date().toISOString(),
    cpu: cpus[0] ? cpus[0].model.trim() : os.arch(),
    cores: cpus.length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: distribution(),
    kernel: os.release(),
    platform: `${process.platform}-${process.arch}`,
    package: require(path.join(root, 'package.json')).version,
    commit: commit(),
  };
}

/** The same in one line, for a table's or a chart's head. */
function machineLine(machine) {
  return `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system} (${machine.platform})`;
}

module.exports = { root, describeMachine, machineLine };
