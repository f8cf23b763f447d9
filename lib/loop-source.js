// @ts-check
'use strict';

const { monitorEventLoopDelay } = require('node:perf_hooks');

const { Distribution } = require('./distribution.js');
const native = require('./native.js');

// Where the busy time of each turn of the event loop comes from. Node has a histogram of it where
// `monitorEventLoopDelay({ samplePerIteration: true })` works. Older versions (22.23) take the option without a word and
// count timer intervals; 24.21 and 26.10 leave out what runs in poll, so whatever a server does for its requests. So
// Node's is used where it has been seen to count that; until then, and else, ours.

/** @typedef {import('node:perf_hooks').IntervalHistogram} IntervalHistogram */
/** @typedef {{ distribution: Distribution, ownMs: number }} LoopReading */

const NANOSECONDS_PER_MS = 1e6;
// A timer of this interval never fires: what a Node without the option counts then is nothing.
const NEVER_MS = 2 ** 31 - 1;

/** The loop is held up in poll for so long, once, to see who notices. */
const TRIAL_MS = 1;
/** What the two may be apart in a trial. */
const TOLERATED_MS = 0.3;
const TOLERATED_SHARE = 0.02;
/** Agreement beside more work than this says nothing. */
const MOST_BESIDE_MS = 20;
const MOST_TRIALS = 3;

/** @type {Float64Array | undefined} */
let middles;

/** Ours: `uv_prepare` and libuv's idle time. */
class NativeLoopSource {
  #before;

  constructor() {
    native.loopMonitorStart();
    this.#before = native.loopMonitorSnapshot();
  }

  /** Since anybody measures here. */
  get busyMs() {
    return native.loopMonitorSnapshot()?.busyMs ?? 0;
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
let trying = false;
let trials = 0;
/** What ours took for one turn. Node's hooks ask the same two clocks and count into a histogram, too. */
let hookMs = 0;

/** The source that a measurement uses. */
class LoopSource {
  /** @type {NodeLoopSource | null} */
  #node;
  /** @type {NativeLoopSource | null} */
  #ours;

  constructor() {
    this.#node = decided === 'native' ? null : new NodeLoopSource();
    this.#ours = decided === 'node' ? null : new NativeLoopSource();
  }

  /** @returns {'node' | 'native'} */
  get name() {
    return this.#ours === null ? 'node' : 'native';
  }

  /** From a timer, now and then: compares the two sources, if that is still to be done. */
  compare() {
    if (this.#node === null || this.#ours === null) return;
    if (decided !== undefined) this.#keep(decided);
    else if (this.#node.turns === 0) decided = 'native';
    else void this.#try(this.#node, this.#ours);
  }

  /**
   * @param {NodeLoopSource} node
   * @param {NativeLoopSource} ours
   */
  async #try(node, ours) {
    if (trying) return;
    trying = true;
    trials += 1;
    const before = { node: node.busyMs, ours: ours.busyMs };
    // What waits for this goes on in poll.
    await native.probeThreadpool();
    const begun = performance.now();
    while (performance.now() - begun < TRIAL_MS);
    await turn();
    await turn();
    trying = false;
    // It was stopped meanwhile.
    if (this.#node !== node || this.#ours !== ours) return;
    const busy = ours.busyMs - before.ours;
    const apart = Math.abs(busy - (node.busyMs - before.node));
    const agree = apart <= TOLERATED_MS + TOLERATED_SHARE * busy;
    if (agree && busy > MOST_BESIDE_MS && trials < MOST_TRIALS) return;
    decided = agree && busy <= MOST_BESIDE_MS ? 'node' : 'native';
    const { distribution, ownMs } = ours.read();
    hookMs = ownMs / Math.max(1, distribution.size);
    this.#keep(decided);
  }

  read() {
    return /** @type {NodeLoopSource | NativeLoopSource} */ (this.#ours ?? this.#node).read();
  }

  stop() {
    this.#node?.stop();
    this.#ours?.stop();
    this.#node = null;
    this.#ours = null;
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

/** @returns {Promise<void>} */
function turn() {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

exports.LoopSource = LoopSource;
exports.NativeLoopSource = NativeLoopSource;
exports.NodeLoopSource = NodeLoopSource;
