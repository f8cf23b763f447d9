// @ts-check
'use strict';

const { errorOf } = require('./errors.js');
const native = require('./native.js');

/** @typedef {import('../index.js').Prediction} Prediction */

/** One at a time: each holds one of libuv's few threads, and uses all cores. */
let last = /** @type {Promise<unknown>} */ (Promise.resolve());

/**
 * What each strategy would do with this load, by simulation on other threads.
 * @param {import('./advice.js').Question} question
 * @returns {Promise<Prediction[]>}
 */
function predict(question) {
  const next = last.then(() => run(question));
  last = next.catch(() => {});
  return next;
}

/** @param {import('./advice.js').Question} question */
async function run({ known, functions, serviceTimes }) {
  const predictions = await simulate(() => native.predictAdvice(known, functions, serviceTimes));
  // The seam's types say string where these are words.
  return /** @type {Prediction[]} */ (
    predictions.map(({ modelErrorP50, modelErrorP99, ...prediction }) => ({
      ...prediction,
      modelError: { p50: modelErrorP50, p99: modelErrorP99 },
    }))
  );
}

/**
 * The native side says `InvalidArg` of numbers that make no sense together, and of missing ones at once.
 * @param {() => Promise<import('./native.js').NativePrediction[]>} start
 */
async function simulate(start) {
  let running;
  try {
    running = start();
  } catch (error) {
    const missing = /** @type {Error} */ (error).message;
    throw errorOf(
      'OFFLOOP_ERR_INVALID_OPTION',
      `nothing can be predicted without numbers: give advise() ${missing}`,
    );
  }
  try {
    return await running;
  } catch (error) {
    const { code, message } = /** @type {Error & { code: string }} */ (error);
    const invalid = code === 'InvalidArg';
    throw errorOf(
      invalid ? 'OFFLOOP_ERR_INVALID_OPTION' : 'OFFLOOP_ERR_PREDICTION_FAILED',
      message,
    );
  }
}

exports.predict = predict;
