// @ts-check
'use strict';

const { Outcome } = require('./task.js');

const CLOSED = 'OFFLOOP_ERR_CLOSED';
const TIMEOUT = /_TIMEOUT$/;

/** How a pool's runs ended, as their callers saw it: each accepted one ends in exactly one way. */
class Tally {
  submitted = 0;
  refused = 0;
  completed = 0;
  failed = 0;
  timedOut = 0;
  aborted = 0;

  /**
   * @param {number} outcome
   * @param {any} value as `Task.settle` has it
   */
  settled(outcome, value) {
    if (outcome === Outcome.VALUE) this.completed += 1;
    else if (outcome === Outcome.ABORTED) this.aborted += 1;
    else if (outcome !== Outcome.OURS) this.failed += 1;
    else if (value[0] === CLOSED) this.aborted += 1;
    else if (TIMEOUT.test(value[0])) this.timedOut += 1;
    else this.failed += 1;
  }
}

exports.Tally = Tally;
