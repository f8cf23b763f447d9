// @ts-check
'use strict';

/**
 * Tells when a pool has as many tasks as it takes, and when it has room again: once each, as a
 * stream does. Tasks count from their acceptance until they settle.
 */
class BackPressure {
  #capacity;
  #threads;
  #emit;
  #inFlight = 0;
  #needsDrain = false;

  /**
   * @param {number} threads
   * @param {number} queue tasks that may wait
   * @param {(event: 'needsDrain' | 'drain') => void} emit called later, never from within
   */
  constructor(threads, queue, emit) {
    this.#threads = threads;
    this.#capacity = threads + queue;
    this.#emit = emit;
  }

  get needsDrain() {
    return this.#needsDrain;
  }

  started() {
    this.#inFlight += 1;
    if (this.#inFlight < this.#capacity || this.#needsDrain) return;
    this.#needsDrain = true;
    process.nextTick(this.#emit, 'needsDrain');
  }

  settled() {
    this.#inFlight -= 1;
    if (!this.#needsDrain || this.#inFlight > this.#threads) return;
    // Of a pool that lets none wait, `threads` in flight are all it takes.
    if (this.#inFlight >= this.#capacity) return;
    this.#needsDrain = false;
    process.nextTick(this.#emit, 'drain');
  }
}

exports.BackPressure = BackPressure;
