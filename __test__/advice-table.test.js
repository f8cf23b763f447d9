'use strict';

// The decision table of the research report: every row, thirty neighbours of each, and its flips.

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');

const { advise } = require('..');
const rows = require('./fixtures/decision-table.js');
const { seeded, shuffled } = require('./helpers/seeded.js');

const NEIGHBOURS = 30;
const REPORTED_ROWS = 56;

const ask = ({ intent, host, evidence }) => advise(intent, { host, evidence });
const rulesOf = (advice) => advice.reasons.map(({ rule }) => rule).sort();

/** The row's facts with those of a flip instead. */
function crossed(row, flip) {
  const given = { ...row.evidence, ...flip.evidence };
  if (flip.functions !== undefined) given.functions = flip.functions;
  return {
    intent: { ...row.intent, ...flip.intent },
    host: { ...row.host, ...flip.host },
    evidence: Object.keys(given).length > 0 ? given : undefined,
  };
}

function assertAdvice(advice, expected, where) {
  assert.equal(advice.strategy, expected.strategy, where);
  if (expected.also) assert.deepEqual([...advice.also], expected.also, where);
  if (expected.size) assert.deepEqual(advice.size, expected.size, where);
  if (expected.fixFirst) assert.match(advice.fixFirst.join('; '), expected.fixFirst, where);
  if (expected.confidenceAtMost) assert.ok(advice.confidence <= expected.confidenceAtMost, where);
}

/** Facts that no row rests on, each with values that mean nothing. */
const IRRELEVANT = {
  intent: { memoryBudgetMb: [100_000, 1e6] },
  host: {
    smt: [true, false],
    heapLimitMb: [2_000, 8_000],
    physicalCores: [1, 64],
    container: ['none', 'docker'],
    stealShare: [0, 0.01],
  },
  evidence: {
    iterationP50Ms: [0.1, 2],
    delayP99Ms: [0.1, 400],
    latencyP50Ms: [1, 50],
    cpuPressure: [0, 0.9],
    overheadShare: [0.001, 0.009],
  },
};

function pick([low, high], random) {
  if (typeof low === 'number') return low * (high / Math.max(low, 1e-9)) ** random() || low;
  return random() < 0.5 ? low : high;
}

function withIrrelevant(group, facts, random) {
  const added = Object.entries(IRRELEVANT[group])
    .filter(([name]) => facts[name] === undefined && random() < 0.5)
    .map(([name, values]) => [name, pick(values, random)]);
  return Object.fromEntries(shuffled([...Object.entries(facts), ...added], random));
}

/** The same situation: other irrelevant facts, another order, numbers elsewhere in their ranges. */
function neighbour(row, random) {
  const { intent, host, evidence } = structuredClone({
    intent: row.intent,
    host: row.host,
    evidence: row.evidence,
  });
  const roots = { intent, host, evidence, functions: evidence?.functions };
  for (const [path, [low, high]] of Object.entries(row.moves)) {
    const keys = path.split('.');
    const last = keys.pop();
    const holder = keys.reduce((at, key) => at[key], roots);
    holder[last] = low * (high / low) ** random();
  }
  // A longer window with as much more of everything says the same. One without a window has none.
  const measured = evidence?.windowSeconds >= 30;
  if (measured) {
    const longer = 1 + random() * 4;
    for (const name of ['windowSeconds', 'requests', 'iterations']) evidence[name] *= longer;
  }
  return {
    intent: withIrrelevant('intent', intent, random),
    host: withIrrelevant('host', host, random),
    evidence: measured ? withIrrelevant('evidence', evidence, random) : evidence,
  };
}

test('the table has every row of the report, once', () => {
  assert.equal(rows.length, REPORTED_ROWS);
  assert.equal(new Set(rows.map(({ row }) => row)).size, REPORTED_ROWS);
});

for (const [index, row] of rows.entries()) {
  describe(`row ${row.row}: ${row.situation}`, () => {
    test('has the strategy, the size and exactly the rules of the table', () => {
      const advice = ask(row);
      assertAdvice(advice, row, row.situation);
      assert.deepEqual(rulesOf(advice), [...row.rules, ...row.more].sort());
      for (const [strategy, rule] of Object.entries(row.rejected ?? {})) {
        const rejection = advice.rejected.find((one) => one.strategy === strategy);
        assert.ok(rejection?.why.startsWith(rule), `${strategy} is rejected by ${rule}`);
      }
    });

    test(`keeps the strategy for ${NEIGHBOURS} neighbours`, () => {
      const random = seeded(index + 1);
      for (let count = 0; count < NEIGHBOURS; count += 1) {
        const other = neighbour(row, random);
        assert.equal(ask(other).strategy, row.strategy, JSON.stringify(other));
      }
    });

    for (const flip of row.flip) {
      test(`flips: ${flip.when}`, () => {
        assertAdvice(ask(crossed(row, flip)), flip, flip.when);
      });
    }
  });
}

describe('flips', () => {
  const numeric = rows.flatMap((row) =>
    ask(row)
      .flips.filter(({ from, to }) => typeof from === 'number' && typeof to === 'number')
      .map((flip) => ({ row, flip })),
  );

  /** The row's question with one fact changed. */
  function withFact({ intent, host, evidence }, name, value) {
    const [functionName, field] = name.split(/\.(?=[^.]+$)/);
    const functions = evidence?.functions?.map((fn) => {
      if (fn.name !== functionName) return fn;
      // A call that takes longer does so in the tail, too.
      const longer = field === 'p50Ms' && fn.p99Ms !== undefined ? value / fn.p50Ms : 1;
      return { ...fn, [field]: value, ...(longer !== 1 && { p99Ms: fn.p99Ms * longer }) };
    });
    const changed = { intent, host, evidence: functions ? { ...evidence, functions } : evidence };
    if (name in intent) changed.intent = { ...intent, [name]: value };
    else if (evidence !== undefined && name in evidence) {
      changed.evidence = { ...changed.evidence, [name]: value };
    } else if (name in host) changed.host = { ...host, [name]: value };
    return changed;
  }

  test('are there for most rows', () => {
    assert.ok(numeric.length > 56, `${numeric.length} numeric flips`);
  });

  test('say what is advised at the value that they name', () => {
    for (const { row, flip } of numeric) {
      const there = ask(withFact(row, flip.fact, flip.to));
      assert.equal(there.strategy, flip.strategy, `row ${row.row}: ${JSON.stringify(flip)}`);
    }
  });

  test('name the nearest such value: a little before it, the strategy is still the same', () => {
    for (const { row, flip } of numeric) {
      const whole = ['instances', 'replicas'].includes(flip.fact);
      // Three digits: one in a hundred nearer is on this side, or where the fact is now.
      const step = whole ? 1 : Math.abs(flip.to) / 100;
      const before =
        Math.abs(flip.to - flip.from) <= step
          ? flip.from
          : flip.to - Math.sign(flip.to - flip.from) * step;
      const strategy = ask(withFact(row, flip.fact, before)).strategy;
      assert.equal(strategy, row.strategy, `row ${row.row}: ${JSON.stringify(flip)}`);
    }
  });
});
