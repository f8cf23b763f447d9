// @ts-check
'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');

const { closureError, positionText, quoted, userPosition } = require('./captures.js');
const { OffloopError, invalidType, refusedOption } = require('./errors.js');
const native = require('./native.js');
const { NODE_GLOBALS } = require('./node-globals.js');
const { enclosingSources, isCommonJs } = require('./script-source.js');

/** @typedef {import('./binding').AnyFunction} AnyFunction */
/** @typedef {import('./binding').FunctionDescription} FunctionDescription */
/** @typedef {import('./binding').FunctionReport} FunctionReport */
/** @typedef {import('./binding').CompiledSource} CompiledSource */

/** @typedef {import('./captures.js').ReportedCapture} ReportedCapture */

/**
 * What an isolate compiles for a function, and what travels with it.
 * @typedef {object} Compiled
 * @property {CompiledSource} source
 * @property {import('./binding').TravelReport[]} travels
 */

/**
 * @param {unknown} fn
 * @param {string} what how messages name it
 * @returns {FunctionDescription}
 */
function describeFunction(fn, what) {
  if (typeof fn !== 'function') throw invalidType("argument 'fn'", fn, 'a function');
  const described = native.describe(/** @type {AnyFunction} */ (fn));
  if (described.native) throw nativeFunction(/** @type {AnyFunction} */ (fn), what);
  return described;
}

/**
 * The text that a task's isolate compiles for a function, and of what travels with it. Throws
 * `OFFLOOP_ERR_CLOSURE` when the function uses what cannot.
 * @param {AnyFunction} fn
 * @param {FunctionDescription} described
 * @param {string[]} contextNames names that the isolate provides
 * @param {string} what
 * @param {string} from path of the file that its modules resolve from
 * @param {string} [option] the option or argument that it was given as
 * @returns {Compiled}
 */
function compiledSource(fn, described, contextNames, what, from, option = 'fn') {
  const report = inspect(fn, described, contextNames);
  const name = report.name === '' ? nameOf(fn) : report.name;
  refuseUnsupported(report, name, described, what, option);
  const missing = missingNames(fn, report, described, contextNames);
  if (missing.length > 0)
    throw closureError(name, missing, described, report.sourceMatched, option);
  const source = {
    prefix: report.wrapperPrefix,
    body: report.wrapperBody,
    suffix: report.wrapperSuffix,
    resourceName: described.resourceName,
    line: described.line + report.lineShift,
    column: described.column + report.columnShift,
    module: described.scriptId,
    units: report.units,
    linked: report.linked,
    from,
    imports: report.imports.map(asFile),
  };
  return { source, travels: report.travels };
}

/**
 * Development servers name files by the URL that they serve them under: from the root of the project, or of the file
 * system after `/@fs`. Anything else is as it is.
 * @param {string} specifier
 */
function asFile(specifier) {
  if (!specifier.startsWith('/')) return specifier;
  if (specifier.startsWith('/@fs/')) return specifier.slice('/@fs'.length);
  const ofProject = join(process.cwd(), specifier);
  return !existsSync(specifier) && existsSync(ofProject) ? ofProject : specifier;
}

/**
 * Judged in the enclosing source where it can be had, else by the text alone.
 * @param {AnyFunction} fn
 * @param {FunctionDescription} described
 * @param {string[]} contextNames
 * @returns {FunctionReport}
 */
function inspect(fn, described, contextNames) {
  const { text, line, column, lineOffset, columnOffset, resourceName } = described;
  const commonjs = isCommonJs(resourceName);
  const strict = native.strictProbe(fn);
  const input = { text, line, column, lineOffset, columnOffset, commonjs, contextNames, strict };
  for (const source of enclosingSources(described)) {
    const report = native.inspectFunction({ ...input, source });
    if (report.sourceMatched) return report;
  }
  return native.inspectFunction({ ...input, source: null });
}

/**
 * @param {FunctionReport} report
 * @param {string} name
 * @param {FunctionDescription} described
 * @param {string} what
 * @param {string} option
 */
function refuseUnsupported(report, name, described, what, option) {
  const where = `${what} ${quoted(name)}(${positionText(described, described.line, described.column)})`;
  if (report.kind === 'unparsable') {
    throw new OffloopError(
      'OFFLOOP_ERR_CLOSURE',
      `the source of ${where} could not be parsed, so what it uses from outside is unknown: ${report.message}`,
    );
  }
  if (report.kind === 'class') {
    throw refusedOption(
      option,
      `${where} is a class, which cannot be called: pass a function that makes and uses the instance`,
    );
  }
  if (report.generator) {
    throw refusedOption(
      option,
      `${where} is ${report.async ? 'an async generator' : 'a generator'} function: its iterator cannot leave ` +
        'the isolate; pass a function that collects the values and returns them as an array',
    );
  }
}

/**
 * @param {AnyFunction} fn
 * @param {FunctionReport} report
 * @param {FunctionDescription} described
 * @param {string[]} contextNames
 * @returns {ReportedCapture[]} in order of position
 */
function missingNames(fn, report, described, contextNames) {
  /** @type {ReportedCapture[]} */
  const missing = [];
  for (const capture of report.captures) {
    missing.push({
      name: capture.name,
      kind: capture.kind,
      from: capture.from,
      reason: capture.reason,
      by: capture.by,
      ...userPosition(described, capture.line, capture.column),
    });
  }
  const suspects = report.globals.filter(
    ({ name, onlyTypeof }) =>
      !onlyTypeof && !NODE_GLOBALS.has(name) && !contextNames.includes(name),
  );
  if (suspects.length > 0) {
    const realm = globalOf(fn, described);
    for (const { name, line, column } of suspects) {
      if (!Object.hasOwn(realm, name)) continue;
      missing.push({
        name,
        kind: 'global',
        from: undefined,
        reason: 'kind',
        by: undefined,
        ...userPosition(described, line, column),
      });
    }
  }
  return missing.sort((a, b) => a.line - b.line || a.column - b.column);
}

/**
 * The global object that the function sees.
 * @param {AnyFunction} fn
 * @param {FunctionDescription} described
 * @returns {object}
 */
function globalOf(fn, described) {
  if (!described.foreignRealm) return globalThis;
  try {
    const { Error: ForeignError } = native.realmErrors(fn);
    const ForeignFunction = /** @type {any} */ (ForeignError).constructor;
    return ForeignFunction('return globalThis')();
  } catch {
    // Code generation from strings is off there: its globals stay unknown, and are judged at run time.
    return Object.create(null);
  }
}

/**
 * @param {AnyFunction} fn
 * @param {string} what
 */
function nativeFunction(fn, what) {
  const name = nameOf(fn);
  const why = name.startsWith('bound ')
    ? 'is a bound function: it has no source that could travel; pass the unbound function, and what it was bound to as arguments'
    : 'is a native function or a Proxy: it has no source that could travel; call it inside a function of your own';
  return new OffloopError('OFFLOOP_ERR_CLOSURE', `${what} ${quoted(name)}${why}`);
}

/** An own data property only: a getter or a Proxy trap is not worth a name. @param {AnyFunction} fn */
function nameOf(fn) {
  try {
    const name = Object.getOwnPropertyDescriptor(fn, 'name')?.value;
    return typeof name === 'string' ? name : '';
  } catch {
    return '';
  }
}

exports.describeFunction = describeFunction;
exports.compiledSource = compiledSource;
exports.nameOf = nameOf;
