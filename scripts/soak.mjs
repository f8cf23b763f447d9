// A million tasks of every kind from four pools, in one process: node scripts/soak.mjs [--tasks n] [--seed n] [--minutes n]
// Fails when one settles never, twice or wrongly, when memory grows, or when a thread or descriptor is left behind.
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { reportFailure } from './run.mjs';

const require = createRequire(import.meta.url);
const { Pool } = require('../index.js');
const { processResources } = require('../__test__/helpers/resources.js');
const { soak } = require('../__test__/helpers/soak/run.js');

const MIB = 2 ** 20;
/** Of resident memory, per 100,000 tasks of the second half. */
const MOST_GROWTH_MIB = 1;
/** Resident memory is read when nothing runs and all garbage is collected: what is left then is kept. */
const RESTS = 400;
const REST_MS = 10;
const PROGRESS_MS = 5_000;
const LONGEST_SETTLING_MS = 10_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

/** Growth of y by x, by least squares, and the standard error of it. */
function regression(points) {
  const mean = (pick) => points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const x = mean(([at]) => at);
  const y = mean(([, value]) => value);
  const spread = mean(([at]) => (at - x) ** 2);
  const slope = mean(([at, value]) => (at - x) * (value - y)) / spread;
  const residual = mean(([at, value]) => (value - y - slope * (at - x)) ** 2);
  return { slope, error: Math.sqrt(residual / spread / (points.length - 2)) };
}

function count(option, text) {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new Error(`--${option} ${text}: give a whole number above 0.`);
}

/** They stay for the life of the process: the first task begins the one, the first that waits the other. */
const THREADS_THAT_STAY = ['offloop-poll', 'offloop-watch'];

/** What stays for the life of the process is there before anything is counted. */
async function warmUp() {
  const pool = new Pool({ maxThreads: 1 });
  await pool.run(() => new Promise((resolve) => setTimeout(resolve, 20)));
  await pool.close();
  const ours = () => processResources().threads.filter((name) => name.startsWith('offloop-'));
  const deadline = Date.now() + LONGEST_SETTLING_MS;
  while (ours().length > THREADS_THAT_STAY.length && Date.now() < deadline) await delay(5);
}

function describe({ threads, descriptors }) {
  return `${threads.length} threads, ${descriptors} descriptors`;
}

/** Threads of closed pools end by themselves, soon. */
async function resourcesLike(before) {
  const deadline = Date.now() + LONGEST_SETTLING_MS;
  for (;;) {
    const now = processResources();
    if (describe(now) === describe(before) || Date.now() > deadline) return now;
    await delay(20);
  }
}

/** @returns {Promise<string[]>} what was wrong */
async function run({ tasks, seed, minutes }) {
  await warmUp();
  // Standard output, too, opens a descriptor at its first use.
  console.log(`${tasks} tasks, seed ${seed}`);
  const before = processResources();
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const samples = [];
  let ledger;

  const progress = setInterval(() => {
    const mib = (process.memoryUsage.rss() / MIB).toFixed();
    const { length } = processResources().threads;
    console.log(
      `${seconds().toFixed()} s  ${ledger.settledCount} settled  RSS ${mib} MiB  ${length} threads`,
    );
  }, PROGRESS_MS);
  const late = new AbortController();
  const limit = setTimeout(() => late.abort(`after ${minutes} minutes`), minutes * 60_000);
  let result;
  try {
    result = await soak({
      tasks,
      seed,
      giveUp: late.signal,
      rests: RESTS,
      onStart(started) {
        ledger = started;
      },
      async onRest(settled) {
        collect();
        // V8 gives pages back on threads of its own.
        await delay(REST_MS);
        samples.push([settled, process.memoryUsage.rss() / MIB]);
      },
    });
  } finally {
    clearInterval(progress);
    clearTimeout(limit);
  }
  const took = seconds();
  const after = await resourcesLike(before);

  const half = samples.filter(([at]) => at > tasks / 2);
  const { slope, error } = regression(half);
  const growth = slope * 100_000;
  const isolates = result.pools.reduce((sum, pool) => sum + pool.stats().isolatesCreated, 0);
  console.table(result.rows);
  console.log(`seed ${seed}, ${tasks} tasks in ${took.toFixed(1)} s, ${isolates} isolates made`);
  console.log(
    `RSS ${half[0][1].toFixed()} → ${half.at(-1)[1].toFixed()} MiB in the second half: ` +
      `${growth.toFixed(3)} ± ${(error * 100_000).toFixed(3)} MiB per 100,000 tasks by regression`,
  );
  console.log(`before: ${describe(before)}; after: ${describe(after)}`);

  const wrong = [...result.complaints];
  const more = result.complaintCount - wrong.length;
  if (more > 0) wrong.push(`and ${more} more`);
  if (growth >= MOST_GROWTH_MIB) wrong.push(`memory grew by ${growth.toFixed(2)} MiB per 100,000`);
  if (describe(after) !== describe(before)) {
    wrong.push(`left behind: ${describe(after)} (${after.threads.join(', ')})`);
  }
  return wrong;
}

try {
  const { values } = parseArgs({
    options: {
      tasks: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '15' },
    },
  });
  const wrong = await run({
    tasks: count('tasks', values.tasks),
    seed: count('seed', values.seed),
    minutes: count('minutes', values.minutes),
  });
  for (const complaint of wrong) console.error(`WRONG  ${complaint}`);
  console.log(wrong.length === 0 ? 'passed' : 'FAILED');
  // A task that never settles holds the process open.
  process.exit(wrong.length === 0 ? 0 : 1);
} catch (error) {
  reportFailure(error);
}
