'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { measureOffload, AbortError, Pool } = require('../index.js');
const { breakEven, breakEvenText } = require('../lib/break-even.js');
const { delay, rejection } = require('./helpers/until.js');

const BUDGET = { budgetMs: 200 };

/** Takes about as long as it is told, on any machine: by the clock. */
function takes(ms) {
  const begun = Date.now();
  let turns = 0;
  while (Date.now() - begun < ms) turns += 1;
  return turns > 0;
}

function checkFigures(measured) {
  const { p50Ms, p99Ms, mainThreadMs, dispatchMs, deliverMs, roundTripMs, runs } = measured;
  assert.ok(p50Ms > 0 && p99Ms >= p50Ms, JSON.stringify(measured));
  assert.ok(dispatchMs > 0 && deliverMs > 0 && roundTripMs > dispatchMs);
  assert.equal(mainThreadMs, dispatchMs + deliverMs);
  assert.ok(Number.isInteger(runs) && runs >= 1);
  assert.equal(measured.verdict, breakEven(p50Ms, mainThreadMs));
  assert.equal(measured.text, breakEvenText(measured));
}

test('a tiny function stays inline', async () => {
  const measured = await measureOffload((a, b) => a + b, [1, 2], BUDGET);
  checkFigures(measured);
  assert.equal(measured.verdict, 'inline');
  assert.equal(measured.name, '(anonymous)');
  assert.ok(measured.p50Ms < measured.mainThreadMs);
  assert.match(measured.text, /keep it inline/);
});

test('a function of 60 ms must go', async () => {
  const measured = await measureOffload(takes, [60], BUDGET);
  checkFigures(measured);
  assert.equal(measured.verdict, 'mandatory');
  assert.equal(measured.name, 'takes');
  assert.ok(measured.mainThreadMs < measured.p50Ms / 10);
  assert.match(measured.text, /^takes takes [\d.]+ ms inline .*: offload it/);
});

test('a function of 5 ms is worth it', async () => {
  const measured = await measureOffload(takes, [5], BUDGET);
  checkFigures(measured);
  // On a machine that has no time for this process the same call may take 50 ms, and then must go.
  assert.equal(measured.verdict, measured.p50Ms < 50 ? 'offload' : 'mandatory');
});

test('parsing that returns the whole object costs more than it saves; reduced it does not', async () => {
  const rows = Array.from({ length: 8000 }, (_, id) => ({ id, name: `row ${id}`, tags: [id] }));
  const text = JSON.stringify(rows);
  const whole = await measureOffload((json) => JSON.parse(json), [text], BUDGET);
  const reduced = await measureOffload(
    (json) => JSON.parse(json).reduce((total, { id }) => total + id, 0),
    [text],
    BUDGET,
  );
  checkFigures(whole);
  checkFigures(reduced);
  assert.equal(whole.verdict, 'inline', whole.text);
  assert.ok(whole.deliverMs > whole.dispatchMs);
  assert.ok(whole.mainThreadMs > 5 * reduced.mainThreadMs, `${whole.text} ${reduced.text}`);
  assert.ok(whole.argumentBytes >= text.length);
  assert.ok(whole.resultBytes > 1000 * reduced.resultBytes);
});

test("other tasks' results are not on the bill", async () => {
  const pool = new Pool({ maxThreads: 2 });
  const big = () => Array.from({ length: 20_000 }, (_, id) => ({ id, half: id / 2 }));
  let others = 0;
  let go = true;
  const beside = (async () => {
    while (go) {
      await pool.run(big);
      others += 1;
    }
  })();
  const heavy = await measureOffload(big, [], BUDGET);
  const measured = await measureOffload(() => 1, [], { ...BUDGET, pool });
  go = false;
  await beside;
  await pool.close();
  assert.ok(others > 1, `${others} other tasks`);
  assert.ok(
    measured.deliverMs < heavy.deliverMs / 5,
    `${measured.deliverMs} of ${heavy.deliverMs} ms`,
  );
});

test('an async function is charged with what it does, not with what it waits for', async () => {
  const measured = await measureOffload(
    async (ms) => {
      await new Promise((resolve) => {
        setTimeout(resolve, ms);
      });
      return ms;
    },
    [30],
    BUDGET,
  );
  checkFigures(measured);
  assert.ok(measured.p50Ms < 15, `${measured.p50Ms}`);
  assert.ok(measured.roundTripMs >= 29, `${measured.roundTripMs}`);
});

test('every run gets the same values', async () => {
  const list = [];
  // Its copies in the isolate stay there.
  const { runs } = await measureOffload((given) => given.push(1), [list], BUDGET);
  assert.ok(list.length > runs, `${list.length} calls`);
});

test('takes the options of offload', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const base = 40;
  const measured = await measureOffload((a) => base + a, [2], {
    ...BUDGET,
    pool,
    context: { base },
    name: 'adder',
  });
  assert.equal(measured.name, 'adder');
  assert.match(measured.text, /^adder takes/);
  assert.ok(pool.completed > 1);
  await pool.close();
});

test('rejects with what the function throws', async () => {
  const thrown = new RangeError('mine');
  const fails = () => {
    throw thrown;
  };
  assert.equal(await rejection(measureOffload(fails, [], { context: { thrown: 1 } })), thrown);
  const error = await rejection(measureOffload(async () => Promise.reject(new TypeError('late'))));
  assert.equal(error.message, 'late');
  assert.ok(error instanceof TypeError);
});

test('refuses what cannot travel before it runs anything', async () => {
  let ran = 0;
  const outside = () => (ran += 1);
  const error = await rejection(measureOffload(() => outside()));
  assert.equal(error.code, 'OFFLOOP_ERR_CLOSURE');
  assert.equal(ran, 0);
});

test('is aborted by its signal, inline and away', async () => {
  const before = AbortSignal.abort('no');
  assert.ok(
    (await rejection(measureOffload(takes, [1], { signal: before }))) instanceof AbortError,
  );
  const controller = new AbortController();
  const measuring = rejection(measureOffload(takes, [20], { signal: controller.signal }));
  await delay(60);
  controller.abort('enough');
  const error = await measuring;
  assert.ok(error instanceof AbortError);
  assert.equal(error.cause, 'enough');
});

for (const [args, options, option] of [
  [1, {}, 'sampleArgs'],
  [[], { budgetMs: 9 }, 'budgetMs'],
  [[], { budgetMs: '100' }, 'budgetMs'],
  [[], { budgetMs: Infinity }, 'budgetMs'],
  [[], { transferList: [] }, 'transferList'],
  [[], { pool: {} }, 'pool'],
  [[], { budget: 100 }, 'budget'],
  [[], { timeout: 0 }, 'timeout'],
  [[], [], 'options'],
]) {
  test(`refuses ${JSON.stringify(args)} with ${JSON.stringify(options)}`, async () => {
    const error = await rejection(measureOffload(() => 1, args, options));
    assert.equal(error.code, 'OFFLOOP_ERR_INVALID_OPTION');
    assert.equal(error.option, option);
  });
}

test('refuses what is no function', async () => {
  const error = await rejection(measureOffload('return 1'));
  assert.equal(error.code, 'OFFLOOP_ERR_INVALID_OPTION');
});

test('the verdict is the break-even', () => {
  for (const [service, cost, verdict] of [
    [0.99, 0.001, 'inline'],
    [1, 0.2, 'offload'],
    [1, 0.21, 'inline'],
    [49.9, 10, 'inline'],
    [49.9, 9.9, 'offload'],
    [50, 49, 'mandatory'],
    [50, 50, 'inline'],
    [60, 100, 'inline'],
  ]) {
    assert.equal(breakEven(service, cost), verdict, `${service} and ${cost}`);
  }
});
