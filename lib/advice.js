// @ts-check
'use strict';

const {
  HOST,
  readIntent,
  readHost,
  hostNumbers,
  readEvidence,
  fromNumber,
  nameOf,
} = require('./advice-input.js');
const { explain } = require('./explanation.js');
const { hostFacts } = require('./host.js');
const native = require('./native.js');
const { ownOptions } = require('./options.js');
const { predict } = require('./prediction.js');
const { hidingOwnFrames } = require('./stack.js');

/** @typedef {import('./native.js').NativeAdvice} NativeAdvice */
/** @typedef {ReturnType<typeof readQuestion>} Question */

/** What to do about heavy code, with the reasons. Frozen: it is a finding, not a setting. */
class Advice {
  #question;

  /**
   * @param {NativeAdvice} found
   * @param {Question} question
   */
  constructor(found, question) {
    this.#question = question;
    this.strategy = found.strategy;
    this.isolate = found.isolate;
    this.also = found.also;
    this.size = { threads: found.threads, processes: found.processes };
    this.confidence = found.confidence;
    this.reasons = found.reasons.map(({ rule, text, facts, seed }) => ({
      rule,
      text,
      facts: facts.map(({ id, value, source }) => ({
        fact: nameOf(id),
        value: fromNumber(id, value),
        source,
      })),
      ...(seed !== undefined && { seed }),
    }));
    this.rejected = found.rejected;
    this.flips = found.flips.map((flip) => readFlip(flip, question.functionNames));
    this.fixFirst = found.fixFirst;
    deepFreeze(this);
  }

  /** What each strategy would do to latency, throughput and memory, by simulation. */
  predict() {
    return predict(this.#question);
  }

  /** The advice in at most 15 lines for a terminal. */
  explain() {
    return explain(this);
  }
}

/**
 * @param {import('./native.js').NativeFlip} flip
 * @param {string[]} functionNames
 */
function readFlip({ id, function: index, field, from, to, strategy }, functionNames) {
  if (id === undefined) {
    const name = functionNames[/** @type {number} */ (index)];
    return { fact: `${name}.${field}`, from: from ?? null, to, strategy };
  }
  return {
    fact: nameOf(id),
    from: from === undefined ? null : fromNumber(id, from),
    to: fromNumber(id, to),
    strategy,
  };
}

/**
 * Whether code should leave the main isolate: `advise(intent).isolate`.
 * @param {unknown} [intent]
 * @returns {boolean}
 */
function shouldIsolate(intent) {
  return hidingOwnFrames(() => native.shouldIsolate([...readIntent(intent), ...readHostFacts()]));
}

/**
 * What to do about heavy code. Without evidence it rests on what is declared, and on the host.
 * @param {unknown} [intent]
 * @param {unknown} [options] `{ evidence, host }`
 * @returns {Advice}
 */
function advise(intent, options) {
  return hidingOwnFrames(() => {
    const question = readQuestion(intent, options);
    return new Advice(native.advise(question.known, question.functions), question);
  });
}

/**
 * @param {unknown} intent
 * @param {unknown} options
 */
function readQuestion(intent, options) {
  const { evidence, host } = ownOptions(options, ['evidence', 'host'], 'advise()');
  const { window, functions, functionNames, serviceTimes } = readEvidence(evidence);
  const known = [...readIntent(intent), ...readHostFacts(host), ...window];
  return { known, functions, functionNames, serviceTimes };
}

/** Of the facts that were read last: they stay the same for seconds. */
let readFrom = /** @type {object | undefined} */ (undefined);
/** @type {import('./advice-input.js').KnownFact[]} */
let readNumbers = [];

/**
 * The host's facts, those that the caller declares instead of what was read.
 * @param {unknown} [declared]
 */
function readHostFacts(declared) {
  const facts = hostFacts();
  if (facts !== readFrom) {
    const values = Object.entries(facts).map(([name, { value }]) => [name, value]);
    readNumbers = hostNumbers(Object.fromEntries(values), HOST);
    readFrom = facts;
  }
  if (declared === undefined) return readNumbers;
  const { known, overridden } = readHost(declared, Object.keys(facts));
  return [...known, ...readNumbers.filter(({ id }) => !overridden.has(nameOf(id)))];
}

/**
 * @template {object} T
 * @param {T} object
 * @returns {T}
 */
function deepFreeze(object) {
  for (const value of Object.values(object)) {
    if (typeof value === 'object' && value !== null) deepFreeze(value);
  }
  return Object.freeze(object);
}

exports.Advice = Advice;
exports.advise = advise;
exports.shouldIsolate = shouldIsolate;
