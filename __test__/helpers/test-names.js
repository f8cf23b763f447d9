'use strict';

const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const folder = join(__dirname, '..');
// `test.skip(` and `test.todo(` prove nothing; a name may follow on the next line.
const CALL = /\b(?:test|it)\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g;

// One test for each name that a fixture lists.
const CASES = /const \{ cases \} = require\('\.\/(fixtures\/[\w-]+\.js)'\)/;

/** @type {Map<string, (string | RegExp)[]>} */
const known = new Map();

/** Names of the tests in a file, as written there; those with something put in are patterns. */
function namesIn(file) {
  let names = known.get(file);
  if (names === undefined) {
    const text = readFileSync(join(folder, file), 'utf8');
    names = [...text.matchAll(CALL)].map(([, single, double, template]) =>
      template === undefined ? unescaped(single ?? double) : pattern(template),
    );
    const [, fixture] = CASES.exec(text) ?? [];
    if (fixture !== undefined) names.push(...require(join(folder, fixture)).cases);
    known.set(file, names);
  }
  return names;
}

const unescaped = (text) => text.replace(/\\(.)/g, '$1');
const literally = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function pattern(template) {
  const fixed = template.split(/\$\{[^}]*\}/).map((part) => literally(unescaped(part)));
  return new RegExp(`^${fixed.join('.+')}$`);
}

/** A Rust file is named by its path; a test there by the name of its function. */
function hasRustTest(file, name) {
  let text;
  try {
    text = readFileSync(join(folder, '..', file), 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
  return new RegExp(`#\\[test\\]\\s+fn ${literally(name)}\\(`).test(text);
}

/** Whether `__test__/<file>`, or a Rust file of this path, has a test of this name. */
function hasTest(file, name) {
  if (file.endsWith('.rs')) return hasRustTest(file, name);
  let names;
  try {
    names = namesIn(file);
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
  return names.some((one) => (typeof one === 'string' ? one === name : one.test(name)));
}

/**
 * The tests that a text of Markdown names: `file.test.js › name`, in code spans.
 * @returns {{ file: string, name: string }[]}
 */
function testsNamedIn(text) {
  return [...text.matchAll(/`([\w-]+\.test\.js|src\/[\w/-]+\.rs) › ([^`]+)`/g)].map(
    ([, file, name]) => ({ file, name }),
  );
}

module.exports = { hasTest, testsNamedIn };
