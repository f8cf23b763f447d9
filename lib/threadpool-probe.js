// @ts-check
'use strict';

const native = require('./native.js');

const MOST_WAITS = 4096;

/**
 * Sends a piece of work into libuv's pool now and then, and notes how long it waits for a thread.
 * One at a time: behind a full pool they would only queue up. Work that waits keeps the process
 * alive like any other, but only as long as what is before it in the queue does anyway.
 */
class ThreadpoolProbe {
  /** @type {number[]} */
  #waits = [];
  /** When the one under way was sent. @type {number | null} */
  #sent = null;
  #ownMs = 0;
  #stopped = false;

  send() {
    if (this.#sent !== null || this.#stopped) return;
    const now = performance.now();
    this.#sent = now;
    native.probeThreadpool().then(this.#arrived, this.#lost);
    this.#ownMs += performance.now() - now;
  }

  /** @param {number} waited */
  #arrived = (waited) => {
    const now = performance.now();
    this.#sent = null;
    // The oldest make room: a window of an hour has as many from its end.
    if (this.#waits.length === MOST_WAITS) this.#waits.shift();
    this.#waits.push(waited);
    this.#ownMs += performance.now() - now;
  };

  // The environment is ending.
  #lost = () => {
    this.#stopped = true;
  };

  /** The one still under way has waited so long at least. */
  read() {
    const waits =
      this.#sent === null ? [...this.#waits] : [...this.#waits, performance.now() - this.#sent];
    waits.sort((a, b) => a - b);
    const { length } = waits;
    const medianMs = length === 0 ? undefined : (waits[(length - 1) >> 1] + waits[length >> 1]) / 2;
    return { medianMs, ownMs: this.#ownMs };
  }

  stop() {
    this.#stopped = true;
  }
}

exports.ThreadpoolProbe = ThreadpoolProbe;
