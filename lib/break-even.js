// @ts-check
'use strict';

// When a function is worth an isolate: S is how long one call holds the event loop, c what it costs this thread to have
// the call made elsewhere.

const native = require('./native.js');

/** Those of the advice's rules. */
const {
  worthwhileMs: WORTH_FROM_MS,
  worthwhileRatio: WORTH_FROM_TIMES_COST,
  mandatoryMs: MANDATORY_FROM_MS,
} = native.offloadLimits();

/** @typedef {'inline' | 'offload' | 'mandatory'} Verdict */

/**
 * @param {number} serviceMs S
 * @param {number} costMs c
 * @returns {Verdict}
 */
function breakEven(serviceMs, costMs) {
  if (serviceMs >= MANDATORY_FROM_MS && serviceMs > costMs) return 'mandatory';
  const worthIt = serviceMs >= Math.max(WORTH_FROM_MS, WORTH_FROM_TIMES_COST * costMs);
  return worthIt ? 'offload' : 'inline';
}

/**
 * The verdict with its numbers, in one sentence.
 * @param {{ name: string, p50Ms: number, mainThreadMs: number, dispatchMs: number, deliverMs: number, verdict: Verdict }} measured
 */
function breakEvenText({ name, p50Ms, mainThreadMs, dispatchMs, deliverMs, verdict }) {
  const cost = `${show(mainThreadMs)} ms of the main thread when offloaded (${show(dispatchMs)} to send, ${show(deliverMs)} to receive)`;
  const facts = `${name} takes ${show(p50Ms)} ms inline and ${cost}`;
  switch (verdict) {
    case 'mandatory':
      return `${facts}: offload it, for nothing else runs during a call of ${MANDATORY_FROM_MS} ms or more.`;
    case 'offload':
      return `${facts}: offloading is worth it, by a factor of ${show(p50Ms / mainThreadMs)}.`;
    default:
      return `${facts}: keep it inline, ${whyInline(p50Ms, mainThreadMs)}.`;
  }
}

/**
 * @param {number} serviceMs
 * @param {number} costMs
 */
function whyInline(serviceMs, costMs) {
  if (serviceMs < WORTH_FROM_MS)
    return `for a call of less than ${WORTH_FROM_MS} ms disturbs nobody`;
  if (costMs >= serviceMs) return 'for sending the values costs more than the call';
  return `for the gain is below ${WORTH_FROM_TIMES_COST} times the cost`;
}

/** Three significant digits. @param {number} value */
function show(value) {
  return String(Number(value.toPrecision(3)));
}

exports.breakEven = breakEven;
exports.breakEvenText = breakEvenText;
