'use strict';

const { until } = require('./until.js');

const STARTED = 0;
const OPEN = 1;

/** Holds tasks in the middle of their run until the test lets them go: no test waits for a clock. */
class Gate {
  constructor() {
    this.buffer = new SharedArrayBuffer(8);
    this.state = new Int32Array(this.buffer);
  }

  /** Tasks that have begun. */
  get started() {
    return Atomics.load(this.state, STARTED);
  }

  async allStarted(count) {
    await until(() => this.started >= count, `${count} tasks to start`);
  }

  open() {
    Atomics.store(this.state, OPEN, 1);
    Atomics.notify(this.state, OPEN);
  }
}

/** The task: says that it has begun, waits for the gate, returns its value. */
function waitAtGate(buffer, value) {
  const state = new Int32Array(buffer);
  Atomics.add(state, 0, 1);
  while (Atomics.load(state, 1) === 0) Atomics.wait(state, 1, 0, 20);
  return value;
}

/** A task that never ends by itself, counting its turns. */
function spin(buffer) {
  const state = new Int32Array(buffer);
  Atomics.add(state, 0, 1);
  for (;;) Atomics.add(state, 1, 1);
}

module.exports = { Gate, waitAtGate, spin };
