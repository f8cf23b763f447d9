// The C++ compiler of this machine. Used by preflight, so its syntax is that of Node 12.
'use strict';

const { spawnSync } = require('child_process');

/** @typedef {{ gcc: number, clang: number }} Oldest the oldest major versions that can build an ABI */

/**
 * What a command prints on stdout, or null when it cannot be run or fails.
 * @param {string} command may carry a wrapper, as $CXX may: "ccache g++"
 * @param {string[]} args
 * @param {string} [input]
 */
function output(command, args, input) {
  const [program, ...first] = command.split(' ');
  const { status, stdout } = spawnSync(program, [...first, ...args], { encoding: 'utf8', input });
  return status === 0 ? stdout : null;
}

/** @returns {string[]} */
function candidates() {
  return process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++'];
}

/**
 * The command of the first C++20 compiler that is there and new enough; null when none is.
 * @param {Oldest} oldest
 * @returns {string | null}
 */
function findCompiler(oldest) {
  const isUsable = (command) => {
    const text = output(command, ['--version']);
    return text !== null && isNewEnough(text, oldest) && compilesCpp20(command);
  };
  return candidates().find(isUsable) || null;
}

/**
 * The command that compiles C, for Zstandard's library. Where there is none, the C++ compiler does when it is told to.
 * @param {string} cppCompiler
 */
function findCCompiler(cppCompiler) {
  const usual = process.env.CC || 'cc';
  return output(usual, ['--version']) === null ? `${cppCompiler} -x c` : usual;
}

/** What is there instead, in words. */
function describeCompilers() {
  const found = candidates()
    .map((command) => [command, output(command, ['--version'])])
    .filter(([, text]) => text !== null)
    .map(([command, text]) => `${command} is ${text.split('\n')[0]}`);
  const text = found.length > 0 ? found.join('; ') : `no ${candidates().join(', no ')}`;
  return process.env.CXX ? `CXX is set: ${text}` : text;
}

/**
 * @param {string} versionText "Debian clang version 14.0.6", "c++ (Debian 12.2.0-14) 12.2.0"
 * @param {Oldest} oldest
 */
function isNewEnough(versionText, oldest) {
  const clang = /clang version (\d+)/.exec(versionText);
  if (clang) return Number(clang[1]) >= oldest.clang;
  const gcc = /(\d+)\.\d+(\.\d+)?\s*$/.exec(versionText.split('\n')[0]);
  return gcc !== null && Number(gcc[1]) >= oldest.gcc;
}

/** A compiler may be there without the headers of its standard library. */
function compilesCpp20(command) {
  const probe = '#include <version>\n#ifndef __cpp_lib_concepts\n#error old\n#endif\n';
  return output(command, ['-std=gnu++20', '-fsyntax-only', '-x', 'c++', '-'], probe) !== null;
}

module.exports = { describeCompilers, findCCompiler, findCompiler, output };
