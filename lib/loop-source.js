// @ts-check
'use strict';

const { monitorEventLoopDelay } = require('node:perf_hooks');

const { Distribution } = require('./distribution.js');
const native = require('./native.js');

// Where the busy time of each turn of the event loop comes from. Node has a histogram of it since 24.21 and 26.x
// (`samplePerIteration`); older versions take the option without a word and count timer intervals. So both sources run
// until Node's has been seen to count the same turns as ours, or not; then one is enough for every measurement here.

/** @typedef {import('node:perf_hooks').IntervalHistogram} IntervalHistogram */
/** @typedef {{ distribution: Distribution, ownMs: number }} LoopReading */

const NANOSECONDS_PER_MS = 1e6;
// A timer of this interval never fires: what a Node without the option counts then is nothing.
const NEVER_MS = 2 ** 31 - 1;

const LEAST_TURNS = 8;
// How far the two may be apart while one of them is judged by the other.
const TOLERATED_SHARE = 0.25;
const TOLERATED_TURNS = 1;
const TOLERATED_MS = 0.5;

/** @type {Float64Array | undefined} */
let middles;

/** Ours: `uv_prepare` and libuv's idle time. */
class NativeLoopSource {
  #before;

  constructor() {
    native.loopMonitorStart();
    this.#before = native.loopMonitorSnapshot();
  }

  /** @returns {LoopReading} */
  read() {
    const now = native.loopMonitorSnapshot();
    if (now === null) return { distribution: new Distribution([], []), ownMs: 0 };
    middles ??= native.loopMonitorBuckets();
    const before = this.#before;
    return {
      distribution: Distribution.between(middles, now.counts, before && before.counts),
      ownMs: now.ownMs - (before === null ? 0 : before.ownMs),
    };
  }

  stop() {
    native.loopMonitorStop();
  }
}

/** Node's own. */
class NodeLoopSource {
  #histogram = monitorEventLoopDelay(
    /** @type {any} */ ({ samplePerIteration: true, resolution: NEVER_MS }),
  );

  constructor() {
    this.#histogram.enable();
  }

  get turns() {
    return this.#histogram.count;
  }

  get busyMs() {
    const { count, mean } = this.#histogram;
    return count === 0 ? 0 : (count * mean) / NANOSECONDS_PER_MS;
  }

  /** @returns {LoopReading} */
  read() {
    const distribution = Distribution.ofNodeHistogram(this.#histogram);
    return { distribution, ownMs: distribution.size * hookMs };
  }

  stop() {
    this.#histogram.disable();
  }
}

/** @type {'node' | 'native' | undefined} undefined: not seen yet */
let decided;
/** What ours took for one turn. Node's hooks ask the same two clocks and count into a histogram, too. */
let hookMs = 0;

/** The source that a measurement uses. */
class LoopSource {
  /** @type {NodeLoopSource | null} */
  #node;
  /** @type {NativeLoopSource | null} */
  #ours;
  /** @type {{ turns: number, busyMs: number, nodeTurns: number, nodeBusyMs: number } | null} */
  #seen = null;

  constructor() {
    this.#node = decided === 'native' ? null : new NodeLoopSource();
    this.#ours = decided === 'node' ? null : new NativeLoopSource();
  }

  /** @returns {'node' | 'native'} */
  get name() {
    return this.#ours === null ? 'node' : 'native';
  }

  /**
   * Compares the two sources, if that is still to be done. Called from a timer: from one call to
   * the next both have counted the same turns.
   */
  compare() {
    if (this.#node === null || this.#ours === null) return;
    if (decided === undefined) {
      const state = native.loopMonitorSnapshot();
      if (state === null) return;
      const now = {
        turns: sum(state.counts),
        busyMs: state.busyMs,
        nodeTurns: this.#node.turns,
        nodeBusyMs: this.#node.busyMs,
      };
      if (this.#seen === null) {
        this.#seen = now;
        return;
      }
      const seen = this.#seen;
      const turns = now.turns - seen.turns;
      if (turns < LEAST_TURNS) return;
      hookMs = state.ownMs / now.turns;
      decided =
        agree(turns, now.nodeTurns - seen.nodeTurns, TOLERATED_TURNS) &&
        agree(now.busyMs - seen.busyMs, now.nodeBusyMs - seen.nodeBusyMs, TOLERATED_MS)
          ? 'node'
          : 'native';
    }
    this.#keep(decided);
  }

  read() {
    return /** @type {NodeLoopSource | NativeLoopSource} */ (this.#ours ?? this.#node).read();
  }

  stop() {
    this.#node?.stop();
    this.#ours?.stop();
  }

  /** @param {'node' | 'native'} source */
  #keep(source) {
    if (source === 'node') {
      this.#ours?.stop();
      this.#ours = null;
    } else {
      this.#node?.stop();
      this.#node = null;
    }
  }
}

/**
 * @param {number} ours
 * @param {number} theirs
 * @param {number} slack
 */
function agree(ours, theirs, slack) {
  return Math.abs(ours - theirs) <= TOLERATED_SHARE * Math.max(ours, theirs) + slack;
}

/** @param {Float64Array} counts */
function sum(counts) {
  return counts.reduce((total, count) => total + count, 0);
}

exports.LoopSource = LoopSource;
exports.NativeLoopSource = NativeLoopSource;
exports.NodeLoopSource = NodeLoopSource;
