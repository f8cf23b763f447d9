// Checked by tsc only: what the types of offloop infer, and what they refuse.
import { subscribe, tracingChannel } from 'node:diagnostics_channel';

import {
  AbortError,
  advise,
  defaultPool,
  host,
  hostFacts,
  Isolate,
  IsolateContext,
  measure,
  measureOffload,
  offload,
  OffloopError,
  Pool,
  Script,
  shouldIsolate,
  TimeoutError,
} from '../../index.js';
import type {
  Advice,
  DurationCounts,
  DurationSummary,
  Evidence,
  Fact,
  FunctionEvidence,
  HostFacts,
  HostFunction,
  IsolateHeapStatistics,
  IsolateMessage,
  IsolateStats,
  Measurement,
  Offloaded,
  OffloadMeasurement,
  PoolHistogram,
  PoolStats,
  Prediction,
  RunMessage,
  Shared,
  Strategy,
  TravellingCapture,
} from '../../index.js';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Compiles only when the value is of exactly this type. */
declare function expectType<Expected>(): <Actual>(
  value: Actual,
  ...same: Equal<Actual, Expected> extends true ? [] : [never]
) => void;

const add = (a: number, b: number) => a + b;
const load = async (path: string, deep?: boolean) => ({ path, deep });

const pool = new Pool({
  name: 'types',
  maxThreads: 2,
  maxQueue: 'auto',
  idleTimeout: Infinity,
  console: 'ignore',
});

// run: arguments checked against the function's parameters, the result awaited
expectType<Promise<number>>()(pool.run(add, [1, 2]));
expectType<Promise<{ path: string; deep: boolean | undefined }>>()(pool.run(load, ['a']));
expectType<Promise<{ path: string; deep: boolean | undefined }>>()(pool.run(load, ['a', true]));
expectType<Promise<string>>()(pool.run(() => 'text'));
expectType<Promise<string>>()(pool.run(() => 'text', [], { timeout: 10 }));
expectType<Promise<void>>()(pool.run(() => {}));
expectType<Promise<string>>()(pool.run((n: number, s: string) => s.repeat(n), [2, 'ab']));
expectType<Promise<number>>()(pool.run((...all: number[]) => all.length, [1, 2, 3]));
// an inline function takes its parameters' types from the arguments
expectType<Promise<number>>()(pool.run((n) => n * 2, [21]));
// @ts-expect-error a string is not a number
pool.run(add, [1, '2']);
// @ts-expect-error an argument is missing
pool.run(add, [1]);
// @ts-expect-error arguments are missing
pool.run(add);
// @ts-expect-error arguments come as an array
pool.run(add, 1, 2);
// @ts-expect-error not a function
pool.run('return 1', []);
// @ts-expect-error no such option
pool.run(add, [1, 2], { timout: 10 });
pool.run(add, [1, 2], { fresh: true });

// run options
pool.run(add, [1, 2], {
  signal: new AbortController().signal,
  timeout: 100,
  queueTimeout: 50,
  priority: -1,
  transferList: [new ArrayBuffer(1)],
  move: true,
  name: 'sum',
  context: { base: 1 },
});

// host functions stand for async functions, at any depth
const ask = host((question: string) => question.length);
expectType<HostFunction<(question: string) => number>>()(ask);
const asking = async (answer: (question: string) => Promise<number>, twice: boolean) =>
  (await answer('?')) * (twice ? 2 : 1);
expectType<Promise<number>>()(pool.run(asking, [ask, true]));
expectType<Promise<number>>()(pool.run(asking, [host(async (q: string) => q.length), true]));
expectType<Promise<number>>()(offload(asking)(ask, true));
// its parameters' types come from the task's
expectType<Promise<number>>()(pool.run(asking, [host((question) => question.length), true]));
expectType<Promise<void>>()(
  pool.run(
    async (io: { log: (line: string) => Promise<void>; depth: number }) => io.log('x'),
    [{ log: host((line: string) => console.log(line)), depth: 1 }],
  ),
);
// @ts-expect-error the host function takes a string
pool.run(asking, [host((question: number) => question), true]);
// @ts-expect-error its answer is a string, and the task expects a number
pool.run(asking, [host((question: string) => question), true]);
// @ts-expect-error in the task it is async
offload((now: () => number) => now())(host(() => 1));
// @ts-expect-error not a function
host(1);
pool.run(add, [1, 2], { onProgress: (value: { done: number }) => value.done });
// @ts-expect-error not a function
pool.run(add, [1, 2], { onProgress: true });

// offload keeps the parameters, makes the result a promise
const sum = offload(add);
expectType<Offloaded<(a: number, b: number) => number>>()(sum);
expectType<Promise<number>>()(sum(1, 2));
expectType<Promise<number>>()(sum.with({ timeout: 5 })(1, 2));
expectType<readonly TravellingCapture[]>()(sum.captures);
expectType<Promise<number>>()(offload(add, { captures: 'strict' })(1, 2));
// @ts-expect-error there is no such mode
offload(add, { captures: 'loose' });
expectType<Promise<{ path: string; deep: boolean | undefined }>>()(offload(load, { pool })('a'));
expectType<Promise<number>>()(pool.offload(add)(1, 2));
// @ts-expect-error a string is not a number
sum('1', 2);
// @ts-expect-error a pool's own offload takes no pool
pool.offload(add, { pool });

// share: a Shared stands for its value, in the arguments or deep in one
interface Table {
  rows: { id: number }[];
  index: Map<string, number>;
}
const table: Table = { rows: [], index: new Map() };
const shared = pool.share(table);
expectType<Shared<Table>>()(shared);
expectType<boolean>()(shared.released);
expectType<void>()(shared.release());
expectType<void>()(shared[Symbol.dispose]());
const count = (from: Table, first: number) => from.rows.length - first;
expectType<Promise<number>>()(pool.run(count, [shared, 1]));
expectType<Promise<number>>()(pool.run(count, [table, 1]));
// an inline function is given the value's type
expectType<Promise<number>>()(pool.run((from) => from.rows.length, [shared]));
expectType<Promise<number>>()(pool.run(({ deep }) => deep[0]!.rows.length, [{ deep: [shared] }]));
expectType<Promise<number>>()(pool.offload(count)(shared, 1));
expectType<Promise<number>>()(
  offload((given: { deep: Table }) => given.deep.rows.length)({ deep: shared }),
);
// @ts-expect-error another value is shared
pool.run(count, [pool.share({ columns: [] }), 1]);
// @ts-expect-error another value is shared
pool.offload(count)(pool.share({ columns: [] }), 1);
// @ts-expect-error the other arguments are still checked
pool.run(count, [shared, '1']);
// @ts-expect-error primitives are passed as they are
pool.share('text');
new Pool({ workerData: { table }, init: async () => {} });
// @ts-expect-error init takes no arguments
new Pool({ init: (n: number) => n });

// pools
expectType<Pool>()(defaultPool({ maxThreads: 1 }));
expectType<PoolStats>()(pool.stats());
expectType<number>()(pool.cancelPending('why'));
expectType<Promise<void>>()(pool.warmup());
expectType<Promise<void>>()(pool.warmup(2));
expectType<Promise<void>>()(pool.recycle());
new Pool({ minThreads: 1, maxThreads: 2, queueTimeout: Infinity });
new Pool({ maxSuspended: 0, cpuTimeout: 100 });
pool.run(add, [1, 2], { cpuTimeout: 5 });
expectType<number>()(pool.stats().suspended);
// @ts-expect-error a priority is a number
pool.run(add, [1, 2], { priority: 'high' });
expectType<Promise<void>>()(pool.close({ force: true, timeout: 100 }));
expectType<Promise<void>>()(pool.destroy());
expectType<Promise<void>>()(pool[Symbol.asyncDispose]());
expectType<string>()(pool.name);
expectType<boolean>()(pool.needsDrain);
new Pool({ recordTiming: false });
// @ts-expect-error true or false
new Pool({ recordTiming: 'yes' });

// what a pool knows of itself
expectType<number>()(pool.utilization);
expectType<number>()(pool.stats().totalWorkers);
expectType<IsolateStats[]>()(pool.stats().isolates);
expectType<DurationSummary>()(pool.stats().cloneOutTime);
expectType<PoolHistogram>()(pool.histogram);
expectType<number>()(pool.histogram.runTime.p99_9);
expectType<void>()(pool.histogram.resetRunTime());
// @ts-expect-error read only
pool.histogram.runTime.count = 0;
// @ts-expect-error no such percentile
export const p95 = pool.histogram.runTime.p95;
subscribe('offloop:isolate:destroy', (message) => {
  const { poolName, isolate, reason } = message as IsolateMessage;
  expectType<string>()(poolName);
  expectType<number>()(isolate);
  expectType<string | undefined>()(reason);
});
tracingChannel<unknown, RunMessage>('offloop:run').subscribe({
  start: ({ pool: owner, taskName }) => {
    expectType<Pool>()(owner);
    expectType<string>()(taskName);
  },
  end() {},
  asyncStart: ({ result, waitMs }) => {
    expectType<unknown>()(result);
    expectType<number | undefined>()(waitMs);
  },
  asyncEnd() {},
  error: ({ error: failure }) => expectType<unknown>()(failure),
});
// @ts-expect-error read only
pool.maxThreads = 3;
// @ts-expect-error 'maxQueue' is a number or 'auto'
new Pool({ maxQueue: 'many' });
pool.on('error', (error, taskName) => {
  expectType<unknown>()(error);
  expectType<string>()(taskName);
});
pool.on('isolateCreate', (isolate) => expectType<number>()(isolate));
pool.on('isolateDestroy', (reason, isolate) => {
  expectType<string>()(reason);
  expectType<number>()(isolate);
});
pool.once('close', () => {});

// isolates
const isolate = new Isolate({
  memoryLimitMb: 64,
  timeout: 100,
  globals: ['console', 'setTimeout'],
  console: 'ignore',
  codeGeneration: false,
  sharedMemory: false,
  wasm: true,
  clock: 'precise',
  modules: false,
});
expectType<Promise<number>>()(isolate.run(add, [1, 2], { timeout: 10, context: { a: 1 } }));
expectType<Promise<unknown>>()(isolate.evaluate('1'));
expectType<Promise<number>>()(isolate.evaluate<number>('1', { filename: 'a.js', timeout: 5 }));
expectType<Promise<Script>>()(isolate.compile('1', { filename: 'a.js' }));
expectType<Promise<IsolateContext>>()(isolate.createContext());
expectType<Promise<IsolateHeapStatistics>>()(isolate.heapStatistics());
expectType<Promise<void>>()(isolate.set('a', 1));
expectType<Promise<unknown>>()(isolate.get('a'));
expectType<boolean>()(isolate.terminate());
expectType<boolean>()(isolate.interrupted);
expectType<number>()(isolate.cpuTime);
expectType<Promise<void>>()(isolate.dispose());
isolate.on('lost', (reason) => expectType<OffloopError>()(reason));
isolate.on('error', (reason, name) => {
  expectType<unknown>()(reason);
  expectType<string>()(name);
});
declare const isolateContext: IsolateContext;
declare const isolateScript: Script;
expectType<Promise<string>>()(isolateScript.run<string>(isolateContext, { timeout: 5 }));
expectType<Promise<number>>()(isolateContext.run(add, [1, 2]));
expectType<Promise<unknown>>()(isolateContext.evaluate('1'));
// @ts-expect-error a script comes from compile()
new Script();
// @ts-expect-error a context comes from createContext()
new IsolateContext();
// @ts-expect-error everything runs in order
isolate.run(add, [1, 2], { priority: 1 });
// @ts-expect-error not a global of the runtime
new Isolate({ globals: ['fetch'] });
new Isolate({ modules: { root: '/srv/rules' } });
// @ts-expect-error which folder?
new Isolate({ modules: true });
// @ts-expect-error a string is not a number
isolate.run(add, [1, '2']);

// the host
const facts = hostFacts();
expectType<HostFacts>()(facts);
expectType<Fact<number>>()(facts.effectiveCores);
expectType<number | 'none' | 'unknown'>()(facts.cpuQuota.value);
expectType<boolean | 'unknown'>()(facts.insideCluster.value);
expectType<'main' | 'worker-thread' | 'cluster-worker' | 'unknown'>()(facts.role.value);
expectType<string>()(facts.container.source);
if (facts.smt.value !== 'unknown') expectType<boolean>()(facts.smt.value);
// @ts-expect-error an unknown is no number
export const cores: number = facts.effectiveCores.value;
// @ts-expect-error read only
facts.smt = facts.insideCluster;

// errors
const error = new OffloopError('OFFLOOP_ERR_CLOSED', 'closed', { cause: 1 });
expectType<string | undefined>()(error.option);
const timeout: OffloopError = new TimeoutError('OFFLOOP_ERR_TIMEOUT', 'late');
timeout.code.startsWith('OFFLOOP_ERR_');
expectType<'ABORT_ERR'>()(new AbortError('why').code);

export async function disposable(): Promise<void> {
  await using scoped = new Pool();
  expectType<Promise<number>>()(scoped.run(add, [1, 2]));
}

// measuring
const measurement = measure({ resolutionMs: 20, probeIntervalMs: 100 });
expectType<Measurement>()(measurement);
expectType<void>()(measurement.count(2));
expectType<Promise<Evidence>>()(measurement.stop());
expectType<Promise<void>>()(measurement[Symbol.asyncDispose]());
expectType<number>()(measurement.elapsedSeconds);
expectType<number>()(measurement.requests);
expectType<boolean>()(measurement.running);
// @ts-expect-error no such option
measure({ resolution: 10 });
declare const evidence: Evidence;
expectType<number | undefined>()(evidence.latencyP99Ms);
expectType<DurationCounts | undefined>()(evidence.serviceTimes);
expectType<'node' | 'native' | undefined>()(evidence.iterationSource);
const cost = measureOffload(add, [1, 2], { pool, budgetMs: 100, context: {} });
expectType<Promise<OffloadMeasurement>>()(cost);
declare const measured: OffloadMeasurement;
const written: Evidence = {
  utilization: 0.9,
  functions: [measured, { name: 'by hand', p50Ms: 3 } satisfies FunctionEvidence],
};
expectType<FunctionEvidence[] | undefined>()(written.functions);
expectType<'inline' | 'offload' | 'mandatory'>()(measured.verdict);
// @ts-expect-error a string is not a number
measureOffload(add, [1, '2']);
// @ts-expect-error buffers cannot move many times
measureOffload(add, [1, 2], { transferList: [] });

// advice
expectType<boolean>()(shouldIsolate());
expectType<boolean>()(shouldIsolate({ workload: 'cpu', traffic: 'high' }));
const advice = advise({ requestsPerSecond: 4 }, { evidence, host: { effectiveCores: 8 } });
expectType<Advice>()(advice);
expectType<Strategy>()(advice.strategy);
expectType<Promise<Prediction[]>>()(advice.predict());
expectType<string>()(advice.explain());
// What was read may be given back as it is.
advise({}, { host: facts });
// @ts-expect-error an unknown word
shouldIsolate({ workload: 'gpu' });
// @ts-expect-error no such fact
advise({}, { host: { cores: 8 } });
// @ts-expect-error a finding, not a setting
advice.strategy = 'none';
