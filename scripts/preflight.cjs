// Checks in under a second that this machine has what a build needs: Node, Rust, a C++20 compiler.
// Old syntax on purpose: an old Node must be able to run this file to learn that it is too old.
'use strict';

var childProcess = require('child_process');
var fs = require('fs');
var path = require('path');

var root = path.dirname(__dirname);

var OLDEST_GCC = 11;
var OLDEST_CLANG = 14;

/**
 * @typedef {object} Problem
 * @property {string} missing what is not there, or too old
 * @property {string} install the command that installs it
 */

/** @returns {Problem[]} */
function findProblems() {
  return [checkNode(), checkRust(), checkCompiler()].filter(Boolean);
}

function checkNode() {
  var table = JSON.parse(fs.readFileSync(path.join(root, 'scripts', 'abi.json'), 'utf8'));
  if (table[process.versions.modules]) return null;
  var majors = Object.keys(table).map(function (abi) {
    return table[abi].node;
  });
  return {
    missing:
      'Node.js ' +
      majors.join(', ') +
      ' (this is ' +
      process.version +
      ', ABI ' +
      process.versions.modules +
      ')',
    install: installNode(majors[majors.length - 2]),
  };
}

function checkRust() {
  var wanted = /^rust-version = "([\d.]+)"/m.exec(
    fs.readFileSync(path.join(root, 'Cargo.toml'), 'utf8'),
  )[1];
  var versions = ['cargo', 'rustc'].map(function (tool) {
    return { tool: tool, version: firstVersionIn(output(tool, ['--version'])) };
  });
  var absent = versions.filter(function (found) {
    return found.version === null;
  });
  if (absent.length > 0) {
    return {
      missing: 'Rust ' + wanted + ' or newer (no ' + absent[0].tool + ' on PATH)',
      install: installRust(),
    };
  }
  var old = versions.filter(function (found) {
    return isOlder(found.version, wanted);
  });
  if (old.length === 0) return null;
  return {
    missing: 'Rust ' + wanted + ' or newer (' + old[0].tool + ' is ' + old[0].version + ')',
    install: output('rustup', ['--version']) === null ? installRust() : 'rustup update stable',
  };
}

function checkCompiler() {
  if (findCompiler() !== null) return null;
  var found = compilerCandidates()
    .map(function (command) {
      var text = output(command, ['--version']);
      return text === null ? null : command + ' is ' + text.split('\n')[0];
    })
    .filter(Boolean);
  return {
    missing:
      'a C++20 compiler with its standard library: g++ ' +
      OLDEST_GCC +
      ' or clang++ ' +
      OLDEST_CLANG +
      ', or newer (' +
      (found.length > 0 ? found.join('; ') : 'no ' + compilerCandidates().join(', no ')) +
      ')',
    install: installCompiler(),
  };
}

/** The command of the first C++20 compiler that works, $CXX before all others; null when none does. */
function findCompiler() {
  var usable = compilerCandidates().filter(function (command) {
    var text = output(command, ['--version']);
    return text !== null && isNewEnough(text) && compilesCpp20(command);
  });
  return usable.length > 0 ? usable[0] : null;
}

function compilerCandidates() {
  return process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++'];
}

function isNewEnough(versionText) {
  // "Debian clang version 14.0.6", "Apple clang version 15.0.0", "c++ (Debian 12.2.0-14) 12.2.0"
  var clang = /clang version (\d+)/.exec(versionText);
  if (clang) return Number(clang[1]) >= OLDEST_CLANG;
  var gcc = /(\d+)\.\d+(\.\d+)?\s*$/.exec(versionText.split('\n')[0]);
  return gcc !== null && Number(gcc[1]) >= OLDEST_GCC;
}

/** A compiler may be there without the headers of its standard library. */
function compilesCpp20(command) {
  var probe = '#include <version>\n#ifndef __cpp_lib_concepts\n#error old\n#endif\n';
  return output(command, ['-std=gnu++20', '-fsyntax-only', '-x', 'c++', '-'], probe) !== null;
}

/** What a command prints on stdout, or null when it cannot be run or fails. */
function output(command, args, input) {
  // $CXX may carry a wrapper: "ccache g++".
  var words = command.split(' ').concat(args);
  var result = childProcess.spawnSync(words[0], words.slice(1), { encoding: 'utf8', input: input });
  return result.status === 0 ? result.stdout : null;
}

function firstVersionIn(text) {
  var match = text === null ? null : /\d+\.\d+(\.\d+)?/.exec(text);
  return match === null ? null : match[0];
}

function isOlder(version, wanted) {
  var left = version.split('.').map(Number);
  var right = wanted.split('.').map(Number);
  for (var i = 0; i < right.length; i++) {
    if (left[i] !== right[i]) return left[i] < right[i];
  }
  return false;
}

function installNode(major) {
  if (process.env.NVM_DIR) return 'nvm install ' + major;
  if (process.platform === 'darwin') return 'brew install node@' + major;
  if (process.platform === 'win32') return 'winget install OpenJS.NodeJS.LTS';
  return asRoot('npx --yes n ' + major);
}

function installRust() {
  if (process.platform === 'darwin') return 'brew install rustup && rustup default stable';
  if (process.platform === 'win32') return 'winget install Rustlang.Rustup';
  return 'curl --proto \'=https\' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y && . "$HOME/.cargo/env"';
}

function installCompiler() {
  if (process.platform === 'darwin') return 'xcode-select --install';
  if (process.platform === 'win32') return 'winget install Microsoft.VisualStudio.2022.BuildTools';
  var commands = [
    ['/usr/bin/apt-get', 'apt-get install -y g++'],
    ['/usr/bin/dnf', 'dnf install -y gcc-c++'],
    ['/usr/bin/zypper', 'zypper install -y gcc-c++'],
    ['/usr/bin/pacman', 'pacman -S --noconfirm gcc'],
    ['/sbin/apk', 'apk add g++'],
  ].filter(function (row) {
    return fs.existsSync(row[0]);
  });
  return commands.length > 0
    ? asRoot(commands[0][1])
    : 'install g++ with the package manager of this system';
}

function asRoot(command) {
  return process.getuid && process.getuid() === 0 ? command : 'sudo ' + command;
}

/** Names every problem on stderr. Returns whether there was none. */
function preflight() {
  var problems = findProblems();
  if (problems.length === 0) return true;
  console.error('offloop cannot be built here. Missing:\n');
  problems.forEach(function (problem) {
    console.error('  ' + problem.missing + '\n    install it with: ' + problem.install + '\n');
  });
  return false;
}

module.exports = { findCompiler: findCompiler, preflight: preflight };

if (require.main === module && !preflight()) process.exitCode = 1;
