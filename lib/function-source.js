// @ts-check
'use strict';

const { OffloopError, invalidType, refusedOption } = require('./errors.js');
const native = require('./native.js');
const { NODE_GLOBALS } = require('./node-globals.js');
const { enclosingSources, isCommonJs } = require('./script-source.js');
const { originalPosition, displayPath } = require('./stack.js');

/** @typedef {import('./binding').AnyFunction} AnyFunction */
/** @typedef {import('./binding').FunctionDescription} FunctionDescription */
/** @typedef {import('./binding').FunctionReport} FunctionReport */
/** @typedef {import('./binding').CompiledSource} CompiledSource */

/**
 * Something the function uses that does not travel with it.
 * @typedef {object} ReportedCapture
 * @property {string} name
 * @property {string} kind what it is bound to
 * @property {string | undefined} from specifier of an import or require
 * @property {string} file
 * @property {number} line 1-based
 * @property {number} column 1-based
 */

const MAX_CAPTURES_IN_MESSAGE = 20;
// It is called without arguments.
const REMEDY_IN_INIT =
  'make it inside init, or pass data as workerData and read offloop.workerData';

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
 * The text that a task's isolate compiles for a function. Throws `OFFLOOP_ERR_CLOSURE` when the
 * function uses what cannot travel.
 * @param {AnyFunction} fn
 * @param {FunctionDescription} described
 * @param {string[]} contextNames names that the isolate provides
 * @param {string} what
 * @param {string} from path of the file that its modules resolve from
 * @param {string} [option] the option or argument that it was given as
 * @returns {CompiledSource}
 */
function compiledSource(fn, described, contextNames, what, from, option = 'fn') {
  const report = inspect(fn, described, contextNames);
  const name = report.name === '' ? nameOf(fn) : report.name;
  refuseUnsupported(report, name, described, what, option);
  const missing = missingNames(fn, report, described, contextNames);
  if (missing.length > 0)
    throw closureError(name, missing, described, report.sourceMatched, option);
  return {
    prefix: report.wrapperPrefix,
    body: report.wrapperBody,
    suffix: report.wrapperSuffix,
    resourceName: described.resourceName,
    line: described.line + report.lineShift,
    column: described.column + report.columnShift,
    linked: report.linked,
    from,
    imports: [],
  };
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
 * @param {string} name
 * @param {ReportedCapture[]} missing
 * @param {FunctionDescription} described
 * @param {boolean} sourceMatched
 * @param {string} option
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
  const { name, kind, from, file, line, column } = capture;
  return `${name}: ${whatItIs(kind, from)} (${file}:${line}:${column}): ${option === 'init' ? REMEDY_IN_INIT : remedy(name, kind)}`;
}

/**
 * @param {ReportedCapture['kind']} kind
 * @param {string | undefined} from
 */
function whatItIs(kind, from) {
  const specifier = from === undefined ? '' : ` '${from}'`;
  switch (kind) {
    case 'import':
      return `imported from${specifier}`;
    case 'require':
      return `required from${specifier}`;
    case 'module':
      return 'a variable of its module';
    case 'local':
      return 'a variable of an enclosing function or block';
    case 'parameter':
      return 'a parameter of an enclosing function';
    case 'class':
      return 'a class of the enclosing code';
    case 'function':
      return 'a function of the enclosing code';
    case 'private':
      return 'a private name of the enclosing class';
    case 'commonjs':
      return 'a variable of the CommonJS module';
    case 'helper':
      return "a compiler's helper function";
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

/**
 * @param {string} name
 * @param {ReportedCapture['kind']} kind
 */
function remedy(name, kind) {
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
      return 'define the class inside the function';
    case 'import':
    case 'require':
      return (
        'pass what it yields as an argument, or, if it is plain data or a function that needs nothing from ' +
        `outside, as context: { ${name} }`
      );
    case 'helper':
      return `compile for a newer target, so that it is not needed, or pass it as context: { ${name} }`;
    default:
      return `pass it as an argument, or once for all calls as context: { ${name} }`;
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

exports.describeFunction = describeFunction;
exports.compiledSource = compiledSource;
exports.nameOf = nameOf;
