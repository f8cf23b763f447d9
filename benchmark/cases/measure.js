'use strict';

const assert = require('node:assert/strict');
const http = require('node:http');
const { once } = require('node:events');

const { median } = require('../statistics.js');

const CONNECTIONS = 8;
const REQUESTS = 1000;
const WARM_UP = 4000;
/** V8 optimizes the server anew when somebody begins or ends to listen to it: once a window, not once a request. */
const SETTLE = 1500;
const PAIRS = 25;

/** What a small API does for each request: some JSON in, some out. */
const BODY = JSON.stringify(Array.from({ length: 40 }, (_, id) => ({ id, name: `item ${id}` })));

module.exports = {
  title: 'measure() beside a loaded HTTP server, CPU time of the process',
  unit: '× without',
  target: { kind: 'at most', limit: 1.01, text: '≤ 1.01× without' },
  only: ['offloop'],
  parts: ['ms of CPU with', 'without', 'overheadShare × 100'],

  async measure() {
    const { measure } = require('../..');
    const server = http.createServer(answer).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
    const options = { host: '127.0.0.1', port: server.address().port, agent };
    const load = (/** @type {number} */ requests) => drive(options, requests);

    await load(WARM_UP);
    // The choice of its source is made once, and no part of what measuring costs.
    const first = measure({ probeIntervalMs: 20 });
    await load(REQUESTS);
    await first.stop();

    const times = { with: [], without: [] };
    const overheads = [];
    const measured = async () => {
      const measurement = measure();
      await load(SETTLE);
      times.with.push(await cpuOf(() => load(REQUESTS)));
      const evidence = await measurement.stop();
      assert.equal(evidence.requests, SETTLE + REQUESTS);
      overheads.push(evidence.overheadShare);
    };
    const unmeasured = async () => {
      await load(SETTLE);
      times.without.push(await cpuOf(() => load(REQUESTS)));
    };
    for (let pair = 0; pair < PAIRS; pair++) {
      // Which goes first changes: a machine that speeds up or slows down favours neither.
      if (pair % 2 === 0) await measured();
      await unmeasured();
      if (pair % 2 === 1) await measured();
    }
    agent.destroy();
    server.close();
    const [withIt, without] = [median(times.with), median(times.without)];
    return [withIt, without, median(overheads) * 100];
  },

  /** @param {number[]} times */
  combine: ([withIt, without]) => withIt / without,
};

/** @type {import('node:http').RequestListener} */
function answer(_request, response) {
  const items = JSON.parse(BODY);
  items.sort((/** @type {any} */ a, /** @type {any} */ b) => b.name.localeCompare(a.name));
  response.end(JSON.stringify(items));
}

/**
 * @param {import('node:http').RequestOptions} options
 * @param {number} requests
 */
async function drive(options, requests) {
  let left = requests;
  const client = async () => {
    while (left-- > 0) {
      await new Promise((resolve, reject) => {
        http
          .get(options, (response) => {
            response.resume();
            response.once('end', resolve);
          })
          .once('error', reject);
      });
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
}

/** @param {() => Promise<void>} work */
async function cpuOf(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
