/// <reference types="node" />
/// <reference lib="esnext.disposable" />

import { EventEmitter } from 'node:events';

import type { PoolHistogram, PoolStats } from './lib/observability.js';
import type { HavingShared, Received, Shared } from './lib/sharing.js';

export type { Received, Shared } from './lib/sharing.js';

export type {
  DurationSummary,
  IsolateMessage,
  IsolateStats,
  PoolHistogram,
  PoolMessage,
  PoolStats,
  RunMessage,
} from './lib/observability.js';

// ── whether, how, and why ────────────────────────────────────────────────────────────────────────

/** What an application says of itself. Everything is optional; more numbers make better advice. */
export interface Intent {
  /** What requests mostly do: wait for others, compute, or both. */
  workload?: 'io' | 'mixed' | 'cpu';
  /** CPU time of the main thread that one request takes, in ms. */
  cpuMsPerRequest?: number;
  /** In words, for where no number is known: below 0.3, up to 0.7, or above 0.7 of what one loop can do. */
  traffic?: 'low' | 'medium' | 'high';
  /** Requests a second of the whole service. */
  requestsPerSecond?: number;
  /** Whether the crash of a process must be survived. */
  faultTolerance?: 'none' | 'wanted' | 'critical';
  /** Among what meets the latency goal, the simplest. */
  preferSimplicity?: boolean;
  /** Whose code it runs. */
  trust?: 'trusted' | 'untrusted';
  /** Native code in it (an addon, a codec) may crash. */
  nativeCrashRisk?: boolean;
  /** Keeps state of its clients in memory. */
  stateful?: boolean;
  /** A run may have to be stopped from outside: a regular expression or a formula of a user. */
  killable?: boolean;
  /** Copies of the whole service, at least 1. */
  replicas?: number;
  /** The latency that 99 of 100 requests must not exceed, in ms; `Infinity`: it does not matter. */
  sloP99Ms?: number;
  /** Memory that a strategy may add, in MB. */
  memoryBudgetMb?: number;
}

/** Facts of the host that are declared instead of read: values, or facts of `hostFacts()`. */
export type DeclaredHost = {
  [Name in keyof HostFacts]?: HostFacts[Name]['value'] | HostFacts[Name];
};

export interface AdviseOptions {
  /** What `measure()` returned, or figures of your own. */
  evidence?: Evidence;
  /** Facts of the host instead of those that are read; their reasons then say `declared`. */
  host?: DeclaredHost;
}

export type Strategy =
  'none' | 'offload' | 'worker_threads' | 'cluster' | 'child_process' | 'scale-out' | 'unknown';

/** A fact that a reason rests on. */
export interface UsedFact {
  readonly fact: string;
  readonly value: number | string | boolean;
  readonly source: 'declared' | 'host' | 'measured';
}

/** A rule that speaks; docs/decisions.md lists them. */
export interface Reason {
  /** `R01` to `R63`. */
  readonly rule: string;
  readonly text: string;
  readonly facts: readonly UsedFact[];
  /** The line of the founding document that it follows. */
  readonly seed?: string;
}

/** A change of one fact that changes the strategy. */
export interface Flip {
  /** A fact, or a field of a measured function: `render.p50Ms`. */
  readonly fact: string;
  /** The value now; null where it is unknown. */
  readonly from: number | string | boolean | null;
  /** The nearest value that changes it, to three digits. */
  readonly to: number | string | boolean;
  readonly strategy: Strategy;
}

/** Frozen: it is a finding, not a setting. */
export interface Advice {
  readonly strategy: Strategy;
  /** Whether code should leave the main isolate: `offload`, `worker_threads`, `cluster` or `child_process`. */
  readonly isolate: boolean;
  /** Strategies to combine it with. */
  readonly also: readonly Strategy[];
  readonly size: {
    /** Threads of a pool in each process; with `none` 0, or the most that an existing pool should have. */
    readonly threads: number;
    /** Node processes in all; with `scale-out` those of all copies. */
    readonly processes: number;
  };
  /** 0 to 1, the same for the same facts: how often facts that could as well be true lead here. */
  readonly confidence: number;
  /** The deciding rule, then the others that speak, by precedence. */
  readonly reasons: readonly Reason[];
  readonly rejected: readonly { readonly strategy: Strategy; readonly why: string }[];
  /** What would change it, the nearest first. */
  readonly flips: readonly Flip[];
  /** What to do before or instead. */
  readonly fixFirst: readonly string[];
  /**
   * Simulates every strategy on other threads, 0.1 s or so. Rejects with `OFFLOOP_ERR_INVALID_OPTION`
   * when no number of the load is known.
   */
  predict(): Promise<Prediction[]>;
  /** At most 15 lines for a terminal. */
  explain(): string;
}

/** A number, and about the 5th and the 95th percentile of what other windows of this load might show. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  /** `Infinity` when some of these windows overload the strategy. */
  readonly high: number;
}

/** What one strategy would do. Response times are null when it is saturated. */
export interface Prediction {
  readonly strategy: Exclude<Strategy, 'unknown'>;
  /** What runs out first. */
  readonly bottleneck: 'main-thread' | 'pool' | 'threads' | 'cores' | 'quota';
  /** Of the bottleneck, 0 to 1 and above. */
  readonly utilization: number;
  /** Above 0.95: nothing can be predicted. */
  readonly saturated: boolean;
  /** Response times of all requests, in ms. */
  readonly p50Ms: Estimate | null;
  readonly p90Ms: Estimate | null;
  readonly p99Ms: Estimate | null;
  /** Of the requests without heavy work; null too when there are none. */
  readonly lightP99Ms: Estimate | null;
  /** The largest rate that is not saturated, in requests a second. */
  readonly maxRps: Estimate;
  /** Beside what the process has now, in MB. */
  readonly memoryMb: Estimate;
  /** The model against measured servers: largest relative errors … */
  readonly modelError: { readonly p50: number; readonly p99: number };
  /** … which were measured only with a core for each thread and a utilization of at most 0.9. */
  readonly withinModel: boolean;
}

/**
 * Whether code should leave the main isolate: `advise(intent).isolate`, at start-up, in well under a
 * millisecond. Throws `OFFLOOP_ERR_INVALID_OPTION` for values that make no sense, never for missing ones.
 */
export function shouldIsolate(intent?: Intent): boolean;

/**
 * Whether, how, how many, why, and what would change the answer: from what is declared, what the host
 * is, and what was measured. Throws `OFFLOOP_ERR_INVALID_OPTION` naming the field.
 */
export function advise(intent?: Intent, options?: AdviseOptions): Advice;

// ── the host ─────────────────────────────────────────────────────────────────────────────────────

/** A value and where it comes from: a file, a call, a variable, or 'computed: …'. */
export interface KnownFact<T> {
  readonly value: T;
  readonly source: string;
}

/** A value that cannot be read here; `source` tells why. */
export interface UnknownFact {
  readonly value: 'unknown';
  readonly source: string;
}

/** Nothing is guessed: what cannot be read is `'unknown'`. */
export type Fact<T> = KnownFact<T> | UnknownFact;

/** What this process may use, and what it is. Linux is read in full; elsewhere more is unknown. */
export interface HostFacts {
  /** CPU cores, a fraction: the least of `allowedCores`, `cpuQuota` and, on Lambda, memory / 1,769 MB. Its source names a limit that is unknown. */
  readonly effectiveCores: Fact<number>;
  /** CPUs that the process may run on: affinity and cpuset, of those online. */
  readonly allowedCores: Fact<number>;
  /** Cores, a fraction: the least quota of the control group and of those above it. */
  readonly cpuQuota: Fact<number | 'none'>;
  /** CPUs of the machine that are online. */
  readonly logicalCores: Fact<number>;
  /** Cores of the machine: CPUs that share one count once. */
  readonly physicalCores: Fact<number>;
  /** Whether a core runs several threads at once. */
  readonly smt: Fact<boolean>;
  /** Processes of this app that share the cores: PM2's `instances`, workers that this process forked, or `WEB_CONCURRENCY`. 1 without any. */
  readonly instances: Fact<number>;
  /** `effectiveCores / instances`. */
  readonly coresPerInstance: Fact<number>;
  /** 0 to 1: periods of the quota in which the group had to wait, of all since it was made. `'none'`: no quota. */
  readonly throttledShare: Fact<number | 'none'>;
  /** 0 to 1: share of the last 10 s in which something waited for a CPU, in the own control group, else on the machine. */
  readonly cpuPressure: Fact<number>;
  /** 0 to 1: CPU time since boot that other virtual machines took. */
  readonly stealShare: Fact<number>;
  /** MiB, a fraction: the least limit of the control group and of those above it, or the machine's memory. */
  readonly memoryLimitMb: Fact<number>;
  /** Whether a control group's limit is below the machine's memory. */
  readonly memoryLimited: Fact<boolean>;
  /** MiB used of `memoryLimitMb`, without page cache that is free to go. */
  readonly memoryUsedMb: Fact<number>;
  /** MiB: V8's `heap_size_limit` of this thread. */
  readonly heapLimitMb: Fact<number>;
  /** A worker thread of a cluster's worker is a `'worker-thread'`. */
  readonly role: Fact<'main' | 'worker-thread' | 'cluster-worker'>;
  /** Whether the process is a worker of a cluster, or of PM2 in cluster mode; also seen from its worker threads. */
  readonly insideCluster: Fact<boolean>;
  readonly processManager: Fact<'none' | 'pm2-fork' | 'pm2-cluster'>;
  readonly orchestrator: Fact<
    'none' | 'kubernetes' | 'ecs' | 'nomad' | 'heroku' | 'fly' | 'render' | 'azure-app-service'
  >;
  readonly serverless: Fact<
    'none' | 'lambda' | 'cloud-run' | 'vercel' | 'netlify' | 'azure-functions'
  >;
  readonly container: Fact<'none' | 'docker' | 'podman' | 'kubernetes' | 'other'>;
  /** Threads of libuv's pool. */
  readonly threadpoolSize: Fact<number>;
}

/** What this process may use and what it is, each fact with its source. Read once, and again after 10 s. */
export function hostFacts(): HostFacts;

// ── measuring ────────────────────────────────────────────────────────────────────────────────────

/** Own properties only; an unknown name or a value out of range throws `OFFLOOP_ERR_INVALID_OPTION`. */
export interface MeasureOptions {
  /** Interval of the timer that `delayP99Ms` comes from, in whole milliseconds, 1 to 60,000. Default `10`. */
  resolutionMs?: number | undefined;
  /** Milliseconds between two probes of libuv's thread pool, 20 to 60,000. Default `250`. */
  probeIntervalMs?: number | undefined;
}

/** How long things took, counted: `count[i]` of them about `ms[i]` milliseconds; `ms` ascends. */
export interface DurationCounts {
  ms: number[];
  count: number[];
}

/** What is known of one function, measured by `measureOffload` or written by hand. */
export interface FunctionEvidence {
  /** `'renderReport'`, `'crypto.pbkdf2Sync'`. */
  name: string;
  /** Milliseconds that one call holds the event loop: the median. */
  p50Ms: number;
  /** The same: what 99 of 100 calls do not exceed. */
  p99Ms?: number | undefined;
  callsPerSecond?: number | undefined;
  /** Its share of the loop's busy time, 0 to 1. */
  share?: number | undefined;
  /** Milliseconds of the main thread that one offloaded call costs: dispatch, clone in, clone out. */
  mainThreadMs?: number | undefined;
  /** Bytes of the arguments as V8 serializes them. */
  argumentBytes?: number | undefined;
  /** Bytes of the result as V8 serializes it. */
  resultBytes?: number | undefined;
  /** What the values are made of, where `mainThreadMs` was not measured. */
  payload?: 'objects' | 'binary' | undefined;
  /** A sync API has an async twin; a native async one does not hold the loop. */
  kind?: 'javascript' | 'sync-api' | 'native-async' | undefined;
  /** Share of the time in garbage collection that its garbage causes, 0 to 1. */
  garbageShare?: number | undefined;
}

/**
 * What `measurement.stop()` saw. A figure that the machine does not tell is undefined, never guessed.
 * May be written by hand, with whatever is known.
 */
export interface Evidence {
  /** Length of the window in seconds. */
  windowSeconds?: number | undefined;
  /** Age of the process in seconds when the window began. */
  uptimeSeconds?: number | undefined;
  /** Requests finished in the window: Node's HTTP servers, and `measurement.count(n)`. */
  requests?: number | undefined;
  /** Share of the window in which the event loop was busy, 0 to 1. */
  utilization?: number | undefined;
  /** Turns of the event loop that did work: 0.05 ms of it or more. */
  iterations?: number | undefined;
  /** Milliseconds such a turn was busy: the median. */
  iterationP50Ms?: number | undefined;
  iterationP99Ms?: number | undefined;
  iterationMaxMs?: number | undefined;
  /** Share of the window in turns that were busy for 50 ms or more, 0 to 1. */
  longTaskShare?: number | undefined;
  /** Milliseconds that a timer came late: 99 of 100 did not exceed it. The timer's interval is not in it. */
  delayP99Ms?: number | undefined;
  /** Milliseconds from a request's head to its response's end, on the server; undefined without HTTP requests. */
  latencyP50Ms?: number | undefined;
  latencyP99Ms?: number | undefined;
  /** Share of the window in pauses for garbage collection, 0 to 1. */
  gcShare?: number | undefined;
  /** Full (mark-compact) garbage collections. */
  fullGcs?: number | undefined;
  /** CPU seconds of the whole process per second. */
  cpuCores?: number | undefined;
  /** Share of the CPU quota's periods that were throttled, 0 to 1; undefined without a quota. */
  throttledShare?: number | undefined;
  /** Share of the 10 s before the window in which something waited for a CPU, 0 to 1. */
  cpuPressureBefore?: number | undefined;
  /** The same over the window. */
  cpuPressure?: number | undefined;
  /** Share of CPU time that other virtual machines took, 0 to 1. */
  stealShare?: number | undefined;
  /** MiB an hour by which memory grows from one full collection to another: the least that is likely (95 %), 0 when it may not grow; undefined with fewer than 3 of them. */
  rssSlopeMbPerHour?: number | undefined;
  /** MiB of memory that the process has at the end. */
  rssMb?: number | undefined;
  /** MiB of JavaScript heap in use at the end. */
  heapUsedMb?: number | undefined;
  /** Milliseconds that work waits for a thread of libuv's pool: the median. */
  threadpoolWaitMs?: number | undefined;
  /** Busy time of the turns that did work. */
  serviceTimes?: DurationCounts | undefined;
  /** Yours to add, from `measureOffload`. */
  functions?: FunctionEvidence[] | undefined;
  /** Milliseconds that measuring itself took, per millisecond of the window. */
  overheadShare?: number | undefined;
  /** Who timed the turns: Node where it can, else offloop. */
  iterationSource?: 'node' | 'native' | undefined;
  /** Why the figures may not be enough: a sentence with numbers for each check that failed. */
  warnings?: string[] | undefined;
}

/** Samples the process, and this thread's event loop, until it is stopped. Never keeps the process alive. */
export interface Measurement {
  /** Counts finished requests that are not HTTP. Does nothing once it was stopped. Default: 1. */
  count(n?: number): void;
  /** Ends the window; a second call gets the same evidence. */
  stop(): Promise<Evidence>;
  /** `await using`: `stop()`. */
  [Symbol.asyncDispose](): Promise<void>;
  /** Seconds since it began, until it was stopped. */
  readonly elapsedSeconds: number;
  /** Requests counted so far. */
  readonly requests: number;
  /** Until `stop()` was called. */
  readonly running: boolean;
}

/** Starts measuring. */
export function measure(options?: MeasureOptions): Measurement;

export interface MeasureOffloadOptions extends Omit<OffloadOptions, 'transferList'> {
  /** Milliseconds to spend, at least 10; a call that takes longer is made once nevertheless. Default `1000`. */
  budgetMs?: number | undefined;
}

export interface OffloadMeasurement extends FunctionEvidence {
  p99Ms: number;
  mainThreadMs: number;
  /** Inline samples that `p50Ms` and `p99Ms` come from. */
  runs: number;
  /** Milliseconds from an offloaded call to its result: the median. */
  roundTripMs: number;
  /** Of `mainThreadMs`: the call itself, arguments cloned. The median. */
  dispatchMs: number;
  /** Of `mainThreadMs`: the result made from its clone, the promise settled. The median. */
  deliverMs: number;
  /** `'mandatory'` from 50 ms; `'offload'` from 1 ms and 5 times the cost; else `'inline'`. */
  verdict: 'inline' | 'offload' | 'mandatory';
  /** The verdict in a sentence, with the numbers. */
  text: string;
}

/**
 * Runs `fn(...sampleArgs)` inline and offloaded, many times, and tells whether offloading is worth
 * it. Each run gets the very same arguments. Rejects with what the function throws, or like a call
 * of `offload(fn, options)`.
 */
export function measureOffload<F extends (...args: any[]) => any>(
  fn: F,
  sampleArgs?: Parameters<F>,
  options?: MeasureOffloadOptions,
): Promise<OffloadMeasurement>;

// ── offloading a function ────────────────────────────────────────────────────────────────────────

/** What a task's promise resolves to: the function's own result, awaited. */
export type TaskResult<F extends (...args: any[]) => any> = Awaited<ReturnType<F>>;

declare const hostFunctionType: unique symbol;

/** A function of this thread that a task may call: what `host` returns. */
export interface HostFunction<F extends (...args: any[]) => any> {
  readonly name: string;
  /** Types only: there is no such property. */
  readonly [hostFunctionType]: F;
}

/**
 * Marks a function as one that tasks may call. It stays on this thread, and runs in the
 * `AsyncLocalStorage` context of the call that gave it away; anywhere in a task's arguments, in
 * `context`, or in the answer of another one, it arrives as an async function. Arguments and answers
 * are cloned; what it throws, the task catches. It is gone with its task.
 */
export function host<F extends (...args: any[]) => any>(fn: F): HostFunction<F>;

/** What a function of this thread may return where a task expects `R`. */
type HostAnswer<R> = [R] extends [PromiseLike<infer V>]
  ? V | PromiseLike<V>
  : [unknown] extends [R]
    ? unknown
    : [R] extends [void]
      ? void | PromiseLike<void>
      : never;

/** What a run takes for a parameter of type `P`: at any depth `host(fn)` for an async function, a `Shared` for its value. */
export type TaskArgument<P> = 0 extends 1 & P
  ? P
  : P extends (...args: infer A) => infer R
    ? HostFunction<(...args: A) => HostAnswer<R>>
    : P extends Map<infer K, infer V>
      ? P | Shared<P> | Map<TaskArgument<K>, TaskArgument<V>>
      : P extends Set<infer V>
        ? P | Shared<P> | Set<TaskArgument<V>>
        : P extends object
          ? P | Shared<P> | { [K in keyof P]: TaskArgument<P[K]> }
          : P;

/** What a run takes for the parameters `A`. */
export type TaskArguments<A extends readonly unknown[]> = { [K in keyof A]: TaskArgument<A[K]> };

/** A function that runs in an isolate on a pool's thread; the arguments and the result are cloned. */
export interface Offloaded<F extends (...args: any[]) => any> {
  (...args: TaskArguments<Parameters<F>>): Promise<TaskResult<F>>;
  (...args: Parameters<F>): Promise<TaskResult<F>>;
  /** The same function with other run options; those given here win. */
  with(options: RunOptions): Offloaded<F>;
  /** What travels with the function: names of its `context`, and what it uses of its module. Frozen. */
  readonly captures: readonly TravellingCapture[];
}

/** A name that travels with a function; docs/captures.md says which do. */
export interface TravellingCapture {
  readonly name: string;
  /** `'import'` and `'require'` load a module where the task runs, `'context'` was passed, the others travel by source. */
  readonly kind:
    | 'context'
    | 'import'
    | 'require'
    | 'function'
    | 'class'
    | 'literal'
    | 'helper'
    | 'commonjs'
    | 'import.meta';
  /** The specifier of an `import` or `require`. */
  readonly from: string | undefined;
  /** Where the function, or what travels with it, uses the name first. Undefined for names of `context`. */
  readonly file: string | undefined;
  /** From 1. */
  readonly line: number | undefined;
  /** From 1. */
  readonly column: number | undefined;
}

/**
 * Makes a function that runs `fn` in an isolate, on the default pool or on `options.pool`.
 *
 * `fn` travels by its source. With it travels what its module declares at the top: imports and
 * `require`s (loaded where the task runs), functions, classes and constants. Whatever else it uses
 * from outside must be an argument, or in `context`. Throws `OFFLOOP_ERR_CLOSURE` at once, naming each name that cannot travel.
 */
export function offload<F extends (...args: any[]) => any>(
  fn: F,
  options?: OffloadOptions,
): Offloaded<F>;

/**
 * The pool behind `offload`, made at its first use. Options configure it: giving them once it
 * exists throws `OFFLOOP_ERR_INVALID_OPTION`.
 */
export function defaultPool(options?: PoolOptions): Pool;

// ── options ──────────────────────────────────────────────────────────────────────────────────────

/** Own properties only; an unknown name or a value out of range throws `OFFLOOP_ERR_INVALID_OPTION`. */
export interface PoolOptions {
  /** Shown in messages and in the names of the threads; with `filename`, instead, the export that `run(data)` calls. Default `'pool-<n>'`; with `filename`, `'default'`. */
  name?: string | undefined;
  /** The file whose export `run(data)` calls: a path, relative to the working directory, or a `file:` URL. Default: none, and `run` takes functions only, or data with a `filename`. */
  filename?: string | URL | undefined;
  /** Isolates that are made ahead of need and kept however long they are idle: 0 to `maxThreads`. Default `0`. */
  minThreads?: number | undefined;
  /** Threads, each with an isolate of its own while it works: 1 to 1,024. Default: `coresPerInstance` of `hostFacts()`, rounded down, at least 1. */
  maxThreads?: number | undefined;
  /** Milliseconds after which an idle isolate beyond `minThreads` is disposed of; `Infinity`: never. Default `10_000`. */
  idleTimeout?: number | undefined;
  /** Tasks that may wait for a thread; one more is refused with `OFFLOOP_ERR_QUEUE_FULL`. `'auto'`: `maxThreads²`. Default `Infinity`. */
  maxQueue?: number | 'auto' | undefined;
  /** Tasks that may be set aside while they wait, each with its isolate, so that their threads run others: 0 to 65,536. A task that waits beyond them holds its thread. Default: 4 times `maxThreads`. */
  maxSuspended?: number | undefined;
  /** Milliseconds a task may take from its start, for runs that do not say. Default `Infinity`. */
  timeout?: number | undefined;
  /** Milliseconds a task may wait for a thread, for runs that do not say. Default `Infinity`. */
  queueTimeout?: number | undefined;
  /** Milliseconds that a task's code may run, for runs that do not say. Default `Infinity`. */
  cpuTimeout?: number | undefined;
  /** MiB of JavaScript heap and array buffers of one isolate, at least 8. Default: V8's own limit, or half of the container's memory divided by `maxThreads` when that is less. */
  memoryLimitMb?: number | undefined;
  /** MiB of stack of each thread, 1 to 256. Default `4`. */
  stackSizeMb?: number | undefined;
  /** Where a task's `console` goes: to the `console` of the caller, or nowhere. Default `'forward'`. */
  console?: 'forward' | 'ignore' | undefined;
  /** Whether what a function uses of its module travels with it, for runs that do not say: `'strict'` refuses it. Default `'auto'`. */
  captures?: 'auto' | 'strict' | undefined;
  /** Whether the durations of tasks are counted for `histogram` and `stats()`. Default `true`. */
  recordTiming?: boolean | undefined;
  /** What tasks read as `offloop.workerData`: cloned now, and once more in each context whose tasks read it. What cannot be cloned throws `OFFLOOP_ERR_NOT_CLONEABLE`. Default: nothing. */
  workerData?: unknown;
  /** Called in each new context before its first task, which waits for its promise; within that task's `timeout`. What it throws rejects that task with `OFFLOOP_ERR_INIT_FAILED`, and the next one tries again in a new context. Travels like a task: what it uses from outside throws `OFFLOOP_ERR_CLOSURE` now. Default: none. */
  init?: (() => unknown) | undefined;
}

/** Own properties only; an unknown name or a value of the wrong kind rejects with `OFFLOOP_ERR_INVALID_OPTION`. */
export interface RunOptions {
  /** Aborting it rejects at once with an `AbortError`, and stops the task if it runs. Default: none. */
  signal?: AbortSignal | undefined;
  /** Milliseconds the task may take from the moment it starts; more rejects with `OFFLOOP_ERR_TIMEOUT`. Default: the pool's. */
  timeout?: number | undefined;
  /** Milliseconds the task may wait for a thread; then it is never run and rejects with `OFFLOOP_ERR_QUEUE_TIMEOUT`. Default: the pool's. */
  queueTimeout?: number | undefined;
  /** Milliseconds that the task's code may run; what it waits for does not count. More rejects with `OFFLOOP_ERR_TIMEOUT`. Default: the pool's. */
  cpuTimeout?: number | undefined;
  /** Higher runs first, equal ones in order: an integer of 32 bits. The task that waits longest goes next after at most 32 others were put before it. Default `0`. */
  priority?: number | undefined;
  /** Array buffers among the arguments that move instead of being copied. Default: none. */
  transferList?: readonly ArrayBuffer[] | undefined;
  /** Whether the buffers of the result move out of the isolate instead of being copied. Default `false`. */
  move?: boolean | undefined;
  /** Whether the task gets a context of its own, which sees nothing of earlier tasks and is dropped after it. `init` runs in it; `workerData` and shared values are there. Costs about a millisecond. Default `false`. */
  fresh?: boolean | undefined;
  /** Names this run in offloop's error messages. Default: none. */
  name?: string | undefined;
  /** Absolute path or `file:` URL of the file that `require` and `import()` of the function resolve from. Default: the file that the function was written in; without one, the first caller's. */
  from?: string | URL | undefined;
  /** Gets what the task gives to `offloop.progress`, in order and before the result. What it throws rejects the run and stops the task; a promise that it returns is not awaited. Default: none, and `offloop.progress` does nothing. */
  onProgress?: ((value: any) => void) | undefined;
  /** What the function may use by name besides its arguments: functions by source, `host(fn)` as async functions, other values cloned once per isolate. Known by identity: keep and reuse the object. Default: nothing. */
  context?: object | undefined;
  /** `'strict'`: nothing travels with the function but its `context`; what would is refused with `OFFLOOP_ERR_CLOSURE`. Default: the pool's. */
  captures?: 'auto' | 'strict' | undefined;
}

export interface OffloadOptions extends RunOptions {
  /** Where the function runs. Default: the default pool. */
  pool?: Pool | undefined;
}

/** Options of loading a file, and of each call of its functions. `context` and `from` have no place there: such a function sees its own file. */
export type LoadOptions = Omit<RunOptions, 'context' | 'from'>;

/** Options of a run that calls what a file exports. */
export interface FileRunOptions extends Omit<RunOptions, 'context' | 'from' | 'name'> {
  /** A path, relative to the working directory, or a `file:` URL. Default: the pool's; without either the run rejects with `OFFLOOP_ERR_INVALID_OPTION`. */
  filename?: string | URL | undefined;
  /** The export that is called. Default: the pool's, else `'default'`. */
  name?: string | undefined;
}

/** What `pool.load` gives of a module `M`: its functions, each running in an isolate. Classes and other values stay away. */
export type Loaded<M> = {
  readonly [
    Name in keyof M as Name extends 'then'
      ? never
      : M[Name] extends (...args: any[]) => any
        ? Name
        : never
  ]: M[Name] extends (...args: any[]) => any ? Offloaded<M[Name]> : never;
} & (M extends (...args: any[]) => any ? { readonly default: Offloaded<M> } : unknown);

export interface CloseOptions {
  /** Whether tasks that wait for a thread are rejected with `OFFLOOP_ERR_CLOSED`. Default `false`. */
  force?: boolean | undefined;
  /** Milliseconds after which tasks still running are stopped and rejected. Default `Infinity`. */
  timeout?: number | undefined;
}

// ── pools ────────────────────────────────────────────────────────────────────────────────────────

export interface PoolEvents {
  /** An error that no task can be rejected with any more, and the name of the task that left it behind, if one did. Without a listener it is thrown. `OFFLOOP_ERR_ISOLATE_LOST`: restart the process soon. */
  error: [error: unknown, taskName: string];
  /** The pool has ended: its tasks have settled, its isolates are disposed of. */
  close: [];
  /** A thread has made an isolate; its id, as in `stats().isolates`. */
  isolateCreate: [isolate: number];
  /** An isolate was disposed of: `'idle'`, `'recycled'`, `'abandoned'` (with a suspended task that was given up), `'memory-limit'`, `'wedged'`, `'lost'` or `'closed'`. */
  isolateDestroy: [reason: string, isolate: number];
  /** The pool has all the tasks that it takes: each thread one, and `maxQueue` that wait. */
  needsDrain: [];
  /** After `needsDrain`, once: no task waits any more. */
  drain: [];
}

/** A pool of V8 isolates on threads of their own. An idle one does not keep the process alive. */
export class Pool extends EventEmitter<PoolEvents> {
  constructor(options?: PoolOptions);

  /**
   * Runs `fn(...args)` in an isolate. Rejects, never throws: with what the task threw, or with an
   * `OffloopError` or `AbortError`.
   */
  run<R>(fn: () => R, args?: readonly [], options?: RunOptions): Promise<Awaited<R>>;
  run<A extends any[], R>(
    fn: (...args: Received<A>) => R,
    args: readonly [...A] & HavingShared<A>,
    options?: RunOptions,
  ): Promise<Awaited<R>>;
  run<A extends any[], R>(
    fn: (...args: A) => R,
    args: readonly [...A],
    options?: RunOptions,
  ): Promise<Awaited<R>>;
  run<A extends any[], R>(
    fn: (...args: A) => R,
    args: readonly [...TaskArguments<A>],
    options?: RunOptions,
  ): Promise<Awaited<R>>;
  /**
   * Calls what a file exports with one argument, as piscina does. The file is loaded once in each context. Rejects
   * with `OFFLOOP_ERR_INVALID_OPTION` when it exports no function of that name.
   */
  run<T = any, D = unknown>(
    data: D extends Function ? never : D,
    options?: FileRunOptions,
  ): Promise<T>;

  /**
   * Loads a file (CommonJS, an ECMAScript module, TypeScript) in an isolate and makes a function of each function
   * that it exports: `await pool.load<typeof import('./tasks.js')>('./tasks.js')`. They run in the file, which each
   * context loads once: its variables are theirs. A string is a path, relative to the working directory, or a
   * `file:` URL. Rejects with what the file throws while it loads.
   */
  load<M = Record<string, (...args: any[]) => any>>(
    file: string | URL,
    options?: LoadOptions,
  ): Promise<Loaded<M>>;

  /** Makes a function that runs `fn` on this pool; see the function of the same name. */
  offload<F extends (...args: any[]) => any>(fn: F, options?: RunOptions): Offloaded<F>;

  /**
   * Packs an object once for all tasks that get it as an argument or in one, of this pool or another.
   * Throws `OFFLOOP_ERR_NOT_CLONEABLE`, or `OFFLOOP_ERR_INVALID_OPTION` for a primitive. Copies in
   * isolates count against their `memoryLimitMb`.
   */
  share<T extends object>(value: T): Shared<T>;

  /** All numbers at once. Takes about a millisecond; the getters below take microseconds. */
  stats(): PoolStats;

  /**
   * Makes isolates ahead of need; resolves when `n` exist. Idle ones are disposed of after
   * `idleTimeout` like any other. Default: `maxThreads`.
   */
  warmup(n?: number): Promise<void>;

  /**
   * Replaces the isolates, idle ones now, busy ones after their task; resolves when those of now are
   * gone. Tasks that have not begun run in new ones.
   */
  recycle(): Promise<void>;

  /** Rejects every task that waits for a thread with an `AbortError` of this cause; returns how many. */
  cancelPending(reason?: unknown): number;

  /** Takes no more tasks; resolves when those it has are done. */
  close(options?: CloseOptions): Promise<void>;

  /** Stops and rejects every task with `OFFLOOP_ERR_CLOSED`; resolves when the isolates are gone. */
  destroy(): Promise<void>;

  /** `await using`: `close()`. */
  [Symbol.asyncDispose](): Promise<void>;

  readonly name: string;
  readonly maxThreads: number;
  /** Threads that hold an isolate now. */
  readonly threads: number;
  readonly idleThreads: number;
  /** Tasks that wait for a thread. */
  readonly queueSize: number;
  /** Time that threads spent with tasks, those under way too, as a share of what `maxThreads` could have spent since the pool was made: 0 to 1. */
  readonly utilization: number;
  /** Runs that have resolved since the pool was made. */
  readonly completed: number;
  /** How long tasks waited, ran and were cloned; nothing is counted with `recordTiming: false`. */
  readonly histogram: PoolHistogram;
  /** Whether to hold back with new tasks: from `'needsDrain'` to `'drain'`. Never with `maxQueue: Infinity`. */
  readonly needsDrain: boolean;
}

// ── isolates of your own ─────────────────────────────────────────────────────────────────────────

/** A global that an isolate gets beside ECMAScript's own and `WebAssembly`. */
export type IsolateGlobal =
  | 'console'
  | 'setTimeout'
  | 'setInterval'
  | 'setImmediate'
  | 'clearTimeout'
  | 'clearInterval'
  | 'clearImmediate'
  | 'queueMicrotask'
  | 'structuredClone'
  | 'TextEncoder'
  | 'TextDecoder'
  | 'atob'
  | 'btoa'
  | 'performance'
  | 'offloop'
  | 'DOMException'
  | 'URL'
  | 'URLSearchParams'
  | 'AbortController'
  | 'AbortSignal'
  | 'Event'
  | 'EventTarget'
  | 'CustomEvent';

/** Own properties only; an unknown name or a value out of range throws `OFFLOOP_ERR_INVALID_OPTION`. */
export interface IsolateOptions {
  /** MiB of JavaScript heap and array buffers together, at least 8. Passing it loses the isolate. Default `128`. */
  memoryLimitMb?: number | undefined;
  /** Milliseconds that whatever it is asked for may take from its start, where the call does not say. Default `Infinity`. */
  timeout?: number | undefined;
  /** Which globals beside ECMAScript's and `WebAssembly`: all, none, or those named. Default `true`. */
  globals?: boolean | readonly IsolateGlobal[] | undefined;
  /** Where its `console` goes: to the `console` of the caller, or nowhere. Default `'forward'`. */
  console?: 'forward' | 'ignore' | undefined;
  /** Whether `eval` and `new Function` work; otherwise they throw an `EvalError`. Default `false`. */
  codeGeneration?: boolean | undefined;
  /** Whether it has `SharedArrayBuffer` and `Atomics`, and takes and gives shared memory. Default `false`. */
  sharedMemory?: boolean | undefined;
  /** Whether it has `WebAssembly`, and takes and gives compiled modules. Default `true`. */
  wasm?: boolean | undefined;
  /** `'coarse'`: `performance.now()` moves in whole milliseconds, as `Date` does, and so does `Temporal.Now`. `'precise'`: as in Node. Default `'coarse'`. */
  clock?: 'coarse' | 'precise' | undefined;
  /** Whether its code has `require`, `import()` and Node's computing modules: none of them, or those in one folder and its `node_modules`. Neither `..` nor symbolic links lead out of it. Default `false`. */
  modules?: false | { root: string | URL } | undefined;
}

/** Own properties only. */
export interface EvaluateOptions {
  /** Shown in stacks. Default `'<isolate>'`. */
  filename?: string | undefined;
  /** Milliseconds from its start, waiting for promises included; more rejects with `OFFLOOP_ERR_TIMEOUT`. Default: the isolate's. */
  timeout?: number | undefined;
  /** Aborting it rejects at once with an `AbortError`, and stops the code if it runs. Default: none. */
  signal?: AbortSignal | undefined;
}

/** Those of a pool's runs that make sense where everything runs in order. */
export type IsolateRunOptions = Omit<RunOptions, 'priority' | 'fresh'>;

/** A context of an isolate beside its first: globals of its own. Made by `isolate.createContext()`. */
export class IsolateContext {
  private constructor();
  /** As `isolate.run`, in this context. */
  run<R>(fn: () => R, args?: readonly [], options?: IsolateRunOptions): Promise<Awaited<R>>;
  run<A extends any[], R>(
    fn: (...args: A) => R,
    args: readonly [...A],
    options?: IsolateRunOptions,
  ): Promise<Awaited<R>>;
  /** As `isolate.evaluate`, in this context. */
  evaluate<T = unknown>(code: string, options?: EvaluateOptions): Promise<T>;
  /** As `isolate.set`, in this context. */
  set(name: string, value: unknown): Promise<void>;
  /** As `isolate.get`, in this context. */
  get<T = unknown>(name: string): Promise<T>;
  /** Drops the context with all that is in it. A second call does nothing. */
  dispose(): Promise<void>;
  /** `await using`: `dispose()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Compiled code. Made by `isolate.compile()`. */
export class Script {
  private constructor();
  /** Runs it, in the isolate's first context unless another is given. Resolves as `evaluate` does. */
  run<T = unknown>(
    context?: IsolateContext,
    options?: Omit<EvaluateOptions, 'filename'>,
  ): Promise<T>;
}

/** Bytes, as V8 counts them for the whole isolate. */
export interface IsolateHeapStatistics {
  totalHeapSize: number;
  totalHeapSizeExecutable: number;
  totalPhysicalSize: number;
  totalAvailableSize: number;
  usedHeapSize: number;
  /** V8's own limit, above which the process would be at risk; `memoryLimit` is enforced before. */
  heapSizeLimit: number;
  mallocedMemory: number;
  peakMallocedMemory: number;
  externalMemory: number;
  /** In array buffers. */
  arrayBuffers: number;
  /** Contexts that exist, not bytes. */
  contexts: number;
  /** Contexts that were dropped and not collected yet, not bytes. */
  detachedContexts: number;
  /** `memoryLimitMb`. */
  memoryLimit: number;
}

export interface IsolateEvents {
  /** It passed `memoryLimitMb`; `lost` follows. */
  memory: [error: OffloopError];
  /** It is gone with all its state: out of memory, stuck where nothing can stop it, or given up by V8. */
  lost: [error: OffloopError];
  /** An error that nothing it was asked for can be rejected with, and the name of what left it behind. Without a listener the first is a process warning, the others are dropped. */
  error: [error: unknown, name: string];
}

/**
 * One V8 isolate that lives as long as you want and keeps its state between calls. It has no thread of its own: what
 * it is asked for runs in order, on threads that all isolates of this environment share. Not a security boundary.
 */
export class Isolate extends EventEmitter<IsolateEvents> {
  constructor(options?: IsolateOptions);

  /** Runs `fn(...args)` in it, as `pool.run` does; globals stay. */
  run<R>(fn: () => R, args?: readonly [], options?: IsolateRunOptions): Promise<Awaited<R>>;
  run<A extends any[], R>(
    fn: (...args: A) => R,
    args: readonly [...A],
    options?: IsolateRunOptions,
  ): Promise<Awaited<R>>;

  /** Runs a script; resolves to its value, awaited and cloned. */
  evaluate<T = unknown>(
    code: string,
    options?: EvaluateOptions & { context?: IsolateContext | undefined },
  ): Promise<T>;

  /** Compiles a script, to be run any number of times in any of its contexts. Rejects with its `SyntaxError`. */
  compile(code: string, options?: Pick<EvaluateOptions, 'filename'>): Promise<Script>;

  /** Makes another context: globals of its own, the same memory limit. */
  createContext(): Promise<IsolateContext>;

  /** Makes a clone of the value a global of this name; `host(fn)` in it becomes an async function that later requests may call. */
  set(name: string, value: unknown): Promise<void>;

  /** A clone of a property of the global object. */
  get<T = unknown>(name: string): Promise<T>;

  /** Stops what it is doing, which rejects with an `AbortError`; state and contexts stay. `false`: nothing was under way. */
  terminate(): boolean;

  heapStatistics(): Promise<IsolateHeapStatistics>;

  /** Stops and rejects with `OFFLOOP_ERR_CLOSED` what it was asked for; resolves when its memory is free. */
  dispose(): Promise<void>;

  /** `await using`: `dispose()`. */
  [Symbol.asyncDispose](): Promise<void>;

  /** Whether something was ever stopped halfway, by `terminate()`, a signal or a timeout: what it was changing may be half changed. */
  readonly interrupted: boolean;
  /** Milliseconds of CPU time that what has ended took. */
  readonly cpuTime: number;
  /** Milliseconds that it has been at work, what is under way included. */
  readonly wallTime: number;
  /** Whether it is lost or `dispose()` was called. */
  readonly disposed: boolean;
}

// ── errors ───────────────────────────────────────────────────────────────────────────────────────

export type OffloopErrorCode =
  | 'OFFLOOP_ERR_BUILTIN_UNAVAILABLE'
  | 'OFFLOOP_ERR_CLOSED'
  | 'OFFLOOP_ERR_CLOSURE'
  | 'OFFLOOP_ERR_INIT_FAILED'
  | 'OFFLOOP_ERR_INVALID_OPTION'
  | 'OFFLOOP_ERR_ISOLATE_LOST'
  | 'OFFLOOP_ERR_MEMORY_LIMIT'
  | 'OFFLOOP_ERR_MODULE_FAILED'
  | 'OFFLOOP_ERR_MODULE_NOT_FOUND'
  | 'OFFLOOP_ERR_NATIVE_ADDON'
  | 'OFFLOOP_ERR_NOT_CLONEABLE'
  | 'OFFLOOP_ERR_PREDICTION_FAILED'
  | 'OFFLOOP_ERR_QUEUE_FULL'
  | 'OFFLOOP_ERR_QUEUE_TIMEOUT'
  | 'OFFLOOP_ERR_TIMEOUT'
  | 'OFFLOOP_ERR_UNSETTLED'
  | 'OFFLOOP_ERR_UNSUPPORTED_RUNTIME';

/** A name that a function uses and that does not travel with it. Lines and columns count from 1. */
export interface ClosureCapture {
  name: string;
  kind: string;
  /** The specifier of an `import` or `require`. */
  from: string | undefined;
  /** Why it does not: `'let'`, `'reassigned'`, `'computed'`, `'may-change'`, `'local'`, `'bundled'`, `'strict'`; else the kind says it. */
  reason: string;
  /** The function or class of the module through which it is used, if not by the function itself. */
  by: string | undefined;
  file: string;
  line: number;
  column: number;
}

/**
 * Every error that offloop itself raises; match `code`. `OFFLOOP_ERR_INVALID_OPTION` is a
 * `TypeError` or `RangeError` as well.
 */
export class OffloopError extends Error {
  constructor(code: string, message: string, options?: { cause?: unknown });
  readonly code: OffloopErrorCode | (string & {});
  /** With `OFFLOOP_ERR_CLOSURE`: what does not travel. */
  readonly captures?: readonly ClosureCapture[];
  /** With `OFFLOOP_ERR_INVALID_OPTION`: the option's name. */
  readonly option?: string;
}

/** `OFFLOOP_ERR_TIMEOUT`. */
export class TimeoutError extends OffloopError {}

/** A run whose signal was aborted; `cause` is the signal's reason. */
export class AbortError extends Error {
  constructor(reason?: unknown, message?: string);
  readonly code: 'ABORT_ERR';
}
