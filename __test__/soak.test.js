'use strict';

const assert = require('node:assert/strict');
const test = require('node:test');

const { Pool } = require('..');
const { processResources } = require('./helpers/resources.js');
const { KINDS } = require('./helpers/soak/kinds.js');
const { Ledger } = require('./helpers/soak/ledger.js');
const { soak } = require('./helpers/soak/run.js');
const { until } = require('./helpers/until.js');

// `npm run soak` does the same with a million, and watches the memory too.
const TASKS = 20_000;

const shape = ({ threads, descriptors }) => [threads.length, descriptors];

test(`${TASKS} tasks of every kind from four pools settle once each, as their kind must`, async () => {
  const { rows, complaints } = await soak({ tasks: TASKS, seed: 4 });
  assert.deepEqual(complaints, []);
  assert.equal(rows.length, KINDS.length);
  for (const { name, tasks, settledOnce } of rows) {
    assert.ok(tasks > 0, name);
    assert.equal(settledOnce, tasks, name);
  }
  assert.equal(
    rows.reduce((sum, { tasks }) => sum + tasks, 0),
    TASKS,
  );
});

test(
  'pools leave no thread and no descriptor behind',
  { skip: process.platform !== 'linux' && 'needs /proc' },
  async () => {
    // The first pool starts the watchdog's thread, the first task that waits the poller's: both stay. Those of pools
    // end soon after them.
    const pool = new Pool({ maxThreads: 1 });
    await pool.run(() => new Promise((resolve) => setTimeout(resolve, 20)));
    await pool.close();
    const ours = () => processResources().threads.filter((name) => name.startsWith('offloop-'));
    await until(
      () => String(ours().sort()) === 'offloop-poll,offloop-watch',
      'only the threads of the process to be left',
    );
    const before = shape(processResources());
    await soak({ tasks: 5_000, seed: 5 });
    await until(
      () => String(shape(processResources())) === String(before),
      `${before} threads and descriptors`,
    );
  },
);

test('a task that is lost, answered twice, run twice or answered wrongly is found', () => {
  const ledger = new Ledger(KINDS, 5);
  const begin = (id) => Atomics.add(new Uint8Array(ledger.begun), id, 1);
  for (let id = 0; id < 4; id += 1) begin(ledger.enter(0, 0));
  ledger.settle(0, { value: 0 });
  ledger.settle(0, { value: 0 });
  ledger.settle(1, { value: 3 });
  ledger.settle(2, { value: 4 });
  begin(2);
  const [{ tasks, settledOnce }] = ledger.close();
  assert.deepEqual([tasks, settledOnce], [4, 2]);
  assert.deepEqual(ledger.complaints, [
    'task 0 (result, variant 0): settled 2 times',
    'task 1 (result, variant 0): resolved otherwise',
    'task 2 (result, variant 0): began 2 times',
    'task 3 (result, variant 0): never settled',
    '4 tasks were made, not 5',
  ]);
});
