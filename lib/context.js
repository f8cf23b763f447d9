// @ts-check
'use strict';

const { invalidType } = require('./errors.js');
const { describeFunction, compiledSource } = require('./function-source.js');
const { modulesFrom } = require('./modules-from.js');

/**
 * @typedef {object} Context
 * @property {string[]} names all that it provides
 * @property {import('./binding').ContextSpec} spec
 * @property {Set<import('./host-function.js').HostEntry>} hostFunctions among its values, once these were packed
 */

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;
const RESERVED = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export ' +
    'extends false finally for function if implements import in instanceof interface let new null package ' +
    'private protected public return static super switch this throw true try typeof var void while with yield'
  ).split(' '),
);

let lastContextId = 0;

// A context is known by its identity: it is read once, and what is changed in it later is not seen.
/** @type {WeakMap<object, Context>} */
const contexts = new WeakMap();

/**
 * The names that a `context` option provides: functions by their source, other values by clone.
 * @param {object} given
 * @returns {Context}
 */
function readContext(given) {
  const known = contexts.get(given);
  if (known !== undefined) return known;
  const names = Object.keys(given);
  names.forEach(checkName);
  lastContextId += 1;
  /** @type {import('./binding').ContextSpec} */
  const spec = { id: lastContextId, names: [], values: [], functions: [] };
  for (const name of names) {
    const value = /** @type {any} */ (given)[name];
    if (typeof value === 'function') {
      const what = `function '${name}' of option 'context'`;
      const described = describeFunction(value, what);
      const { source } = compiledSource(
        value,
        described,
        names,
        what,
        modulesFrom(described, undefined),
      );
      spec.functions.push({ name, source });
    } else {
      spec.names.push(name);
      spec.values.push(value);
    }
  }
  const context = { names, spec, hostFunctions: new Set() };
  contexts.set(given, context);
  return context;
}

/** @param {string} name */
function checkName(name) {
  if (IDENTIFIER.test(name) && !RESERVED.has(name)) return;
  throw invalidType(
    "each name in option 'context'",
    name,
    'an identifier that a function can refer to',
  );
}

exports.readContext = readContext;
