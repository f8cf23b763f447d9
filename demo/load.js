'use strict';

// The load generator, a process of its own so that it neither blocks the server's event loop nor is
// blocked by it. It is open loop: each request leaves at its intended time however slow the answers
// are, and latency counts from that time, so a stalled server cannot hide the requests it delayed.
//
// Why not autocannon, loadtest or wrk's ports: they keep a number of connections busy (closed loop) or
// pace a rate; none sends a given list of arrival times, which both runs must share here.
// Histograms are Node's own HdrHistogram (perf_hooks).

const { createHash } = require('node:crypto');
const http = require('node:http');
const { createHistogram } = require('node:perf_hooks');

const ANSWER_TIMEOUT_MS = 20_000;
const PROGRESS_INTERVAL_MS = 100;
const WARM_UP_REQUESTS = 30;

/** @typedef {import('./arrivals.js').Arrival} Arrival */

process.once('message', async (/** @type {{ port: number, list: Arrival[] }} */ { port, list }) => {
  const go = new Promise((resolve) => process.once('message', resolve));
  const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity });
  try {
    // The first requests of a process pay for compiling the client and the server's light route.
    for (let count = 0; count < WARM_UP_REQUESTS; count++) {
      await get(agent, port, '/country?document=0');
    }
    send({ ready: true });
    await go;
    send({ result: await run(agent, port, list) });
  } catch (error) {
    send({ error: error instanceof Error ? error.message : String(error) });
  } finally {
    agent.destroy();
    process.disconnect();
  }
});

/** @param {object} message */
function send(message) {
  process.send?.(message);
}

/**
 * @param {http.Agent} agent
 * @param {number} port
 * @param {Arrival[]} list
 */
async function run(agent, port, list) {
  const latency = { light: createHistogram(), heavy: createHistogram() };
  const lateness = createHistogram();
  /** @type {string[]} */
  const failures = [];
  /** @type {Record<number, string>} SHA-256 of the answer by index of the arrival */
  const checksums = {};
  const answered = { light: 0, heavy: 0 };
  const start = performance.now();
  const progress = setInterval(
    () => send({ progress: answered.light + answered.heavy + failures.length }),
    PROGRESS_INTERVAL_MS,
  );

  const inFlight = [];
  for (const [index, arrival] of list.entries()) {
    await until(start + arrival.at);
    lateness.record(microseconds(performance.now() - start - arrival.at));
    inFlight.push(
      get(agent, port, pathOf(arrival))
        .then((body) => {
          latency[arrival.route].record(microseconds(performance.now() - start - arrival.at));
          if (arrival.route === 'heavy') checksums[index] = checkedChecksum(body);
          answered[arrival.route] += 1;
        })
        .catch((error) => failures.push(`${pathOf(arrival)}: ${error.message}`)),
    );
  }
  await Promise.all(inFlight);
  clearInterval(progress);
  return {
    sent: list.length,
    answered,
    failures,
    checksums,
    light: summary(latency.light),
    heavy: summary(latency.heavy),
    lateness: summary(lateness),
  };
}

/**
 * @param {number} time
 * @returns {Promise<void>}
 */
async function until(time) {
  // A timer may fire up to a millisecond early, never sends before its time.
  for (let left = time - performance.now(); left > 0; left = time - performance.now()) {
    await new Promise((resolve) => setTimeout(resolve, Math.ceil(left)));
  }
}

/** @param {Arrival} arrival */
function pathOf({ route, document, without }) {
  return route === 'light'
    ? `/country?document=${document}`
    : `/terms?document=${document}&without=${without.join(',')}`;
}

/**
 * @param {http.Agent} agent
 * @param {number} port
 * @param {string} path
 * @returns {Promise<string>}
 */
function get(agent, port, path) {
  return new Promise((resolve, reject) => {
    const request = http.get({ agent, host: '127.0.0.1', port, path }, (response) => {
      response.setEncoding('utf8');
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(body);
        else reject(new Error(`status ${response.statusCode}: ${body.slice(0, 300)}`));
      });
    });
    request.setTimeout(ANSWER_TIMEOUT_MS, () =>
      request.destroy(new Error(`no answer within ${ANSWER_TIMEOUT_MS} ms`)),
    );
    request.on('error', reject);
  });
}

/**
 * A heavy answer carries the checksum of its result: it must match the result that came with it.
 *
 * @param {string} body
 */
function checkedChecksum(body) {
  const { sha256, result } = JSON.parse(body);
  const actual = createHash('sha256').update(JSON.stringify(result)).digest('hex');
  if (actual !== sha256) throw new Error(`the result does not match its SHA-256 ${sha256}`);
  return sha256;
}

/** @param {number} milliseconds */
function microseconds(milliseconds) {
  return Math.max(1, Math.round(milliseconds * 1000));
}

/** @param {import('node:perf_hooks').RecordableHistogram} histogram */
function summary(histogram) {
  const milliseconds = (/** @type {number} */ value) => value / 1000;
  return {
    p50: milliseconds(histogram.percentile(50)),
    p99: milliseconds(histogram.percentile(99)),
    max: milliseconds(histogram.max),
  };
}
