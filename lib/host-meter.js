// @ts-check
'use strict';

const { hostCounters } = require('./host.js');

const US_PER_MS = 1000;

/** Throttling, pressure and stolen time between two readings of the machine's own counters. */
class HostMeter {
  #before;
  #ownMs;

  constructor() {
    const begun = performance.now();
    this.#before = hostCounters();
    this.#ownMs = performance.now() - begun;
  }

  /** @param {number} windowMs */
  read(windowMs) {
    const begun = performance.now();
    const before = this.#before;
    const now = hostCounters();
    const waitedUs = grown(before.cpuPressureUs, now.cpuPressureUs);
    return {
      throttledShare: share(
        grown(before.throttledPeriods, now.throttledPeriods),
        grown(before.periods, now.periods),
      ),
      cpuPressureBefore: before.cpuPressureAvg10 ?? undefined,
      cpuPressure: share(waitedUs, windowMs * US_PER_MS),
      stealShare: share(
        grown(before.stealTicks, now.stealTicks),
        grown(before.totalTicks, now.totalTicks),
      ),
      ownMs: this.#ownMs + performance.now() - begun,
    };
  }
}

/**
 * @param {number | null} before
 * @param {number | null} now
 * @returns {number | undefined} undefined: this machine does not tell
 */
function grown(before, now) {
  if (before === null || now === null) return undefined;
  // A process that was moved to another group in between reads other counters.
  return now < before ? undefined : now - before;
}

/**
 * @param {number | undefined} part
 * @param {number | undefined} whole
 */
function share(part, whole) {
  if (part === undefined || whole === undefined) return undefined;
  return whole > 0 ? Math.min(1, part / whole) : 0;
}

exports.HostMeter = HostMeter;
