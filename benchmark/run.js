'use strict';

// Offloop beside its peers, all in one run. Rounds are interleaved: each measures every case on every
// pool once, so that a slow minute of the machine falls on all of them.

const { fork } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');

const { installCompetitors } = require('./install.js');
const { judge } = require('./judge.js');
const { environment, text } = require('./report.js');
const { CASES, MINIMUM_ROUNDS, OURS, POOLS } = require('./settings.js');
const { summarize } = require('./statistics.js');

const MEASUREMENT_TIMEOUT_MS = 30_000;
const RESULTS_FOLDER = path.join(__dirname, 'results');

function readSettings() {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: String(MINIMUM_ROUNDS) },
      cases: { type: 'string', default: CASES.join(',') },
      pools: { type: 'string', default: POOLS.join(',') },
      json: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100) {
    throw new Error(`--rounds ${values.rounds}: give a whole number from 1 to 100.`);
  }
  return {
    rounds,
    cases: choice('cases', values.cases, CASES),
    pools: choice('pools', values.pools, POOLS),
    json: values.json,
    save: values.save,
  };
}

/**
 * @param {string} option
 * @param {string | undefined} value
 * @param {string[]} known
 */
function choice(option, value, known) {
  const names = (value ?? '').split(',');
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`--${option}: "${unknown}" is not one of ${known.join(', ')}.`);
  }
  return names;
}

/**
 * @param {string} caseName
 * @param {string} poolName
 * @returns {Promise<number[]>} the figure that counts, then the parts that it was made of, if any
 */
async function measure(caseName, poolName) {
  const { variants = [null], combine } = require(`./cases/${caseName}.js`);
  const parts = [];
  for (const variant of variants) {
    parts.push(...[await measureInChild(caseName, poolName, variant)].flat());
  }
  return combine ? [combine(parts), ...parts] : parts;
}

/**
 * @param {string} caseName
 * @param {string} poolName
 * @param {unknown} variant
 * @returns {Promise<number | number[]>}
 */
function measureInChild(caseName, poolName, variant) {
  return new Promise((resolve, reject) => {
    const child = fork(path.join(__dirname, 'measure.js'), [
      caseName,
      poolName,
      JSON.stringify(variant),
    ]);
    const who = `${caseName} on ${poolName}`;
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${who} took more than ${MEASUREMENT_TIMEOUT_MS / 1000} s.`));
    }, MEASUREMENT_TIMEOUT_MS);
    /** @type {{ value: number | number[] } | { error: string } | undefined} */
    let answer;
    child.once('message', (/** @type {any} */ message) => (answer = message));
    child.once('error', reject);
    // The next measurement starts only when this process has left the processor.
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      if (answer === undefined) {
        reject(new Error(`${who} ended without a result (${signal ?? `exit code ${code}`}).`));
      } else if ('error' in answer) reject(new Error(`${who} failed: ${answer.error}`));
      else resolve(answer.value);
    });
  });
}

/**
 * Those of the pools that can do the case: some are about what only offloop has.
 * @param {string} caseName
 * @param {string[]} pools
 * @returns {string[]}
 */
function poolsOf(caseName, pools) {
  const { only = pools } = require(`./cases/${caseName}.js`);
  return pools.filter((pool) => only.includes(pool));
}

/** @param {ReturnType<typeof readSettings>} settings */
async function measureAll({ rounds, cases, pools }) {
  /** @type {Record<string, Record<string, number[][]>>} by case, pool and round */
  const values = {};
  for (const caseName of cases) {
    values[caseName] = Object.fromEntries(poolsOf(caseName, pools).map((pool) => [pool, []]));
  }
  for (let round = 0; round < rounds; round++) {
    // Each round starts with another pool: none always runs after the same neighbour.
    const order = pools.map((_, index) => pools[(index + round) % pools.length]);
    for (const caseName of cases) {
      for (const poolName of poolsOf(caseName, order)) {
        showProgress(`round ${round + 1}/${rounds}: ${caseName}, ${poolName}`);
        values[caseName][poolName].push(await measure(caseName, poolName));
      }
    }
  }
  showProgress('');
  return values;
}

/** @param {string} line */
function showProgress(line) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${line}`);
}

async function main() {
  const settings = readSettings();
  installCompetitors();
  const versions = Object.fromEntries(
    settings.pools.map((name) => [name, require(`./pools/${name}.js`).version]),
  );
  const facts = environment(versions, settings.rounds);
  const start = performance.now();
  const values = await measureAll(settings);

  const cases = settings.cases.map((name) => {
    const { title, unit, target, parts = [] } = require(`./cases/${name}.js`);
    const pools = Object.fromEntries(
      poolsOf(name, settings.pools).map((pool) => [pool, summarize(values[name][pool], parts)]),
    );
    // A ratio needs offloop, and a peer unless the target is absolute.
    const comparable =
      settings.pools.includes(OURS) && (target.kind === 'at most' || settings.pools.length > 1);
    return { name, title, unit, target, pools, verdict: comparable ? judge(target, pools) : null };
  });
  const results = { environment: facts, seconds: (performance.now() - start) / 1000, cases };

  console.log(settings.json ? JSON.stringify(results, null, 2) : text(results));
  if (settings.save) save(results);
}

/** @param {{ environment: { date: string, node: string } }} results */
function save(results) {
  fs.mkdirSync(RESULTS_FOLDER, { recursive: true });
  const { date, node } = results.environment;
  const file = path.join(RESULTS_FOLDER, `${date.slice(0, 10)}-node-${node}.json`);
  fs.writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  console.error(`Saved ${path.relative(process.cwd(), file)}`);
}

main().catch((error) => {
  console.error(`bench failed: ${error.message}`);
  process.exitCode = 1;
});
