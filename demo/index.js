'use strict';

// One server, one heavy function, run twice under the same load: first on the event loop, then offloaded.

const os = require('node:os');
const { parseArgs } = require('node:util');

const { showAdvice } = require('./advice.js');
const { arrivals } = require('./arrivals.js');
const { loadCorpus } = require('./corpus.js');
const { ServerProcess, runLoad } = require('./processes.js');
const { Progress } = require('./progress.js');
const { goal, table, verdict } = require('./report.js');

const LIGHT_RATE = 50;
const BAND = { low: 0.5, high: 0.75 };
const TARGET_UTILIZATION = 0.6;
const WARM_UP_RUNS = 16;
// So long that the process is ten seconds old when the measurement begins: advise() trusts no younger one.
const PILOT_SECONDS = 9;
// For running the heavy function both ways: a dozen times each.
const BREAK_EVEN_MS = 1000;
const TIME_LIMIT_SECONDS = 60;
// A load generator that is later than this was kept from the processor by something else on the
// machine: such a run measures the neighbours, whichever way it comes out.
const LATENESS_LIMIT_MS = 25;
// What the steps outside the loads take: starting processes, compiling, reporting.
const OVERHEAD_SECONDS = 4;

/** @typedef {{ seconds: number, seed: number, threads: number }} Settings */

const progress = new Progress();
/** @type {Set<ServerProcess>} */
const servers = new Set();

/** @returns {Settings} */
function readSettings() {
  // The offered load stays below one core: a second thread shortens its queue, a third would idle.
  const threads = Math.min(2, os.availableParallelism());
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      threads: { type: 'string', default: String(threads) },
    },
  });
  return {
    seconds: integer('seconds', values.seconds, 3, 20),
    seed: integer('seed', values.seed, 0, 2 ** 32 - 1),
    threads: integer('threads', values.threads, 1, 64),
  };
}

/**
 * @param {string} name
 * @param {string | undefined} text
 * @param {number} low
 * @param {number} high
 */
function integer(name, text, low, high) {
  const value = Number(text);
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new Error(`--${name} ${text}: give a whole number from ${low} to ${high}.`);
}

/**
 * @param {'inline' | 'offloaded'} mode
 * @param {Settings} settings
 */
async function startServer(mode, settings) {
  const server = await ServerProcess.start(mode, settings.threads);
  servers.add(server);
  return server;
}

/**
 * @param {ServerProcess} server
 * @param {string} label
 * @param {import('./arrivals.js').Arrival[]} list
 */
async function measure(server, label, list) {
  const run = await runLoad(server, list, (done) => progress.update(label, done, list.length));
  progress.clear();
  checkEveryAnswer(label, run.load);
  return run;
}

/**
 * @param {string} label
 * @param {any} load
 */
function checkEveryAnswer(label, load) {
  if (load.failures.length > 0) {
    throw new Error(
      `${label}: ${load.failures.length} of ${load.sent} requests failed, first: ${load.failures[0]}`,
    );
  }
  const answered = load.answered.light + load.answered.heavy;
  if (answered !== load.sent) {
    throw new Error(`${label}: ${answered} of ${load.sent} requests were answered.`);
  }
}

/**
 * Finds the heavy rate that brings the inline loop to the target, then measures the inline run.
 * The machine may change its mind in between: then the run itself is the better calibration.
 *
 * @param {Settings} settings
 * @param {number} documents
 * @param {() => number} secondsLeft
 */
async function calibrateAndMeasureInline(settings, documents, secondsLeft) {
  const server = await startServer('inline', settings);
  const load = (/** @type {number} */ seconds, /** @type {number} */ heavyRate) =>
    arrivals({ seed: settings.seed, seconds, lightRate: LIGHT_RATE, heavyRate, documents });

  const milliseconds = await server.tell('warmUp', { runs: WARM_UP_RUNS });
  let heavyRate = (TARGET_UTILIZATION * 1000) / milliseconds;
  console.log(`One heavy request takes ${milliseconds.toFixed(1)} ms of the event loop.`);

  const pilot = await measure(server, 'calibrating', load(PILOT_SECONDS, heavyRate));
  heavyRate *= TARGET_UTILIZATION / pilot.meter.utilization;

  const inBand = [];
  for (;;) {
    const list = load(settings.seconds, heavyRate);
    console.log(
      `Calibrated: ${heavyRate.toFixed(1)} heavy/s with ${LIGHT_RATE} light/s should bring the inline loop to a utilization of ${TARGET_UTILIZATION}.`,
    );
    const run = await measure(server, 'inline', list);
    const { utilization } = run.meter;
    // Leaves the time for one repetition of the offloaded run, too.
    const runsThatFit = (secondsLeft() - OVERHEAD_SECONDS) / settings.seconds;
    if (utilization >= BAND.low && utilization <= BAND.high) {
      inBand.push({ list, run });
      if (!isDisturbed(run) || runsThatFit < 3) break;
      console.log(`${disturbance('inline', run)} Measuring again.`);
      continue;
    }
    const outside = `The inline loop's utilization was ${utilization.toFixed(3)}, outside ${BAND.low}–${BAND.high}`;
    if (runsThatFit >= 2) {
      console.log(`${outside}: calibrating again.`);
      heavyRate *= TARGET_UTILIZATION / utilization;
    } else if (inBand.length > 0) {
      console.log(`${outside}: going on with the run before it.`);
      break;
    } else {
      throw new Error(
        `${outside}, and no time is left to calibrate again. Is something else using the processor? Run the demo again.`,
      );
    }
  }
  await server.end();
  return calmest(inBand);
}

/**
 * @param {Settings} settings
 * @param {import('./arrivals.js').Arrival[]} list
 * @param {() => number} secondsLeft
 */
async function measureOffloaded(settings, list, secondsLeft) {
  const server = await startServer('offloaded', settings);
  await server.tell('warmUp', { runs: WARM_UP_RUNS });
  const heavy = await server.tell('measureOffload', { budgetMs: BREAK_EVEN_MS });
  const runs = [{ run: await measure(server, 'offloaded', list) }];
  const [{ run }] = runs;
  if (isDisturbed(run) && secondsLeft() >= settings.seconds + OVERHEAD_SECONDS) {
    console.log(`${disturbance('offloaded', run)} Measuring again.`);
    runs.push({ run: await measure(server, 'offloaded', list) });
  }
  await server.end();
  return { ...calmest(runs), heavy, pid: server.pid };
}

/**
 * Chosen by the load generator alone, never by how the server did.
 *
 * @template {{ run: any }} T
 * @param {T[]} runs
 * @returns {T}
 */
function calmest(runs) {
  return runs.reduce((best, candidate) =>
    candidate.run.load.lateness.p99 < best.run.load.lateness.p99 ? candidate : best,
  );
}

/** @param {any} run */
function isDisturbed(run) {
  return run.load.lateness.p99 > LATENESS_LIMIT_MS;
}

/**
 * @param {string} label
 * @param {any} run
 */
function disturbance(label, run) {
  return `The load generator of the ${label} run was up to ${run.load.lateness.p99.toFixed(0)} ms late itself (p99): the machine is busy with other work.`;
}

/**
 * @param {import('./arrivals.js').Arrival[]} list
 * @param {Record<number, string>} inline
 * @param {Record<number, string>} offloaded
 */
function checkSameResults(list, inline, offloaded) {
  const heavy = list.flatMap(({ route }, index) => (route === 'heavy' ? [index] : []));
  const different = heavy.filter(
    (index) => inline[index] === undefined || inline[index] !== offloaded[index],
  );
  if (different.length > 0) {
    const [first] = different;
    throw new Error(
      `${different.length} of ${heavy.length} heavy results differ; request ${first} gave ${inline[first]} inline and ${offloaded[first]} offloaded.`,
    );
  }
  const distinct = new Set(heavy.map((index) => inline[index])).size;
  console.log(
    `All ${list.length} requests were answered in both runs; ${heavy.length} heavy results have equal SHA-256 (${distinct} distinct).`,
  );
}

async function main() {
  const settings = readSettings();
  const started = performance.now();
  const secondsSpent = () => (performance.now() - started) / 1000;
  const secondsLeft = () => TIME_LIMIT_SECONDS - secondsSpent();
  setTimeout(
    () =>
      fail(new Error(`The demo took more than ${TIME_LIMIT_SECONDS} s: the machine is too busy.`)),
    TIME_LIMIT_SECONDS * 1000,
  ).unref();

  const { files, fileBytes, textBytes, sha256, source } = loadCorpus();
  console.log(
    `Corpus: ${source}, ${files} files, ${fileBytes} bytes, of them ${textBytes} bytes of text.\nSHA-256 ${sha256}`,
  );
  console.log(
    `Node ${process.version}, ${os.availableParallelism()} cores; pool of ${settings.threads} thread(s), seed ${settings.seed}, ${settings.seconds} s a run.`,
  );

  const inline = await calibrateAndMeasureInline(settings, files, secondsLeft);
  console.log(
    `Inline: utilization ${inline.run.meter.utilization.toFixed(3)}, inside ${BAND.low}–${BAND.high}. Now the same ${inline.list.length} requests at the same times, offloaded.`,
  );

  const { run: offloaded, heavy, pid } = await measureOffloaded(settings, inline.list, secondsLeft);

  checkSameResults(inline.list, inline.run.load.checksums, offloaded.load.checksums);
  report(inline.run, offloaded, pid);
  for (const [label, run] of Object.entries({ inline: inline.run, offloaded })) {
    if (isDisturbed(run)) console.log(`${disturbance(label, run)} Its figures say little.`);
  }
  const { list, run } = inline;
  const { seconds } = settings;
  console.log(`\n${await showAdvice({ list, seconds, inline: run, offloaded, heavy })}\n`);
  const { met, text } = goal(inline.run, offloaded);
  console.log(`${text} (${secondsSpent().toFixed(0)} s in all)`);
  if (!met) process.exitCode = 1;
}

/**
 * @param {any} inline
 * @param {any} offloaded
 * @param {number | undefined} pid
 */
function report(inline, offloaded, pid) {
  const threads = offloaded.meter.offloadThreads;
  if (threads.length > 0) {
    const times = threads.map(
      (/** @type {{ name: string, cpuSeconds: number }} */ { name, cpuSeconds }) =>
        `${name} ${cpuSeconds.toFixed(2)} s`,
    );
    console.log(`Threads of server process ${pid} that ran heavy work: ${times.join(', ')}.`);
  }
  console.log(
    `Latencies count from the intended send time; 99 % of the requests left within ${Math.max(inline.load.lateness.p99, offloaded.load.lateness.p99).toFixed(1)} ms of it.\n`,
  );
  console.log(`${table(inline, offloaded)}\n`);
  console.log(verdict(inline, offloaded));
}

/** @param {unknown} error */
function fail(error) {
  progress.clear();
  console.error(`demo failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
  // Servers end by themselves once this process is gone.
  process.exit();
}

main().catch(async (error) => {
  await Promise.allSettled([...servers].map((server) => server.end()));
  fail(error);
});
