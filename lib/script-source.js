// @ts-check
'use strict';

const { readFileSync } = require('node:fs');
const { isAbsolute } = require('node:path');
const { fileURLToPath } = require('node:url');

const native = require('./native.js');

/** @typedef {import('./binding').FunctionDescription} FunctionDescription */

// `new Function` sees globals only: its text is its whole scope.
const DYNAMIC_FUNCTION = /^(?:async )?function ?\*? ?anonymous\(/;

// Functions of one script tend to be submitted together; sources may be megabytes.
const REMEMBERED_SCRIPTS = 8;
/** @type {Map<number, string>} */
const remembered = new Map();

/**
 * Sources that may enclose the function, the best first. Only the first is certain; the caller
 * checks that the function's text stands at its position, and asks for the next when it does not.
 * @param {FunctionDescription} described
 * @returns {Generator<string, void, void>}
 */
function* enclosingSources(described) {
  const { scriptId, resourceName, text } = described;
  const known = remembered.get(scriptId);
  if (known !== undefined) yield known;
  if (resourceName === '' && DYNAMIC_FUNCTION.test(text)) return;
  for (const find of [native.enclosingSource, () => fromFile(resourceName), fromInspector]) {
    const source = find(scriptId);
    if (source === null || !source.includes(text)) continue;
    remember(scriptId, source);
    yield source;
  }
}

/**
 * @param {number} scriptId
 * @param {string} source
 */
function remember(scriptId, source) {
  remembered.delete(scriptId);
  remembered.set(scriptId, source);
  if (remembered.size > REMEMBERED_SCRIPTS) {
    const [oldest] = remembered.keys();
    remembered.delete(oldest);
  }
}

/** @param {string} resourceName */
function fromFile(resourceName) {
  try {
    const path = resourceName.startsWith('file://') ? fileURLToPath(resourceName) : resourceName;
    if (!isAbsolute(path)) return null;
    const text = readFileSync(path, 'utf8');
    // Node's loaders drop it before V8 counts columns.
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  } catch {
    return null;
  }
}

/**
 * Asks V8's debugger for the source: for scripts that no file holds as they run (Jest, tsx, a vm
 * script) and that are not on the stack. Tens of milliseconds, once a script: the last resort.
 * @param {number} scriptId
 * @returns {string | null}
 */
function fromInspector(scriptId) {
  /** @type {string | null} */
  let source = null;
  try {
    const { Session } = require('node:inspector');
    const session = new Session();
    session.connect();
    try {
      session.post('Debugger.enable');
      // A session on its own thread answers before `post` returns.
      session.post('Debugger.getScriptSource', { scriptId: String(scriptId) }, (error, answer) => {
        if (error === null) source = answer.scriptSource;
      });
    } finally {
      session.disconnect();
    }
  } catch {
    // Node built without the inspector, or forbidden by the permission model.
  }
  return source;
}

/**
 * Whether Node's CommonJS loader compiled it: then `require`, `module`… are parameters around it.
 * @param {string} resourceName
 */
function isCommonJs(resourceName) {
  return isAbsolute(resourceName);
}

exports.enclosingSources = enclosingSources;
exports.isCommonJs = isCommonJs;
