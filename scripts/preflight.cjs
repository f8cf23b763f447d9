// Checks in under a second that this machine has what a build needs: Node, Rust, a C++20 compiler.
// Syntax of Node 12: an old Node must be able to run this file to learn that it is too old.
'use strict';

const { readFileSync } = require('fs');
const { dirname, join } = require('path');

const { describeCompilers, findCompiler, output } = require('./compiler.cjs');
const { installCompiler, installNode, installRust } = require('./install-commands.cjs');

const root = dirname(__dirname);
const targets = JSON.parse(readFileSync(join(root, 'scripts', 'abi.json'), 'utf8'));
const abi = process.versions.modules;

/**
 * @typedef {object} Problem
 * @property {string} missing what is not there, or too old
 * @property {string} install the command that installs it
 */

/** @returns {Problem | null} */
function checkNode() {
  if (targets[abi]) return null;
  const majors = Object.values(targets).map(({ node }) => node);
  const [newestLts, newest] = majors.slice(-2);
  return {
    missing: `Node.js ${majors.slice(0, -1).join(', ')} or ${newest} (this is ${process.version}, ABI ${abi})`,
    install: installNode(newestLts),
  };
}

/** @returns {Problem | null} */
function checkRust() {
  const manifest = readFileSync(join(root, 'Cargo.toml'), 'utf8');
  const [, wanted] = /^rust-version = "([\d.]+)"/m.exec(manifest);
  for (const tool of ['cargo', 'rustc']) {
    const text = output(tool, ['--version']);
    const [found] = /\d+(\.\d+)+/.exec(text || '') || [];
    if (found && !isOlder(found, wanted)) continue;
    return {
      missing: `Rust ${wanted} or newer (${found ? `${tool} is ${found}` : `no ${tool} on PATH`})`,
      install: installRust(found !== undefined && output('rustup', ['--version']) !== null),
    };
  }
  return null;
}

/** @returns {Problem | null} */
function checkCompiler() {
  // For a Node that is not supported any of the rows will do: checkNode has the last word.
  const oldest = targets[abi] || Object.values(targets)[0];
  if (findCompiler(oldest)) return null;
  return {
    missing:
      'a C++20 compiler with its standard library: ' +
      `g++ ${oldest.gcc} or clang++ ${oldest.clang}, or newer (${describeCompilers()})`,
    install: installCompiler(),
  };
}

function isOlder(version, wanted) {
  const [left, right] = [version, wanted].map((text) => text.split('.').map(Number));
  const differing = right.findIndex((part, index) => left[index] !== part);
  return differing !== -1 && (left[differing] || 0) < right[differing];
}

/** Names every problem on stderr. Returns whether there was none. */
function preflight() {
  const problems = [checkNode(), checkRust(), checkCompiler()].filter(
    (problem) => problem !== null,
  );
  if (problems.length === 0) return true;
  console.error('offloop cannot be built here. Missing:\n');
  for (const { missing, install } of problems) {
    console.error(`  ${missing}\n    install it with: ${install}\n`);
  }
  return false;
}

module.exports = { preflight };

if (require.main === module && !preflight()) process.exitCode = 1;
