// @ts-check
'use strict';

const { isAbsolute, join, sep } = require('node:path');
const { fileURLToPath } = require('node:url');

const OWN_FOLDER = __dirname + sep;

/**
 * The file that a function's modules resolve from: what was asked for, else the file that it was written in, else that
 * of the first caller that has one, else one in the working directory.
 * @param {import('./binding').FunctionDescription} described
 * @param {string | undefined} asked
 * @returns {string} an absolute path
 */
function modulesFrom(described, asked) {
  return asked ?? pathOf(described.resourceName) ?? callerFile() ?? join(process.cwd(), 'offloop');
}

/** @param {string} name of a script */
function pathOf(name) {
  if (isAbsolute(name)) return name;
  if (!name.startsWith('file:')) return undefined;
  try {
    return fileURLToPath(name);
  } catch {
    return undefined;
  }
}

function callerFile() {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    /** @type {string[]} */
    let files = [];
    Error.stackTraceLimit = 50;
    Error.prepareStackTrace = (_, frames) => {
      files = frames.map((frame) => frame.getFileName() ?? '');
    };
    void new Error().stack;
    return files.map(pathOf).find((file) => file !== undefined && !file.startsWith(OWN_FOLDER));
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

exports.modulesFrom = modulesFrom;
