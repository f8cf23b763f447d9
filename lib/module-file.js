// @ts-check
'use strict';

const { resolve } = require('node:path');
const { fileURLToPath, pathToFileURL } = require('node:url');

const { invalidRange, invalidType } = require('./errors.js');
const native = require('./native.js');

/** @typedef {import('./binding').AnyFunction} AnyFunction */
/** @typedef {import('./function-table.js').PreparedFunction} PreparedFunction */

/**
 * A function that runs in isolates, known by the file that it is in and not by its source.
 * @typedef {object} FileFunction
 * @property {AnyFunction} fn stands for it on this thread
 * @property {PreparedFunction} prepared
 */

// What runs in the isolate once the file is loaded there, before the function is called for the first time. The
// namespace of a CommonJS file holds what `require` gives of it under this name, as in Node since 23.
const EXPORTS = `const { imports: [namespace], filename } = arguments[0];
const whole = 'module.exports';
const exported = Object.hasOwn(namespace, whole) ? namespace[whole] : namespace;
const holds = exported !== null && (typeof exported === 'object' || typeof exported === 'function');
const has = (name) => holds && Object.hasOwn(exported, name);
const read = (name) => (has(name) ? exported[name] : name === 'default' ? exported : undefined);
const callable = (value) => typeof value === 'function' && !/^class\\b/.test(Function.prototype.toString.call(value));
const names = () => {
  const all = holds ? Object.keys(exported) : [];
  if (!all.includes('default')) all.unshift('default');
  return all.filter((name) => {
    try {
      return callable(read(name));
    } catch {
      return false;
    }
  });
};
`;

// Bound, so that the function is called as a method of what exports it, and no frame of ours is on its stack. Piscina
// takes a promise of a function for one, too.
const CALL = `const found = read(wanted);
if (callable(found)) return found.bind(exported);
const refuse = () => {
  const have = names().join(', ') || 'no functions';
  const error = new TypeError(filename + ' exports no function named ' + JSON.stringify(wanted) + '; it exports ' + have);
  error.code = 'OFFLOOP_ERR_INVALID_OPTION';
  error.option = 'name';
  return error;
};
if (!(found instanceof Promise)) throw refuse();
return async (...args) => {
  const awaited = await found;
  if (!callable(awaited)) throw refuse();
  return awaited.apply(exported, args);
};`;

const LIST = 'return () => names().map((name) => [name, read(name).length]);';

const RESOURCE = 'offloop:load';

// Nothing travels with it, so nobody asks where it stands.
const STAND_IN = native.describe(() => {});

/**
 * @param {string} key
 * @param {string} file
 * @param {string} name
 * @param {string} body
 * @returns {PreparedFunction}
 */
function preparedIn(file, key, name, body) {
  const source = {
    prefix: '',
    body: EXPORTS + body,
    suffix: '',
    resourceName: RESOURCE,
    line: 0,
    column: 0,
    linked: true,
    from: file,
    imports: [pathToFileURL(file).href],
    module: 0,
    units: [],
  };
  return {
    key: `${key}:${file}`,
    name,
    source,
    context: null,
    described: STAND_IN,
    travels: [],
  };
}

/**
 * The function that a file exports by this name.
 * @param {string} file
 * @param {string} name
 * @param {number} [length] how many parameters it has
 * @returns {FileFunction}
 */
function functionIn(file, name, length = 1) {
  const fn = Object.defineProperties(() => {}, {
    name: { value: name },
    length: { value: length },
  });
  const body = `const wanted = ${JSON.stringify(name)};\n${CALL}`;
  return { fn, prepared: preparedIn(file, `export:${name}`, name, body) };
}

/**
 * A function that loads a file and tells names and lengths of the functions that it exports.
 * @param {string} file
 * @returns {FileFunction}
 */
function listOf(file) {
  return { fn: () => {}, prepared: preparedIn(file, 'exports', 'load', LIST) };
}

/**
 * The path that the user means: a string is a path, relative to the working directory as for a Worker, or a file: URL.
 * @param {unknown} file
 * @param {string} what how messages name it
 */
function pathOf(file, what) {
  const expectation = 'the path of a file, or its file: URL';
  if (typeof file === 'string') {
    if (file === '' || file.includes('\0')) throw invalidRange(what, file, expectation);
    // A drive's letter is no scheme.
    if (!/^[a-z][a-z\d+.-]+:/i.test(file)) return resolve(file);
    return pathOfUrl(file, what, expectation);
  }
  if (
    typeof file === 'object' &&
    file !== null &&
    typeof (/** @type {any} */ (file).href) === 'string'
  ) {
    return pathOfUrl(/** @type {any} */ (file).href, what, expectation);
  }
  throw invalidType(what, file, expectation);
}

/**
 * @param {string} url
 * @param {string} what
 * @param {string} expectation
 */
function pathOfUrl(url, what, expectation) {
  try {
    return fileURLToPath(url);
  } catch {
    throw invalidRange(what, url, expectation);
  }
}

exports.functionIn = functionIn;
exports.listOf = listOf;
exports.pathOf = pathOf;
