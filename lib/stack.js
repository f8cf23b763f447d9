// @ts-check
'use strict';

const { SourceMap, findSourceMap } = require('node:module');
const { sep } = require('node:path');
const { fileURLToPath } = require('node:url');

const { OffloopError, AbortError } = require('./errors.js');
const native = require('./native.js');

const OWN_FOLDER = __dirname + sep;

// `    at name (file:line:column)` or `    at file:line:column`, for a path or a file: URL.
const FRAME =
  /^(\s+at (?:.* \()?(?:async )?)((?:file:\/\/|[A-Za-z]:[\\/]|\/)[^()]*):(\d+):(\d+)(\)?)$/;

/**
 * A position in the user's own source, when Node runs with source maps and has one for the file.
 * @param {string} file path or URL
 * @param {number} line 0-based
 * @param {number} column 0-based
 * @returns {{ file: string, line: number, column: number } | null} 0-based
 */
function originalPosition(file, line, column) {
  if (process.sourceMapsEnabled !== true || file === '') return null;
  try {
    const entry = findSourceMap(file)?.findEntry(line, column);
    if (entry === undefined || !('originalSource' in entry)) return null;
    return {
      file: displayPath(entry.originalSource),
      line: entry.originalLine,
      column: entry.originalColumn,
    };
  } catch {
    // A broken map must not hide the error that is being reported.
    return null;
  }
}

// What is compiled for a task, which Node knows nothing of.
const COMPILED = /\.(?:[cm]?ts|tsx|jsx)$/;
const NAMES_COMPILED = /\.(?:[cm]?ts|tsx|jsx):\d/;

/** Maps of what was compiled for tasks, by path. @type {Map<string, { text: string, map: SourceMap }>} */
const compiled = new Map();

/**
 * A position in a file that a task has loaded and that was compiled for that.
 * @param {string} file path or URL
 * @param {number} line 0-based
 * @param {number} column 0-based
 */
function positionBeforeCompiling(file, line, column) {
  if (!COMPILED.test(file)) return null;
  const path = displayPath(file);
  try {
    const entry = mapOfCompiled(path)?.findEntry(line, column);
    if (entry === undefined || !('originalSource' in entry)) return null;
    return { file: path, line: entry.originalLine, column: entry.originalColumn };
  } catch {
    return null;
  }
}

/** @param {string} path */
function mapOfCompiled(path) {
  const text = native.moduleSourceMap(path);
  if (text === null) return undefined;
  let kept = compiled.get(path);
  // The file may have changed, and have been compiled again.
  if (kept?.text !== text) {
    kept = { text, map: new SourceMap(JSON.parse(text)) };
    compiled.set(path, kept);
  }
  return kept.map;
}

/** A file: URL as a path; anything else as it is. @param {string} file */
function displayPath(file) {
  if (!file.startsWith('file://')) return file;
  try {
    return fileURLToPath(file);
  } catch {
    return file;
  }
}

/** Frames of the code that loads modules in an isolate. */
const LOADER_FRAME = /^\s+at .*\(?offloop:loader:\d+:\d+\)?$/;

/**
 * A stack from an isolate: without the loader's frames, the others at the original positions.
 * @param {string} stack
 */
function mapStack(stack) {
  const shown = stack.includes('offloop:loader:')
    ? stack
        .split('\n')
        .filter((line) => !LOADER_FRAME.test(line))
        .join('\n')
    : stack;
  if (process.sourceMapsEnabled !== true && !NAMES_COMPILED.test(shown)) return shown;
  return shown
    .split('\n')
    .map((line) => {
      const frame = FRAME.exec(line);
      if (frame === null) return line;
      const [, before, file, lineNumber, columnNumber, after] = frame;
      const at = /** @type {const} */ ([file, Number(lineNumber) - 1, Number(columnNumber) - 1]);
      const original = originalPosition(...at) ?? positionBeforeCompiling(...at);
      if (original === null) return line;
      return `${before}${original.file}:${original.line + 1}:${original.column + 1}${after}`;
    })
    .join('\n');
}

/**
 * The frames of the async functions that wait for the async function that calls this, which must
 * have resumed from an `await`. V8 finds them by following the promises: nothing was captured before.
 * @returns {string} with a leading newline, or empty
 */
function asyncCallerFrames() {
  const holder = { stack: /** @type {unknown} */ (undefined) };
  Error.captureStackTrace(holder, asyncCallerFrames);
  if (typeof holder.stack !== 'string') return '';
  const frames = holder.stack
    .split('\n')
    .filter((line) => /^\s+at async /.test(line) && !isOwnFrame(line));
  return frames.length === 0 ? '' : `\n${frames.join('\n')}`;
}

/**
 * Calls a function of offloop for the user: its errors show the user's call, not what is behind it.
 * @template T
 * @param {() => T} call
 * @returns {T}
 */
function hidingOwnFrames(call) {
  try {
    return call();
  } catch (error) {
    throw presentable(error);
  }
}

/**
 * An error of offloop without its own frames; anything else, which is the user's, as it is.
 * @param {unknown} error
 */
function presentable(error) {
  const ours = error instanceof OffloopError || error instanceof AbortError;
  return ours ? withoutOwnFrames(error) : error;
}

/**
 * Takes offloop's own frames out of an error's stack: the user's call is what failed.
 * @template {Error} E
 * @param {E} error
 * @returns {E}
 */
function withoutOwnFrames(error) {
  const { stack } = error;
  if (typeof stack === 'string' && stack.includes(OWN_FOLDER)) {
    const kept = stack.split('\n').filter((line) => !isOwnFrame(line));
    Object.defineProperty(error, 'stack', {
      value: kept.join('\n'),
      writable: true,
      configurable: true,
    });
  }
  return error;
}

/** @param {string} line */
function isOwnFrame(line) {
  return /^\s+at /.test(line) && line.includes(OWN_FOLDER);
}

exports.originalPosition = originalPosition;
exports.displayPath = displayPath;
exports.mapStack = mapStack;
exports.asyncCallerFrames = asyncCallerFrames;
exports.hidingOwnFrames = hidingOwnFrames;
exports.presentable = presentable;
exports.withoutOwnFrames = withoutOwnFrames;
