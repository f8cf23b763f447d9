'use strict';

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const http = require('node:http');
const path = require('node:path');
const { once } = require('node:events');
const { test } = require('node:test');
const { promisify } = require('node:util');
const { Worker } = require('node:worker_threads');

const { measure } = require('../index.js');
const { runNode } = require('./helpers/child.js');
const { block, blocks, median, sum } = require('./helpers/load.js');
const { delay, until } = require('./helpers/until.js');

const MEASURED = path.join(__dirname, 'fixtures', 'measured-child.js');

/** The evidence of what happens in `work`. */
async function evidenceOf(work, options) {
  await delay(1);
  const measurement = measure(options);
  const result = await work(measurement);
  return { evidence: await measurement.stop(), result };
}

/** A server and a function that asks it once. */
async function serve(handler) {
  const server = http.createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const agent = new http.Agent({ keepAlive: true });
  const ask = () =>
    new Promise((resolve, reject) => {
      http
        .get({ host: '127.0.0.1', port, agent }, (response) => {
          response.resume();
          response.on('end', resolve);
          response.on('error', reject);
        })
        .on('error', reject);
    });
  const close = () => {
    agent.destroy();
    server.close();
  };
  return { ask, close, port };
}

const secondsOf = (evidence) => evidence.windowSeconds;

test('sees stalls that the utilization does not show', async () => {
  const { evidence, result } = await evidenceOf(() => blocks(3, 150, 600));
  const share = sum(result) / 1000 / secondsOf(evidence);
  assert.ok(Math.abs(evidence.longTaskShare / share - 1) < 0.15, `${evidence.longTaskShare}`);
  assert.ok(Math.abs(evidence.iterationMaxMs / Math.max(...result) - 1) < 0.15);
  assert.ok(evidence.utilization < 0.5, `${evidence.utilization}`);
  assert.ok(evidence.delayP99Ms > 0.5 * Math.max(...result), `${evidence.delayP99Ms}`);
});

test('knows the length of short tasks, which a timer cannot tell', async () => {
  const { evidence, result } = await evidenceOf(() => blocks(60, 8, 2));
  const { serviceTimes } = evidence;
  const long = serviceTimes.ms.filter((ms) => ms >= 7);
  // The least: other processes may hold up the rest of a turn, not only the block in it.
  assert.ok(Math.abs(long[0] / Math.min(...result) - 1) < 0.1, `${long[0]}`);
  assert.ok(evidence.iterationP99Ms >= 0.95 * median(result), `${evidence.iterationP99Ms}`);
  assert.ok(evidence.iterations >= 60);
  assert.equal(sum(serviceTimes.count), evidence.iterations);
  assert.equal(serviceTimes.ms.length, serviceTimes.count.length);
  assert.ok(evidence.longTaskShare < 0.5);
});

test('an idle loop is idle, whatever was before', async () => {
  await delay(1);
  block(400);
  const { evidence } = await evidenceOf(() => delay(400));
  assert.ok(evidence.utilization < 0.3, `${evidence.utilization}`);
  assert.equal(evidence.longTaskShare, 0);
  assert.equal(evidence.requests, 0);
  assert.equal(evidence.latencyP50Ms, undefined);
  assert.ok(Math.abs(evidence.uptimeSeconds - process.uptime()) < 60);
});

test('counts the requests of HTTP servers, and how long they took', async () => {
  const took = [];
  const server = await serve((request, response) => {
    const begun = performance.now();
    response.on('finish', () => took.push(performance.now() - begun));
    block(5);
    response.end('done');
  });
  const { evidence } = await evidenceOf(async () => {
    for (let request = 0; request < 40; request += 1) await server.ask();
  });
  server.close();
  assert.equal(evidence.requests, 40);
  assert.ok(Math.abs(evidence.latencyP50Ms / median(took) - 1) < 0.2, `${evidence.latencyP50Ms}`);
  assert.ok(evidence.latencyP99Ms >= evidence.latencyP50Ms);
  assert.ok(evidence.utilization > 0.5, `${evidence.utilization}`);
});

test('a response that its client gave up is no request served', async () => {
  let arrived = 0;
  let gone = 0;
  const server = await serve((request, response) => {
    arrived += 1;
    response.on('close', () => (gone += 1));
    if (request.url === '/hang') response.write('beginning');
    else response.end('done');
  });
  const { evidence } = await evidenceOf(async () => {
    for (let client = 1; client <= 3; client += 1) {
      const request = http.get({ host: '127.0.0.1', port: server.port, path: '/hang' });
      request.on('error', () => {});
      await until(() => arrived === client, 'the request');
      request.destroy();
    }
    await until(() => gone === 3, 'the server to notice');
    await server.ask();
  });
  server.close();
  assert.equal(evidence.requests, 1);
});

test('counts by hand what is not HTTP, until it is stopped', async () => {
  const measurement = measure();
  measurement.count();
  measurement.count(41);
  measurement.count(0);
  assert.equal(measurement.requests, 42);
  for (const n of [-1, 1.5, NaN, Infinity]) {
    assert.throws(() => measurement.count(n), {
      name: 'RangeError',
      code: 'OFFLOOP_ERR_INVALID_OPTION',
      option: 'n',
    });
  }
  assert.throws(() => measurement.count('1'), { name: 'TypeError', option: 'n' });
  assert.equal(measurement.running, true);
  const stopped = measurement.stop();
  measurement.count(5);
  assert.equal(measurement.running, false);
  const evidence = await stopped;
  assert.equal(evidence.requests, 42);
  assert.equal(await measurement.stop(), evidence);
  assert.equal(measurement.elapsedSeconds, evidence.windowSeconds);
});

test('a full pool of libuv shows in the wait for a thread', async () => {
  const pbkdf2 = promisify(crypto.pbkdf2);
  const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4);
  const { evidence: quiet } = await evidenceOf(() => delay(200), { probeIntervalMs: 20 });
  let all;
  const { evidence: full } = await evidenceOf(
    async () => {
      const work = Array.from({ length: 2 * threads }, () =>
        pbkdf2('secret', 'salt', 400_000, 64, 'sha512'),
      );
      all = Promise.all(work);
      await Promise.race(work);
    },
    { probeIntervalMs: 20 },
  );
  await all;
  const wait = full.threadpoolWaitMs / 1000 / secondsOf(full);
  assert.ok(wait > 0.5, `waited ${wait} of the window`);
  assert.ok(quiet.threadpoolWaitMs < full.threadpoolWaitMs / 4, `${quiet.threadpoolWaitMs} ms`);
});

test('several at once each have their window', async () => {
  await delay(1);
  const outer = measure();
  await blocks(2, 60, 5);
  const inner = measure({ resolutionMs: 20 });
  await delay(300);
  inner.count(3);
  const inside = await inner.stop();
  const all = await outer.stop();
  assert.equal(inside.longTaskShare, 0);
  assert.ok(all.longTaskShare > 0);
  assert.ok(all.windowSeconds > inside.windowSeconds);
  assert.deepEqual([inside.requests, all.requests], [3, 0]);
});

test('a Worker measures its own loop', async () => {
  const { evidence } = await evidenceOf(async () => {
    const worker = new Worker(MEASURED, { argv: ['worker'] });
    const exited = once(worker, 'exit');
    const [inWorker] = await once(worker, 'message');
    assert.ok(inWorker.longTaskShare > 0.5, `${inWorker.longTaskShare}`);
    assert.equal(inWorker.requests, 7);
    await exited;
  });
  assert.ok(evidence.longTaskShare < 0.5, `${evidence.longTaskShare}`);
  assert.equal(evidence.requests, 0);
});

test('memory that grows from one full collection to another has a slope, a steady one has none', async () => {
  const [leak, steady] = await Promise.all(
    ['leak', 'steady'].map(async (way) => {
      const { code, stdout, stderr } = await runNode(['--expose-gc', MEASURED, way]);
      assert.deepEqual([code, stderr], [0, '']);
      return JSON.parse(stdout);
    }),
  );
  assert.ok(leak.evidence.fullGcs >= leak.collections, `${leak.evidence.fullGcs}`);
  assert.ok(leak.evidence.rssSlopeMbPerHour > 0);
  assert.ok(leak.evidence.rssSlopeMbPerHour < 1.5 * leak.megabytesPerHour);
  // The address sanitizer keeps what was freed.
  if (!process.env.LD_PRELOAD?.includes('asan')) {
    assert.equal(steady.evidence.rssSlopeMbPerHour, 0);
  }
  for (const { evidence } of [leak, steady]) {
    assert.ok(evidence.gcShare > 0 && evidence.gcShare < 1, `${evidence.gcShare}`);
    assert.ok(evidence.rssMb > evidence.heapUsedMb);
  }
});

test('tells what it costs, its own and the process, and why it may not be enough', async () => {
  const before = process.cpuUsage();
  const { evidence } = await evidenceOf(() => blocks(20, 20, 1));
  const { user, system } = process.cpuUsage(before);
  assert.ok(evidence.overheadShare > 0 && evidence.overheadShare < 0.05);
  const cores = (user + system) / 1e6 / evidence.windowSeconds;
  assert.ok(Math.abs(evidence.cpuCores / cores - 1) < 0.2, `${evidence.cpuCores}, ${cores}`);
  assert.ok(['node', 'native'].includes(evidence.iterationSource));
  assert.ok(evidence.warnings.some((text) => text.startsWith('Too short')));
  assert.ok(evidence.warnings.some((text) => text.startsWith('Too few requests: 0')));
  assert.equal(evidence.rssSlopeMbPerHour, undefined);
  if (process.platform === 'linux') {
    assert.ok(evidence.stealShare >= 0 && evidence.stealShare <= 1);
  }
});

test('`await using` stops it', { skip: !Symbol.asyncDispose }, async () => {
  const measurement = measure();
  await measurement[Symbol.asyncDispose]();
  assert.equal(measurement.running, false);
});

for (const [options, name, option] of [
  [{ resolutionMs: 0 }, 'RangeError', 'resolutionMs'],
  [{ resolutionMs: 1.5 }, 'RangeError', 'resolutionMs'],
  [{ resolutionMs: '10' }, 'TypeError', 'resolutionMs'],
  [{ probeIntervalMs: 19 }, 'RangeError', 'probeIntervalMs'],
  [{ resolution: 10 }, 'TypeError', 'resolution'],
  [[], 'TypeError', 'options'],
  [null, 'TypeError', 'options'],
]) {
  test(`refuses ${JSON.stringify(options)}`, () => {
    assert.throws(() => measure(options), { name, code: 'OFFLOOP_ERR_INVALID_OPTION', option });
  });
}

test('takes no option from a prototype', () => {
  const measurement = measure(Object.create({ resolutionMs: 'inherited' }));
  return measurement.stop();
});
