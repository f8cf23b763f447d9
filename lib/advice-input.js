// @ts-check
'use strict';

const { invalidType, invalidRange, refusedOption } = require('./errors.js');
const native = require('./native.js');
const { isOptionsObject } = require('./options.js');

// What a caller says of an application, its host and its load, checked against the table of facts
// (src/advice/fact.rs) and turned into numbers. Own properties only; nothing is clamped.

/** @typedef {import('./native.js').NativeFactSpec} FactSpec */
/** @typedef {import('./native.js').NativeKnownFact} KnownFact */
/** @typedef {import('./native.js').NativeFunctionFacts} FunctionFacts */
/** @typedef {{ id: number, spec: FactSpec }} Row */

const DECLARED = 0;
const HOST = 1;
const MEASURED = 2;

const SPECS = native.factSpecs();

/** @type {Record<string, Map<string, Row>>} rows by group and name */
const ROWS = { intent: new Map(), host: new Map(), evidence: new Map(), derived: new Map() };
for (const [id, spec] of SPECS.entries()) ROWS[spec.group].set(spec.name, { id, spec });

/** What measure() reports besides numbers; advice does not rest on it. */
const UNUSED_EVIDENCE = new Set(['overheadShare', 'iterationSource', 'warnings']);

/** Words for "no limit" and "no such thing", where a fact has them. */
const NO_QUOTA = 'none';
const UNKNOWN = 'unknown';

const FUNCTION_NUMBERS = /** @type {const} */ ([
  'p50Ms',
  'p99Ms',
  'callsPerSecond',
  'share',
  'mainThreadMs',
  'argumentBytes',
  'resultBytes',
  'garbageShare',
]);
/** Of a histogram; see src/queueing/service_times.rs. */
const MOST_BUCKETS = 2048;

const SHARES = new Set(['share', 'garbageShare']);
const FUNCTION_KINDS = ['javascript', 'sync-api', 'native-async'];
const PAYLOADS = ['objects', 'binary'];
/** What measureOffload() reports besides. */
const UNUSED_OF_FUNCTION = new Set([
  'runs',
  'roundTripMs',
  'dispatchMs',
  'deliverMs',
  'verdict',
  'text',
]);

/**
 * @param {unknown} intent
 * @returns {KnownFact[]}
 */
function readIntent(intent) {
  return ownEntries('intent', intent)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => known('intent', name, value, DECLARED));
}

/**
 * Facts of the host that the caller declares. Values may be facts of `hostFacts()` or bare.
 * @param {unknown} host
 * @param {readonly string[]} otherNames of host facts that advice does not rest on
 * @returns {{ known: KnownFact[], overridden: Set<string> }}
 */
function readHost(host, otherNames) {
  const plain = Object.create(null);
  for (const [name, value] of ownEntries('host', host)) {
    if (!ROWS.host.has(name) && !otherNames.includes(name)) throw unknownName('host', name);
    plain[name] = isOptionsObject(value) && Object.hasOwn(value, 'value') ? value.value : value;
  }
  return { known: hostNumbers(plain, DECLARED), overridden: new Set(Object.keys(plain)) };
}

/**
 * Values of host facts by name, as numbers.
 * @param {Record<string, unknown>} values
 * @param {number} source
 */
function hostNumbers(values, source) {
  const numbers = [];
  for (const [name, value] of Object.entries(values)) {
    const row = ROWS.host.get(name);
    if (row === undefined || value === undefined || value === UNKNOWN) continue;
    const none = value === NO_QUOTA && row.spec.kind === 'number';
    if (none && row.spec.most !== Infinity) continue;
    numbers.push({
      id: row.id,
      value: none ? Infinity : toNumber('host', row.spec, value),
      source,
    });
  }
  return numbers;
}

/**
 * What was measured: facts of the window, functions, and the histogram of service times.
 * @param {unknown} evidence
 */
function readEvidence(evidence) {
  /** @type {KnownFact[]} */
  const window = [];
  /** @type {FunctionFacts[]} */
  let functions = [];
  /** @type {string[]} */
  let functionNames = [];
  /** @type {{ ms: number[], count: number[] } | undefined} */
  let serviceTimes;
  for (const [name, value] of ownEntries('evidence', evidence)) {
    if (value === undefined || UNUSED_EVIDENCE.has(name)) continue;
    if (name === 'functions') {
      functions = readFunctions(value);
      functionNames = /** @type {{ name: string }[]} */ (value).map((fn) => fn.name);
    } else if (name === 'serviceTimes') {
      serviceTimes = readServiceTimes(value);
    } else {
      window.push(known('evidence', name, value, MEASURED));
    }
  }
  return { window, functions, functionNames, serviceTimes };
}

/**
 * @param {'intent' | 'evidence'} group
 * @param {string} name
 * @param {unknown} value
 * @param {number} source
 * @returns {KnownFact}
 */
function known(group, name, value, source) {
  const row = ROWS[group].get(name);
  if (row === undefined) throw unknownName(group, name);
  return { id: row.id, value: toNumber(group, row.spec, value), source };
}

/**
 * @param {string} what
 * @param {unknown} given
 * @returns {[string, any][]}
 */
function ownEntries(what, given) {
  if (given === undefined) return [];
  if (!isOptionsObject(given)) throw invalidType(what, given, 'an object');
  return Object.entries(given);
}

/**
 * @param {string} group
 * @param {string} name
 */
function unknownName(group, name) {
  const names = [...ROWS[group].keys()].join(', ');
  return refusedOption(name, `unknown '${name}' in ${group}; it takes ${names}`);
}

/**
 * @param {string} group
 * @param {FactSpec} spec
 * @param {unknown} value
 */
function toNumber(group, spec, value) {
  const what = `${group} '${spec.name}'`;
  switch (spec.kind) {
    case 'flag':
      if (typeof value !== 'boolean') throw invalidType(what, value, 'true or false');
      return Number(value);
    case 'choice': {
      const words = /** @type {string[]} */ (spec.words);
      return oneOf(what, value, words);
    }
    default:
      return inRange(
        what,
        value,
        /** @type {number} */ (spec.least),
        /** @type {number} */ (spec.most),
      );
  }
}

/**
 * @param {string} what
 * @param {unknown} value
 * @param {string[]} words
 * @returns {number} the word's place
 */
function oneOf(what, value, words) {
  const expectation = `one of ${words.map((word) => `'${word}'`).join(', ')}`;
  if (typeof value !== 'string') throw invalidType(what, value, expectation);
  const place = words.indexOf(value);
  if (place < 0) throw invalidRange(what, value, expectation);
  return place;
}

/**
 * @param {string} what
 * @param {unknown} value
 * @param {number} least
 * @param {number} most
 */
function inRange(what, value, least, most) {
  const expectation = `a number from ${least} to ${most}`;
  if (typeof value !== 'number') throw invalidType(what, value, expectation);
  if (!(value >= least && value <= most)) throw invalidRange(what, value, expectation);
  return value;
}

/**
 * @param {unknown} value
 * @returns {FunctionFacts[]}
 */
function readFunctions(value) {
  if (!Array.isArray(value)) {
    throw invalidType("evidence 'functions'", value, 'an array of measured functions');
  }
  return value.map(readFunction);
}

/**
 * @param {any} given
 * @param {number} index
 * @returns {FunctionFacts}
 */
function readFunction(given, index) {
  const where = `evidence 'functions[${index}]'`;
  if (!isOptionsObject(given))
    throw invalidType(where, given, 'an object as measureOffload() returns');
  /** @type {any} */
  const facts = { binary: false, kind: 0 };
  for (const [name, value] of Object.entries(given)) {
    const what = `evidence 'functions[${index}].${name}'`;
    if (value === undefined || UNUSED_OF_FUNCTION.has(name)) continue;
    if (/** @type {readonly string[]} */ (FUNCTION_NUMBERS).includes(name)) {
      facts[name] = inRange(what, value, 0, SHARES.has(name) ? 1 : 1e12);
    } else if (name === 'kind') facts.kind = oneOf(what, value, FUNCTION_KINDS);
    else if (name === 'payload') facts.binary = oneOf(what, value, PAYLOADS) === 1;
    else if (name === 'name') {
      if (typeof value !== 'string') throw invalidType(what, value, 'a string');
    } else {
      const names = ['name', 'kind', 'payload', ...FUNCTION_NUMBERS].join(', ');
      throw refusedOption(name, `unknown '${name}' in ${where}; it takes ${names}`);
    }
  }
  for (const name of ['name', 'p50Ms']) {
    if (given[name] === undefined) {
      throw invalidType(`${where.slice(0, -1)}.${name}'`, undefined, 'given');
    }
  }
  return facts;
}

/**
 * @param {any} value
 * @returns {{ ms: number[], count: number[] }}
 */
function readServiceTimes(value) {
  const what = "evidence 'serviceTimes'";
  const expectation = `{ ms, count }: two arrays of the same length (at most ${MOST_BUCKETS}) of numbers of at least 0, ms ascending`;
  if (!isOptionsObject(value)) throw invalidType(what, value, expectation);
  const { ms, count } = value;
  const isList = (/** @type {unknown} */ list) =>
    Array.isArray(list) && list.every((number) => number >= 0 && number <= 1e12);
  const ascends = (/** @type {number[]} */ list) =>
    list.every((number, at) => at === 0 || number > list[at - 1]);
  const fits = isList(ms) && isList(count) && ms.length === count.length;
  if (!fits || ms.length > MOST_BUCKETS || !ascends(ms)) {
    throw invalidRange(what, value, expectation);
  }
  return { ms, count };
}

/**
 * A number of the native side as the value that JavaScript knows.
 * @param {number} id
 * @param {number} value
 * @returns {number | string | boolean}
 */
function fromNumber(id, value) {
  const spec = SPECS[id];
  if (spec.kind === 'flag') return value === 1;
  if (spec.kind === 'choice') return /** @type {string[]} */ (spec.words)[value];
  return value;
}

/**
 * The table of facts, for those who list it.
 * @param {'intent' | 'host' | 'evidence'} group
 */
function factNames(group) {
  return SPECS.filter((spec) => spec.group === group);
}

/** @param {number} id */
function nameOf(id) {
  return SPECS[id].name;
}

exports.HOST = HOST;
exports.readIntent = readIntent;
exports.readHost = readHost;
exports.hostNumbers = hostNumbers;
exports.readEvidence = readEvidence;
exports.fromNumber = fromNumber;
exports.factNames = factNames;
exports.nameOf = nameOf;
