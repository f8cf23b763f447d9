// @ts-check
'use strict';

const { invalidType } = require('./errors.js');
const { refuseOwnScope } = require('./load.js');
const { functionIn, pathOf } = require('./module-file.js');
const { isOptionsObject, readRunOptions, text } = require('./options.js');

/** @typedef {import('./module-file.js').FileFunction} FileFunction */

// The form of piscina: `run(data, { filename, name })` calls what the file exports by that name.

const DEFAULT_NAME = 'default';
const MAX_REMEMBERED = 1024;

/** By file and name. @type {Map<string, FileFunction>} */
const remembered = new Map();

/**
 * @typedef {object} TaskFile what a pool's runs without a function call
 * @property {string} path
 * @property {string} name
 */

/**
 * What a run without a function means. Throws what refuses it.
 * @param {unknown} data
 * @param {unknown} options
 * @param {TaskFile | null} ofPool
 */
function readFileRun(data, options, ofPool) {
  if (options !== undefined && !isOptionsObject(options)) throw notAFunction(data);
  const { filename, name, ...rest } = /** @type {Record<string, unknown>} */ (options ?? {});
  if (filename === undefined && ofPool === null) throw notAFunction(data);
  const settings = readRunOptions(rest);
  refuseOwnScope(settings);
  const path = filename === undefined ? ofPool?.path : pathOf(filename, "option 'filename'");
  const wanted = name === undefined ? ofPool?.name : text('name', name);
  return { ...fileFunction(path ?? '', wanted ?? DEFAULT_NAME), settings };
}

/**
 * @param {string} path
 * @param {string} name
 */
function fileFunction(path, name) {
  const key = `${name}:${path}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const made = functionIn(path, name);
  if (remembered.size === MAX_REMEMBERED) {
    const [oldest] = remembered.keys();
    remembered.delete(oldest);
  }
  remembered.set(key, made);
  return made;
}

/** @param {unknown} data */
function notAFunction(data) {
  const error = invalidType("argument 'fn'", data, 'a function');
  error.message += "; data for a task file needs option 'filename'";
  return error;
}

/**
 * @param {unknown} filename
 * @param {unknown} name
 * @returns {TaskFile | null}
 */
function readTaskFile(filename, name) {
  if (filename === undefined) return null;
  return {
    path: pathOf(filename, "option 'filename'"),
    name: name === undefined ? DEFAULT_NAME : text('name', name),
  };
}

exports.readFileRun = readFileRun;
exports.readTaskFile = readTaskFile;
