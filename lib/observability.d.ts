// What a pool tells of itself. Part of index.d.ts, which exports all of it.

import type { Pool } from '../index.js';

// ── stats ────────────────────────────────────────────────────────────────────────────────────────

/** How long something took, in milliseconds, within 1 %; all 0 when nothing was counted. */
export interface DurationSummary {
  /** How often. */
  readonly count: number;
  /** The same as `mean`. */
  readonly average: number;
  readonly mean: number;
  readonly stddev: number;
  readonly min: number;
  readonly max: number;
  readonly p0_001: number;
  readonly p0_01: number;
  readonly p0_1: number;
  readonly p1: number;
  readonly p2_5: number;
  readonly p10: number;
  readonly p25: number;
  readonly p50: number;
  readonly p75: number;
  readonly p90: number;
  readonly p97_5: number;
  readonly p99: number;
  readonly p99_9: number;
  readonly p99_99: number;
  readonly p99_999: number;
}

/** Durations of a pool's tasks since it was made, or since a reset. */
export interface PoolHistogram {
  /** From the call to its beginning on a thread, of every task that began. */
  readonly waitTime: DurationSummary;
  /** From its beginning to its end on the thread, cloning there included. */
  readonly runTime: DurationSummary;
  /** To clone arguments, on this thread and on the task's. A few numbers or short texts take too little to be measured and are not counted. */
  readonly cloneInTime: DurationSummary;
  /** The same of results. */
  readonly cloneOutTime: DurationSummary;
  resetWaitTime(): void;
  resetRunTime(): void;
  /** All four. */
  reset(): void;
}

/** One isolate of a pool. */
export interface IsolateStats {
  /** Unique within the process. */
  id: number;
  /** Whether a task is running in it. */
  busy: boolean;
  /** Tasks that have ended in it. */
  tasks: number;
  /** Milliseconds that it has spent with tasks, the one under way too. */
  busyMs: number;
  /** Bytes of JavaScript heap and array buffers, at most 20 ms of tasks old; one that has run a single task for long is not asked meanwhile. */
  heapUsed: number;
}

/** A pool at one moment. */
export interface PoolStats {
  /** Threads that hold an isolate now. */
  threads: number;
  /** Of these, those without a task. */
  idleThreads: number;
  /** Of these, those with a task. */
  busyThreads: number;
  maxThreads: number;
  /** Tasks that wait for a thread. */
  queued: number;
  /** Tasks that have begun and not ended, suspended ones too. */
  running: number;
  /** Of these, those that wait without a thread: for a timer, a host function, WebAssembly or `Atomics.waitAsync`. */
  suspended: number;
  /** `threads`, by workerpool's name. */
  totalWorkers: number;
  /** `busyThreads`. */
  busyWorkers: number;
  /** `idleThreads`. */
  idleWorkers: number;
  /** `queued`. */
  pendingTasks: number;
  /** `running`. */
  activeTasks: number;
  /** Runs that were accepted. Each ends as one of the next four. */
  submitted: number;
  /** Runs that resolved. */
  completed: number;
  /** Runs that rejected with what the task threw, or with an error of ours that is not counted below. */
  failed: number;
  /** Runs that passed their `timeout`, `cpuTimeout` or `queueTimeout`. */
  timedOut: number;
  /** Runs ended by a signal, `cancelPending()`, `close({ force })` or `destroy()`. */
  aborted: number;
  /** Runs that were never accepted: a full queue, a closed pool, what cannot travel. */
  refused: number;
  isolatesCreated: number;
  isolatesDisposed: number;
  /** Disposed of before their time and replaced: by `recycle()`, because they passed the memory limit, or with a suspended task that was given up. */
  isolatesRecycled: number;
  /** Lost to the memory limit or to a bug, that did not stop, were given up by V8 or could not be made. */
  isolatesLost: number;
  /** Of the lost: whose run did not end within a second of being stopped. Each held a thread that was replaced. */
  isolatesWedged: number;
  /** Of the lost: given up by V8, for want of memory as a rule. Each holds a thread and its memory for good. */
  isolatesParked: number;
  /** Threads started in the place of lost ones. */
  threadsReplaced: number;
  /** Milliseconds since the pool was made. */
  uptimeMs: number;
  /** Milliseconds that threads have spent with tasks, those under way too. */
  busyMs: number;
  /** The pool's `utilization`. */
  utilization: number;
  /** Bytes of JavaScript heap and array buffers of all its isolates. */
  heapUsed: number;
  /** Those that exist, oldest first. */
  isolates: IsolateStats[];
  waitTime: DurationSummary;
  runTime: DurationSummary;
  cloneInTime: DurationSummary;
  cloneOutTime: DurationSummary;
}

// ── diagnostics_channel ──────────────────────────────────────────────────────────────────────────

/** Message of `offloop:pool:create` and `offloop:pool:close`. */
export interface PoolMessage {
  pool: Pool;
  poolName: string;
}

/** Message of `offloop:isolate:create` and, with a reason, `offloop:isolate:destroy`. */
export interface IsolateMessage extends PoolMessage {
  /** As in `stats().isolates`. */
  isolate: number;
  /** As in `'isolateDestroy'`. */
  reason?: string;
}

/** Message of `tracing:offloop:run:start`, `end`, `asyncStart`, `asyncEnd` and `error`: one object for one run. */
export interface RunMessage extends PoolMessage {
  /** The `name` of its options, else that of the function, else `'(anonymous)'`. */
  taskName: string;
  /** What it resolves to, from `asyncStart` on. */
  result?: unknown;
  /** What it rejects with, from `error` on. */
  error?: unknown;
  /** Milliseconds that it waited for a thread, from `asyncStart` on; only of a run that ended by itself. */
  waitMs?: number;
  /** Milliseconds that it took on the thread; likewise. */
  runMs?: number;
}
