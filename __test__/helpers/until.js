'use strict';

const { setTimeout: delay } = require('node:timers/promises');

const PATIENCE_MS = 20_000;

/** Resolves when the condition holds; fails by name when it never does. */
async function until(condition, what, patience = PATIENCE_MS) {
  const deadline = Date.now() + patience;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await delay(2);
  }
}

/** The error a promise rejects with; fails when it resolves. */
async function rejection(promise) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`expected a rejection, got ${String(value)}`);
}

module.exports = { until, rejection, delay };
