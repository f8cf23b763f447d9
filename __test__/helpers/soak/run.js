'use strict';

const { setImmediate: turn } = require('node:timers/promises');

const { Pool } = require('../../..');
const { seeded, shuffled } = require('../seeded.js');
const { KINDS, collectAndHold, hold } = require('./kinds.js');
const { Ledger } = require('./ledger.js');

const MILLION = 1_000_000;
const RESULT = KINDS.findIndex(({ name }) => name === 'result');
const QUEUE_FULL = KINDS.findIndex(({ name }) => name === 'queue full');

const WAITING = 48;
/** Tasks refused each time that a pool is full; as `queue full` is rare, filling the queue each time would not be. */
const REFUSED_AT_ONCE = 4;

// Each pool another: threads of its own to spare or not, isolates that come and go, priorities, no timing.
const POOLS = [
  { name: 'soak-a', maxThreads: 2 },
  { name: 'soak-b', minThreads: 1, maxThreads: 1 },
  { name: 'soak-c', maxThreads: 3, idleTimeout: 5 },
  { name: 'soak-d', maxThreads: 1, recordTiming: false },
].map((options) => ({ ...options, maxQueue: WAITING, memoryLimitMb: 16 }));
const MOST_THREADS = Math.max(...POOLS.map(({ maxThreads }) => maxThreads));
const ALL_THREADS = POOLS.reduce((sum, { maxThreads }) => sum + maxThreads, 0);
/** A step of the plan: all pools rest. */
const REST = KINDS.length;

/** What is to be done, in order; each pool takes the next step when it has room. */
class Plan {
  #steps;
  #next = 0;
  /** Plain results kept back to fill queues with. */
  #fillers;

  constructor(tasks, rests, random) {
    const counts = KINDS.map(({ perMillion }) => Math.round((tasks * perMillion) / MILLION));
    const crowds = Math.ceil(counts[QUEUE_FULL] / REFUSED_AT_ONCE);
    const others = counts.reduce((sum, count) => sum + count, 0) - counts[QUEUE_FULL];
    this.#fillers = crowds * (MOST_THREADS + WAITING) + rests * ALL_THREADS;
    // Rounding falls on the plain results.
    counts[RESULT] += tasks - others - crowds * REFUSED_AT_ONCE - this.#fillers;
    if (counts[RESULT] < 0) throw new Error(`${tasks} tasks are too few to fill the queues`);
    counts[QUEUE_FULL] = crowds;
    this.#steps = shuffled(
      counts.flatMap((count, kind) => new Array(count).fill(kind)),
      random,
    );
    const every = Math.floor(this.#steps.length / (rests + 1));
    for (let rest = rests; rest > 0; rest -= 1) this.#steps.splice(rest * every, 0, REST);
  }

  /** @returns {number | null} `REST` or a kind; `QUEUE_FULL` for filling the queue up and being refused some */
  take() {
    if (this.#next < this.#steps.length) return this.#steps[this.#next++];
    if (this.#fillers === 0) return null;
    this.#fillers -= 1;
    return RESULT;
  }

  takeFillers(count) {
    this.#fillers -= count;
  }
}

/** Aborts running tasks once they have begun, looking at each turn of the loop. */
class Aborter {
  #waiting = new Map();
  #ledger;
  #looking = false;

  constructor(ledger) {
    this.#ledger = ledger;
  }

  whenBegun(id, controller) {
    this.#waiting.set(id, controller);
    if (!this.#looking) {
      this.#looking = true;
      this.#look();
    }
  }

  async #look() {
    while (this.#waiting.size > 0) {
      for (const [id, controller] of this.#waiting) {
        if (!this.#ledger.hasBegun(id)) continue;
        this.#waiting.delete(id);
        controller.abort(id);
      }
      await turn();
    }
    this.#looking = false;
  }
}

/** From time to time all pools rest together: nothing runs, each isolate has just collected its garbage. */
class Rests {
  #drivers = POOLS.length;
  #arrived = 0;
  /** @type {{ promise: Promise<void>, end: () => void } | null} */
  #current = null;
  #onRest;

  /** @param {() => Promise<void>} onRest */
  constructor(onRest) {
    this.#onRest = onRest;
  }

  get due() {
    return this.#current !== null;
  }

  begin() {
    if (this.#current !== null) return;
    let end = () => {};
    const promise = new Promise((resolve) => {
      end = resolve;
    });
    this.#current = { promise, end };
  }

  async join() {
    const { promise } = this.#current;
    this.#arrived += 1;
    this.#endIfAllAreThere();
    return promise;
  }

  /** By a driver that has no more to do. */
  leave() {
    this.#drivers -= 1;
    this.#endIfAllAreThere();
  }

  async #endIfAllAreThere() {
    if (this.#current === null || this.#arrived < this.#drivers) return;
    const { end } = this.#current;
    this.#arrived = 0;
    await this.#onRest();
    this.#current = null;
    end();
  }
}

/** One pool and what it does. */
class Driver {
  #plan;
  #random;
  #ledger;
  #aborter;
  #rests;
  #inFlight = 0;
  /** @type {() => void} */
  #wake = () => {};

  constructor(options, plan, random, ledger, aborter, rests) {
    this.pool = new Pool(options);
    this.threads = options.maxThreads;
    this.pool.on('error', (error, task) =>
      ledger.complain(null, `'error' of ${options.name}, left behind by ${task}: ${error}`),
    );
    this.#plan = plan;
    this.#random = random;
    this.#ledger = ledger;
    this.#aborter = aborter;
    this.#rests = rests;
  }

  async drive() {
    for (;;) {
      await this.#fewerThan(WAITING);
      if (this.#rests.due) await this.#rest();
      const kind = this.#plan.take();
      if (kind === null) break;
      if (kind === REST) this.#rests.begin();
      else if (kind === QUEUE_FULL) await this.#crowd();
      else this.#submit(kind, Math.floor(this.#random() * KINDS[kind].variants.length));
    }
    await this.#fewerThan(1);
    this.#rests.leave();
  }

  async #fewerThan(count) {
    while (this.#inFlight >= count) {
      await new Promise((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #submit(kind, variant) {
    const { fn, given, abort } = KINDS[kind].variants[variant];
    const id = this.#ledger.enter(kind, variant);
    const { extra, options } = given?.(id) ?? {};
    if (abort === undefined) return this.#run(id, fn, extra, options);
    const controller = new AbortController();
    this.#run(id, fn, extra, { ...options, signal: controller.signal });
    if (abort === 'sync') controller.abort(id);
    else this.#aborter.whenBegun(id, controller);
    return id;
  }

  #run(id, fn, extra, options) {
    const args = extra === undefined ? [this.#ledger.begun, id] : [this.#ledger.begun, id, extra];
    this.#inFlight += 1;
    this.pool.run(fn, args, options).then(
      (value) => this.#settled(id, { value }),
      (error) => this.#settled(id, { error }),
    );
    return id;
  }

  #settled(id, outcome) {
    this.#inFlight -= 1;
    this.#ledger.settle(id, outcome);
    this.#wake();
  }

  /**
   * Gives every thread such a task, which counts as a plain result, once nothing else is under way.
   * @returns {Promise<() => void>} lets them go
   */
  async #holdThreads(task, fillers) {
    // At once, before other pools take them as the last steps of the plan.
    this.#plan.takeFillers(this.threads + fillers);
    await this.#fewerThan(1);
    const gate = new SharedArrayBuffer(4);
    const ids = [];
    for (let n = 0; n < this.threads; n += 1) {
      ids.push(this.#run(this.#ledger.enter(RESULT, 0), task, gate));
    }
    while (!ids.every((id) => this.#ledger.hasBegun(id))) await turn();
    return () => {
      Atomics.store(new Int32Array(gate), 0, 1);
      Atomics.notify(new Int32Array(gate), 0);
    };
  }

  /** Holds every thread, fills the queue to its limit, is refused some more. */
  async #crowd() {
    const letGo = await this.#holdThreads(hold, WAITING);
    for (let n = 0; n < WAITING; n += 1) this.#submit(RESULT, 0);
    for (let n = 0; n < REFUSED_AT_ONCE; n += 1) this.#submit(QUEUE_FULL, 0);
    letGo();
  }

  async #rest() {
    const letGo = await this.#holdThreads(collectAndHold, 0);
    await this.#rests.join();
    letGo();
  }
}

/** What the pools counted must be what their callers saw. */
function complainOfStats(pools, rows, ledger) {
  const total = (key) => pools.reduce((sum, pool) => sum + pool.stats()[key], 0);
  const of = (...names) =>
    rows.filter(({ name }) => names.includes(name)).reduce((sum, { tasks }) => sum + tasks, 0);
  const made = rows.reduce((sum, { tasks }) => sum + tasks, 0);
  const expected = {
    completed: of('result', 'result of an async function'),
    aborted: of('aborted in the queue', 'aborted while running'),
    timedOut: of('timeout of 5 ms'),
    isolatesCreated: total('isolatesDisposed'),
  };
  for (const [key, value] of Object.entries(expected)) {
    if (total(key) !== value)
      ledger.complain(null, `${key}: ${total(key)} counted, ${value} right`);
  }
  const counted =
    total('refused') +
    ['completed', 'failed', 'timedOut', 'aborted'].reduce((s, k) => s + total(k), 0);
  if (counted !== made) ledger.complain(null, `pools counted ${counted} runs of ${made}`);
}

/**
 * Runs so many tasks of the mix on four pools at once, and closes them.
 * @param {object} options
 * @param {number} options.tasks
 * @param {number} options.seed
 * @param {number} [options.rests] how often all pools rest
 * @param {(settled: number) => Promise<void>} [options.onRest]
 * @param {(ledger: Ledger) => void} [options.onStart]
 * @param {AbortSignal} [options.giveUp] ends the waiting: what has not settled by then never will
 */
async function soak({ tasks, seed, rests = 0, onRest = async () => {}, onStart, giveUp }) {
  const random = seeded(seed);
  const ledger = new Ledger(KINDS, tasks);
  onStart?.(ledger);
  const plan = new Plan(tasks, rests, random);
  const aborter = new Aborter(ledger);
  const pause = new Rests(() => onRest(ledger.settledCount));
  const drivers = POOLS.map((options) => new Driver(options, plan, random, ledger, aborter, pause));
  const pools = drivers.map(({ pool }) => pool);
  const abandoned = new Promise((resolve) => {
    giveUp?.addEventListener('abort', () => resolve('given up'));
  });
  let ended;
  try {
    ended = await Promise.race([
      Promise.all(drivers.map((driver) => driver.drive())).then(() => 'done'),
      abandoned,
    ]);
  } finally {
    await Promise.race([Promise.all(pools.map((pool) => pool.destroy())), abandoned]);
  }
  if (ended !== 'done') ledger.complain(null, `given up: ${giveUp.reason}`);
  const rows = ledger.close();
  if (ended === 'done') complainOfStats(pools, rows, ledger);
  return { rows, complaints: ledger.complaints, complaintCount: ledger.complaintCount, pools };
}

module.exports = { soak };
