// @ts-check
'use strict';

const { OffloopError } = require('./errors.js');
const { mapStack } = require('./stack.js');

/** @typedef {import('./binding').ErrorRecord} ErrorRecord */
/** @typedef {import('./binding').ErrorNode} ErrorNode */
/** @typedef {import('./binding').ErrorObjectNode} ErrorObjectNode */
/** @typedef {import('./binding').RealmErrors} RealmErrors */

// Own properties only: the record's objects inherit from an Object.prototype that may be polluted.
const has = Object.hasOwn;

/** @type {RealmErrors} */
const OWN_REALM = /** @type {any} */ (globalThis);

/**
 * The value that a task threw, made anew on this side: error objects of the realm's own classes,
 * with name, message, stack, own properties, cause and errors; cycles kept.
 * @param {ErrorRecord} record
 * @param {RealmErrors} [realm] error constructors of the realm of the submitted function
 * @param {string} [callerFrames] frames to put under the task's own, each after a newline
 * @returns {unknown}
 */
function reviveThrown(record, realm = OWN_REALM, callerFrames = '') {
  const { nodes } = record;
  const values = nodes.map((node, index) =>
    makeValue(node, realm, index === 0 ? callerFrames : ''),
  );
  for (let index = 0; index < nodes.length; index += 1) {
    const node = nodes[index];
    if (isErrorNode(node)) link(/** @type {Error} */ (values[index]), node, values);
  }
  const [root] = nodes;
  if (root !== undefined && has(root, 'd')) {
    return uncloneableThrown(/** @type {{ d: string }} */ (root).d, callerFrames);
  }
  return values[0];
}

/**
 * @param {ErrorNode} node
 * @param {RealmErrors} realm
 * @param {string} callerFrames
 */
function makeValue(node, realm, callerFrames) {
  if (isErrorNode(node)) return makeError(node, realm, callerFrames);
  return has(node, 'v')
    ? /** @type {{ v: unknown }} */ (node).v
    : /** @type {{ d: string }} */ (node).d;
}

/**
 * @param {ErrorNode} node
 * @returns {node is ErrorObjectNode}
 */
function isErrorNode(node) {
  return has(node, 'base');
}

/**
 * @param {ErrorObjectNode} node
 * @param {RealmErrors} realm
 * @param {string} callerFrames
 */
function makeError(node, realm, callerFrames) {
  const constructor = realm[node.base] ?? realm.Error ?? Error;
  const message = node.message === '' ? undefined : node.message;
  const error = withoutStackCapture(() =>
    node.base === 'AggregateError' && constructor === realm.AggregateError
      ? new /** @type {any} */ (constructor)([], message)
      : makePlain(constructor, node.base, message),
  );
  if (error.name !== node.name) defineHidden(error, 'name', node.name);
  defineHidden(error, 'stack', mapStack(node.stack) + callerFrames);
  for (const [key, value] of node.props) {
    if (key === 'stack') continue;
    // Never an assignment: `__proto__` and setters on a prototype would run.
    Object.defineProperty(error, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return error;
}

/**
 * @param {any} constructor
 * @param {string} base
 * @param {string | undefined} message
 */
function makePlain(constructor, base, message) {
  return base === 'SuppressedError' && constructor.length >= 3
    ? new constructor(undefined, undefined, message)
    : new constructor(message);
}

/**
 * The stack comes with the record: taking one here would be work thrown away.
 * @template T
 * @param {() => T} make
 * @returns {T}
 */
function withoutStackCapture(make) {
  const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  if (limit === undefined || limit.writable !== true) return make();
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit.value;
  }
}

/**
 * @param {Error} error
 * @param {ErrorObjectNode} node
 * @param {unknown[]} values
 */
function link(error, node, values) {
  if (has(node, 'cause')) defineHidden(error, 'cause', values[/** @type {number} */ (node.cause)]);
  if (has(node, 'errors')) {
    const indices = /** @type {number[]} */ (node.errors);
    defineHidden(
      error,
      'errors',
      indices.map((index) => values[index]),
    );
  }
}

/**
 * @param {string} description
 * @param {string} callerFrames
 */
function uncloneableThrown(description, callerFrames) {
  const error = withoutStackCapture(
    () =>
      new OffloopError(
        'OFFLOOP_ERR_NOT_CLONEABLE',
        `the task threw a value that cannot be cloned: ${description}; throw an Error or plain data`,
      ),
  );
  defineHidden(error, 'stack', `${error.name}: ${error.message}${callerFrames}`);
  return error;
}

/**
 * @param {object} target
 * @param {PropertyKey} key
 * @param {unknown} value
 */
function defineHidden(target, key, value) {
  Object.defineProperty(target, key, { value, writable: true, configurable: true });
}

exports.reviveThrown = reviveThrown;
