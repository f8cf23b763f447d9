// @ts-check
'use strict';

// When evidence is too little or not of this program alone. Here it is only said; what follows from it is decided by
// the rules of the advice (R01, R02), which read the same figures and have the same limits.

/** @typedef {import('../index.js').Evidence} Evidence */

const native = require('./native.js');

/** What the rules ask for; shares are 0 to 1. */
const LIMITS = Object.freeze(native.evidenceLimits());

/**
 * A gate is passed when the sentence is null. A figure that is missing proves nothing either way.
 * @typedef {object} Gate
 * @property {keyof typeof LIMITS} fact
 * @property {(value: number, limit: number) => boolean} fails
 * @property {(value: number, limit: number) => string} sentence
 */

/** @param {number} value @param {number} limit */
const below = (value, limit) => value < limit;
/** @param {number} value @param {number} limit */
const above = (value, limit) => value > limit;

/** @param {number} share */
const percent = (share) => `${(share * 100).toFixed(1)} %`;

/** @type {readonly Gate[]} */
const GATES = Object.freeze([
  {
    fact: 'windowSeconds',
    fails: below,
    sentence: (value, limit) =>
      `Too short: the window lasted ${value.toFixed(1)} s, and conclusions need ${limit} s or more.`,
  },
  {
    fact: 'requests',
    fails: below,
    sentence: (value, limit) =>
      `Too few requests: ${value} finished in the window, and conclusions need ${limit} or more ` +
      '(count what is not HTTP with measurement.count()).',
  },
  {
    fact: 'iterations',
    fails: below,
    sentence: (value, limit) =>
      `Too little load: the event loop had work in ${value} turns, and conclusions need ${limit} or more.`,
  },
  {
    fact: 'uptimeSeconds',
    fails: below,
    sentence: (value, limit) =>
      `Warm-up: the window began ${value.toFixed(1)} s after the process did, while code was still ` +
      `being compiled; begin after ${limit} s.`,
  },
  {
    fact: 'cpuPressureBefore',
    fails: above,
    sentence: (value, limit) =>
      `Busy neighbours: before the window something waited for a CPU ${percent(value)} of the time ` +
      `(at most ${percent(limit)} is quiet).`,
  },
  {
    fact: 'stealShare',
    fails: above,
    sentence: (value, limit) =>
      `Stolen time: other virtual machines took ${percent(value)} of the CPU in the window ` +
      `(at most ${percent(limit)} is tolerable).`,
  },
]);

/**
 * One sentence, with its numbers, for each gate that the evidence does not pass.
 * @param {Evidence} evidence
 * @returns {string[]}
 */
function validityWarnings(evidence) {
  const warnings = [];
  for (const { fact, fails, sentence } of GATES) {
    const value = evidence[fact];
    const limit = LIMITS[fact];
    if (typeof value === 'number' && fails(value, limit)) warnings.push(sentence(value, limit));
  }
  return warnings;
}

exports.LIMITS = LIMITS;
exports.validityWarnings = validityWarnings;
