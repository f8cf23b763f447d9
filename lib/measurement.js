// @ts-check
'use strict';

const { monitorEventLoopDelay } = require('node:perf_hooks');

const { invalidRange, invalidType } = require('./errors.js');
const { GcMeter } = require('./gc-meter.js');
const { HostMeter } = require('./host-meter.js');
const { HttpMeter } = require('./http-meter.js');
const { LoopSource } = require('./loop-source.js');
const { lowerSlope } = require('./slope.js');
const { withoutOwnFrames } = require('./stack.js');
const { ThreadpoolProbe } = require('./threadpool-probe.js');
const { validityWarnings } = require('./validity.js');

/** @typedef {import('../index.js').Evidence} Evidence */
/** @typedef {import('./distribution.js').Distribution} Distribution */

const MIB = 1024 * 1024;
const MS_PER_S = 1000;
const NANOSECONDS_PER_MS = 1e6;
const US_PER_MS = 1000;

/** A turn that was busy for less did nothing but wake up. */
const LEAST_WORK_MS = 0.05;
const LONG_TASK_MS = 50;
const LEAST_FULL_GCS = 3;

/** Samples this process, and the event loop of this thread, from its making until `stop()`. */
class Measurement {
  #begun = performance.now();
  #uptimeSeconds = process.uptime();
  #resolutionMs;
  #cpu = process.cpuUsage();
  #utilization = performance.eventLoopUtilization();
  #host = new HostMeter();
  #loop = new LoopSource();
  #http = new HttpMeter();
  #gc = new GcMeter();
  #threadpool = new ThreadpoolProbe();
  #delay;
  #timer;
  #counted = 0;
  #ownMs = 0;
  /** @type {Promise<Evidence> | null} */
  #evidence = null;
  #windowMs = 0;

  /** @param {import('./measure.js').MeasureSettings} settings */
  constructor({ resolutionMs, probeIntervalMs }) {
    this.#resolutionMs = resolutionMs;
    this.#delay = monitorEventLoopDelay({ resolution: resolutionMs });
    this.#delay.enable();
    this.#timer = setInterval(() => this.#tick(), probeIntervalMs);
    this.#timer.unref();
    this.#ownMs += performance.now() - this.#begun;
  }

  #tick() {
    const begun = performance.now();
    this.#loop.compare();
    this.#gc.sample();
    this.#threadpool.send();
    this.#ownMs += performance.now() - begun;
  }

  /** Seconds since it began, until it was stopped. */
  get elapsedSeconds() {
    const ms = this.#evidence === null ? performance.now() - this.#begun : this.#windowMs;
    return ms / MS_PER_S;
  }

  /** Requests so far: Node's HTTP servers and those counted by hand. */
  get requests() {
    return this.#http.requests + this.#counted;
  }

  get running() {
    return this.#evidence === null;
  }

  /**
   * Counts requests that are not HTTP. Does nothing once it was stopped.
   * @param {number} [n]
   */
  count(n = 1) {
    const expectation = 'an integer of at least 0: how many requests have finished';
    if (typeof n !== 'number') throw withoutOwnFrames(invalidType("argument 'n'", n, expectation));
    if (!Number.isSafeInteger(n) || n < 0) {
      throw withoutOwnFrames(invalidRange("argument 'n'", n, expectation));
    }
    if (this.#evidence === null) this.#counted += n;
  }

  /**
   * Ends the window and tells what was seen; again, the same.
   * @returns {Promise<Evidence>}
   */
  stop() {
    this.#evidence ??= this.#finish();
    return this.#evidence;
  }

  /** @returns {Promise<Evidence>} */
  async #finish() {
    this.#windowMs = performance.now() - this.#begun;
    // The turn under way is part of the window, and so are the collections that Node tells of in the next.
    await turn();
    await turn();
    clearInterval(this.#timer);
    this.#delay.disable();
    const evidence = this.#read();
    this.#loop.stop();
    this.#http.stop();
    this.#gc.stop();
    this.#threadpool.stop();
    return evidence;
  }

  /** @returns {Evidence} */
  #read() {
    const now = performance.now();
    const windowMs = now - this.#begun;
    this.#windowMs = windowMs;
    const cpu = process.cpuUsage(this.#cpu);
    const { utilization } = performance.eventLoopUtilization(this.#utilization);
    const { heapUsed, rss } = process.memoryUsage();
    const loop = this.#loop.read();
    const http = this.#http.read();
    const gc = this.#gc.read();
    const threadpool = this.#threadpool.read();
    const host = this.#host.read(windowMs);
    const work = loop.distribution.from(LEAST_WORK_MS);
    const { hours, megabytes } = gc.memory;
    const ownMs =
      this.#ownMs +
      loop.ownMs +
      this.#wakeUpsMs(loop.distribution, work) +
      http.ownMs +
      gc.ownMs +
      threadpool.ownMs +
      host.ownMs;
    /** @type {Evidence} */
    const evidence = {
      windowSeconds: windowMs / MS_PER_S,
      uptimeSeconds: this.#uptimeSeconds,
      requests: this.requests,
      utilization,
      iterations: work.size,
      iterationP50Ms: work.quantile(0.5) ?? 0,
      iterationP99Ms: work.quantile(0.99) ?? 0,
      iterationMaxMs: work.quantile(1) ?? 0,
      longTaskShare: Math.min(1, work.from(LONG_TASK_MS).total / windowMs),
      delayP99Ms: this.#delayP99Ms(),
      latencyP50Ms: http.latencies.quantile(0.5),
      latencyP99Ms: http.latencies.quantile(0.99),
      gcShare: Math.min(1, gc.pausesMs / windowMs),
      fullGcs: gc.fullGcs,
      cpuCores: (cpu.user + cpu.system) / US_PER_MS / windowMs,
      throttledShare: host.throttledShare,
      cpuPressureBefore: host.cpuPressureBefore,
      cpuPressure: host.cpuPressure,
      stealShare: host.stealShare,
      rssSlopeMbPerHour: gc.fullGcs < LEAST_FULL_GCS ? undefined : lowerSlope(hours, megabytes),
      rssMb: rss / MIB,
      heapUsedMb: heapUsed / MIB,
      threadpoolWaitMs: threadpool.medianMs,
      serviceTimes: work.toCounts(),
      functions: undefined,
      overheadShare: Math.min(1, ownMs / windowMs),
      iterationSource: this.#loop.name,
      warnings: [],
    };
    evidence.warnings = validityWarnings(evidence);
    return evidence;
  }

  /** Without any sample the loop was blocked, or the window shorter than one interval. */
  #delayP99Ms() {
    if (this.#delay.count === 0) return undefined;
    const p99 = this.#delay.percentile(99) / NANOSECONDS_PER_MS;
    return Math.max(0, p99 - this.#resolutionMs);
  }

  /**
   * The delay's timer wakes the loop. A turn that did nothing else shows what that takes.
   * @param {Distribution} all
   * @param {Distribution} work
   */
  #wakeUpsMs(all, work) {
    const idle = all.size - work.size;
    if (idle === 0) return 0;
    return (Math.min(idle, this.#delay.count) * (all.total - work.total)) / idle;
  }
}

// Node 20 has the symbol of its own; a runtime without it cannot say `await using` either.
if (typeof Symbol.asyncDispose === 'symbol') {
  Object.defineProperty(Measurement.prototype, Symbol.asyncDispose, {
    value: /** @this {Measurement} */ async function asyncDispose() {
      await this.stop();
    },
    writable: true,
    configurable: true,
  });
}

/** @returns {Promise<void>} */
function turn() {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

exports.Measurement = Measurement;
exports.LEAST_WORK_MS = LEAST_WORK_MS;
