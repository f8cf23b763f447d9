// @ts-check
'use strict';

const { OffloopError } = require('./errors.js');
const { originalPosition, displayPath } = require('./stack.js');

/** @typedef {import('./binding').FunctionDescription} FunctionDescription */

/**
 * Something the function uses that does not travel with it.
 * @typedef {object} ReportedCapture
 * @property {string} name
 * @property {string} kind what it is bound to
 * @property {string | undefined} from specifier of an import or require
 * @property {string} reason why it cannot travel
 * @property {string | undefined} by the function or class through which it is used
 * @property {string} file
 * @property {number} line 1-based
 * @property {number} column 1-based
 */

/**
 * What travels with a function.
 * @typedef {object} TravellingCapture
 * @property {string} name
 * @property {string} kind
 * @property {string | undefined} from specifier of an import or require
 * @property {string | undefined} file undefined for names of `context`
 * @property {number | undefined} line 1-based
 * @property {number | undefined} column 1-based
 */

const MAX_CAPTURES_IN_MESSAGE = 20;
// It is called without arguments.
const REMEDY_IN_INIT =
  'make it inside init, or pass data as workerData and read offloop.workerData';

/**
 * @param {string} name of the function
 * @param {ReportedCapture[]} missing
 * @param {FunctionDescription} described
 * @param {boolean} sourceMatched
 * @param {string} option the option or argument that the function was given as
 */
function closureError(name, missing, described, sourceMatched, option) {
  const listed = missing
    .slice(0, MAX_CAPTURES_IN_MESSAGE)
    .map((capture) => `\n  ${describeCapture(capture, option)}`)
    .join('');
  const more = missing.length - MAX_CAPTURES_IN_MESSAGE;
  const error = new OffloopError(
    'OFFLOOP_ERR_CLOSURE',
    `function ${quoted(name)}(${positionText(described, described.line, described.column)}) uses what does not ` +
      `travel to the isolate that runs it:${listed}${more > 0 ? `\n  and ${more} more` : ''}` +
      (sourceMatched ? '' : '\n  (its enclosing source was not found: judged by its text alone)'),
  );
  return Object.assign(error, { captures: missing });
}

/**
 * @param {ReportedCapture} capture
 * @param {string} option
 */
function describeCapture(capture, option) {
  const { name, kind, by, file, line, column } = capture;
  const through = by === undefined ? '' : `, used by ${by}`;
  const todo = option === 'init' ? REMEDY_IN_INIT : remedy(capture);
  return `${name}: ${whatItIs(capture)} (${file}:${line}:${column}${through}): ${todo}${kind === 'helper' ? '' : orBy(capture)}`;
}

/** @param {ReportedCapture} capture */
function whatItIs({ kind, from, reason }) {
  const specifier = from === undefined ? '' : ` '${from}'`;
  const why = whyNot(reason);
  switch (kind) {
    case 'import':
      return `imported from${specifier}${why}`;
    case 'require':
      return `required from${specifier}${why}`;
    case 'module':
      return `a variable of its module${why}`;
    case 'local':
      return 'a variable of an enclosing function or block';
    case 'parameter':
      return 'a parameter of an enclosing function';
    case 'class':
      return `a class of the enclosing code${why}`;
    case 'function':
      return `a function of the enclosing code${why}`;
    case 'private':
      return 'a private name of the enclosing class';
    case 'commonjs':
      return 'a variable of the CommonJS module';
    case 'literal':
      return `a constant of its module${why}`;
    case 'helper':
      return `a compiler's helper function${why}`;
    case 'global':
      return 'a global that the program defined';
    case 'this':
    case 'arguments':
    case 'super':
    case 'new.target':
      return 'that of the enclosing function';
    case 'import.meta':
      return 'that of its module';
    default:
      return `from outside (${kind})`;
  }
}

/** @param {string} reason */
function whyNot(reason) {
  switch (reason) {
    case 'local':
      return ', but not at the top of its module';
    case 'let':
      return ' declared with let, which may hold something else by now';
    case 'reassigned':
      return ' that is given more than one value';
    case 'computed':
      return ' that code computes';
    case 'may-change':
      return ' whose object the program may change';
    case 'bundled':
      return ', a module of the bundle that only its own runtime can load';
    case 'name':
      return ' by a name that cannot be given elsewhere';
    case 'strict':
      return ", which captures: 'strict' leaves behind";
    default:
      return '';
  }
}

/** @param {ReportedCapture} capture */
function remedy({ name, kind, reason }) {
  switch (kind) {
    case 'this':
    case 'arguments':
    case 'new.target':
    case 'super':
    case 'private':
    case 'import.meta':
    case 'commonjs':
      return 'pass the value it needs from there as an argument';
    case 'class':
      return reason === 'local'
        ? 'define the class inside the function or at the top of the module'
        : 'define the class inside the function';
    case 'import':
    case 'require':
      if (reason === 'bundled') {
        return 'offload it from a file that is not bundled, or pass what it yields as an argument';
      }
      return (
        'load it inside the function with require or import(), pass what it yields as an argument, or, if it is ' +
        `plain data or a function that needs nothing from outside, as context: { ${name} }`
      );
    case 'helper':
      return `compile for a newer target, so that it is not needed, or pass it as context: { ${name} }`;
    default:
      return `pass it as an argument, or once for all calls as context: { ${name} }`;
  }
}

/** What makes it travel. @param {ReportedCapture} capture */
function orBy({ kind, reason }) {
  switch (reason) {
    case 'let':
      return ', or declare it with const';
    case 'may-change':
      return ', or make it with Object.freeze([…]) or Object.freeze({ … })';
    case 'local':
      return kind === 'function' ? ', or declare it at the top of the module' : '';
    default:
      return '';
  }
}

/**
 * The error of `captures: 'strict'`: nothing of what would travel unasked does.
 * @param {string} name of the function
 * @param {FunctionDescription} described
 * @param {import('./binding').TravelReport[]} travels
 */
function strictError(name, described, travels) {
  const missing = travels.map((travel) => ({
    name: travel.name,
    kind: travel.kind,
    from: travel.from,
    reason: 'strict',
    by: undefined,
    ...userPosition(described, travel.line, travel.column),
  }));
  return closureError(name, missing, described, true, 'fn');
}

/**
 * What `heavy.captures` lists.
 * @param {FunctionDescription} described
 * @param {import('./binding').TravelReport[]} travels
 * @param {readonly string[]} contextNames
 * @returns {readonly TravellingCapture[]}
 */
function travelling(described, travels, contextNames) {
  /** @type {TravellingCapture[]} */
  const listed = contextNames.map((name) => ({
    name,
    kind: 'context',
    from: undefined,
    file: undefined,
    line: undefined,
    column: undefined,
  }));
  for (const { name, kind, from, line, column } of travels) {
    listed.push({ name, kind, from, ...userPosition(described, line, column) });
  }
  return Object.freeze(listed.map((capture) => Object.freeze(capture)));
}

/** @param {string} name */
function quoted(name) {
  return name === '' ? '' : `'${name}' `;
}

/**
 * @param {FunctionDescription} described
 * @param {number} line 0-based
 * @param {number} column 0-based
 */
function userPosition(described, line, column) {
  const original = originalPosition(described.resourceName, line, column);
  if (original !== null) {
    return { file: original.file, line: original.line + 1, column: original.column + 1 };
  }
  return { file: displayPath(described.resourceName), line: line + 1, column: column + 1 };
}

/**
 * @param {FunctionDescription} described
 * @param {number} line 0-based
 * @param {number} column 0-based
 */
function positionText(described, line, column) {
  const at = userPosition(described, line, column);
  return `${at.file === '' ? '<anonymous>' : at.file}:${at.line}:${at.column}`;
}

exports.closureError = closureError;
exports.strictError = strictError;
exports.travelling = travelling;
exports.userPosition = userPosition;
exports.positionText = positionText;
exports.quoted = quoted;
