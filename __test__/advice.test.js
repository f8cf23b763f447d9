'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, test } = require('node:test');

const { OffloopError, advise, shouldIsolate } = require('..');
const { factNames } = require('../lib/advice-input.js');
const rows = require('./fixtures/decision-table.js');
const { host: wholeHost } = require('./fixtures/decision-table/situations.js');
const { seeded } = require('./helpers/seeded.js');

const FOUNDING_DOCUMENT = fs.readFileSync(
  path.join(__dirname, 'fixtures', 'founding-document.md'),
  'utf8',
);

/** The founding document's two tables: name → its answer. */
function foundingAnswers() {
  const cells = [...FOUNDING_DOCUMENT.matchAll(/^\| (.+?) \| (✅ Yes|❌ No) \|$/gm)];
  return new Map(cells.map(([, name, answer]) => [name, answer === '✅ Yes']));
}

/** Each row of the founding document as a caller would declare it. */
const FOUNDING_ROWS = [
  ['High traffic & multi-core server', { traffic: 'high' }],
  ['CPU-intensive workload', { workload: 'cpu' }],
  ['Fault tolerance is critical', { faultTolerance: 'critical' }],
  ['I/O-bound, low-to-medium traffic', { workload: 'io', traffic: 'low' }],
  ['I/O-bound, low-to-medium traffic', { workload: 'io', traffic: 'medium' }],
  ['Single-core server', { traffic: 'high' }, 1],
  ['Single-core server', { workload: 'cpu' }, 1],
  ['Simplicity preferred over scalability', { preferSimplicity: true }],
  ['Chat server with thousands of users', { workload: 'io', traffic: 'high', stateful: true }],
  ['Video transcoding service', { workload: 'cpu', nativeCrashRisk: true }],
  ['Video transcoding service', { workload: 'cpu' }],
  ['Internal admin dashboard', { workload: 'io', traffic: 'low', preferSimplicity: true }],
  ['Simple web scraper', { workload: 'io', traffic: 'low', preferSimplicity: true }],
];

describe('the founding document', () => {
  const answers = foundingAnswers();

  test('has ten rows, and each is asked here', () => {
    assert.equal(answers.size, 10);
    assert.deepEqual(new Set(FOUNDING_ROWS.map(([name]) => name)), new Set(answers.keys()));
  });

  for (const [name, intent, effectiveCores = 8] of FOUNDING_ROWS) {
    test(`${name}: ${JSON.stringify(intent)} on ${effectiveCores} cores`, () => {
      const advice = advise(intent, { host: { effectiveCores, role: 'main' } });
      assert.equal(advice.isolate, answers.get(name));
    });
  }

  test('is quoted word by word in the reasons', () => {
    const plain = FOUNDING_DOCUMENT.replaceAll('**', '');
    const quoted = rows
      .flatMap(({ intent, host, evidence }) => advise(intent, { host, evidence }).reasons)
      .filter(({ seed }) => seed !== undefined);
    const lines = new Set(quoted.map(({ seed }) => seed));
    for (const line of lines) assert.ok(plain.includes(line), line);
    assert.ok(lines.size >= 8, `${lines.size} lines are quoted`);
  });

  test('has no scenario named in the code: the rules know facts only', () => {
    const names = [...answers.keys(), 'transcod', 'scraper', 'dashboard', 'chat server'];
    const files = fs
      .readdirSync(path.join(__dirname, '..', 'src'), { recursive: true })
      .filter((file) => /\.(rs|cc|h)$/.test(file));
    assert.ok(files.some((file) => file.includes('rules')));
    for (const file of files) {
      const text = fs.readFileSync(path.join(__dirname, '..', 'src', file), 'utf8').toLowerCase();
      for (const name of names) assert.ok(!text.includes(name.toLowerCase()), `${file}: ${name}`);
    }
  });
});

describe('advise', () => {
  test('gives what shouldIsolate gives, and both answer without an argument', () => {
    assert.equal(typeof shouldIsolate(), 'boolean');
    assert.equal(shouldIsolate(), advise().isolate);
    for (const { intent } of rows) assert.equal(shouldIsolate(intent), advise(intent).isolate);
  });

  test('says what to measure when nothing is known', () => {
    const advice = advise({}, { host: { effectiveCores: 8, role: 'main' } });
    assert.equal(advice.strategy, 'unknown');
    assert.equal(advice.isolate, false);
    assert.match(advice.fixFirst.join(), /measure\(\)/);
  });

  test('isolates exactly with the four strategies that leave the main isolate', () => {
    const leaving = ['offload', 'worker_threads', 'cluster', 'child_process'];
    const seen = new Set();
    for (const { intent, host, evidence } of rows) {
      const advice = advise(intent, { host, evidence });
      seen.add(advice.strategy);
      assert.equal(advice.isolate, leaving.includes(advice.strategy));
    }
    assert.equal(seen.size, 7, 'every strategy is advised somewhere');
  });

  test('names each fact with its value and where it comes from', () => {
    const advice = advise(
      { traffic: 'high', sloP99Ms: 100 },
      {
        host: { effectiveCores: 4, role: 'main' },
        evidence: { utilization: 0.9, windowSeconds: 60, requests: 6000, iterations: 9000 },
      },
    );
    assert.equal(advice.strategy, 'cluster');
    const facts = advice.reasons.flatMap((reason) => reason.facts);
    assert.ok(facts.length > 0);
    for (const { fact, value, source } of facts) {
      assert.equal(typeof fact, 'string');
      assert.ok(['number', 'string', 'boolean'].includes(typeof value), `${fact}: ${value}`);
      assert.ok(['declared', 'host', 'measured'].includes(source), `${fact}: ${source}`);
    }
    const level = facts.find(({ fact }) => fact === 'loadLevel');
    assert.deepEqual(level, { fact: 'loadLevel', value: 'high', source: 'measured' });
  });

  test("calls a declared host fact 'declared', and one that was read 'host'", () => {
    const cores = (advice) =>
      advice.reasons
        .flatMap((reason) => reason.facts)
        .find(({ fact }) => fact === 'coresPerInstance');
    const declared = advise({ workload: 'cpu' }, { host: { effectiveCores: 1, instances: 1 } });
    assert.deepEqual(cores(declared), {
      fact: 'coresPerInstance',
      value: 1,
      source: 'declared',
    });
    // Enough to be read on any machine: a load that no machine can take.
    const read = advise({ requestsPerSecond: 1e9, cpuMsPerRequest: 1 });
    assert.equal(cores(read).source, 'host');
  });

  test('is frozen through and through', () => {
    const advice = advise({ workload: 'cpu' }, { host: { effectiveCores: 8 } });
    assert.throws(() => {
      advice.strategy = 'none';
    }, TypeError);
    assert.throws(() => advice.reasons[0].facts.push({}), TypeError);
    assert.throws(() => {
      advice.size.threads = 1;
    }, TypeError);
  });

  test('explains itself in at most 15 lines, none longer than a terminal is wide', () => {
    for (const { row, intent, host, evidence } of rows) {
      const advice = advise(intent, { host, evidence });
      const lines = advice.explain().split('\n');
      assert.ok(lines.length <= 15, `row ${row}: ${lines.length} lines`);
      for (const line of lines) assert.ok(line.length <= 100, line);
      assert.ok(lines[0].startsWith(advice.strategy));
      assert.ok(advice.reasons.length === 0 || lines.join('\n').includes(advice.reasons[0].rule));
    }
  });
});

describe('the types', () => {
  const types = fs.readFileSync(path.join(__dirname, '..', 'index.d.ts'), 'utf8');
  const namesOf = (name) => {
    const text = types.slice(types.indexOf(`interface ${name} {`));
    return [...text.slice(0, text.indexOf('\n}')).matchAll(/^ {2}(?:readonly )?(\w+)\??:/gm)].map(
      ([, field]) => field,
    );
  };
  const factsOf = (group) => factNames(group).map(({ name }) => name);

  test('declare exactly the facts of the intent', () => {
    assert.deepEqual(namesOf('Intent').sort(), factsOf('intent').sort());
  });

  test('declare every fact of the evidence and of the host', () => {
    const evidence = new Set(namesOf('Evidence'));
    for (const name of factsOf('evidence')) assert.ok(evidence.has(name), name);
    const host = new Set(namesOf('HostFacts'));
    for (const name of factsOf('host')) assert.ok(host.has(name), name);
  });
});

describe('confidence', () => {
  // Every host fact: the generator is seeded by all of them, and free memory changes by the second.
  const atHost = { host: wholeHost() };

  test('is the same for the same input, whatever the order of its properties', () => {
    const one = advise({ workload: 'mixed', requestsPerSecond: 90, cpuMsPerRequest: 8 }, atHost);
    const two = advise({ cpuMsPerRequest: 8, workload: 'mixed', requestsPerSecond: 90 }, atHost);
    assert.equal(one.confidence, two.confidence);
  });

  test('is lower near a flip than far from it', () => {
    const at = (requestsPerSecond) =>
      advise({ workload: 'mixed', cpuMsPerRequest: 10, requestsPerSecond }, atHost).confidence;
    assert.ok(at(71) < at(250), `${at(71)} < ${at(250)}`);
  });

  test('grows with what it rests on', () => {
    const window = { windowSeconds: 60, requests: 6000, iterations: 9000, uptimeSeconds: 99 };
    const intent = { workload: 'mixed', requestsPerSecond: 250, cpuMsPerRequest: 10 };
    const declared = advise(intent, atHost).confidence;
    const measured = advise(intent, { ...atHost, evidence: { ...window, utilization: 1 } });
    assert.ok(declared <= 0.5, `${declared}`);
    assert.ok(measured.confidence > declared, `${measured.confidence} > ${declared}`);
  });

  test('is low where words contradict numbers', () => {
    const { confidence } = advise({ workload: 'io', cpuMsPerRequest: 400, traffic: 'low' }, atHost);
    assert.ok(confidence < 0.3, `${confidence}`);
  });
});

describe('bad input', () => {
  const cases = [
    ['workload', { workload: 'gpu' }],
    ['workload', { workload: 1 }],
    ['traffic', { traffic: '' }],
    ['cpuMsPerRequest', { cpuMsPerRequest: NaN }],
    ['cpuMsPerRequest', { cpuMsPerRequest: -1 }],
    ['cpuMsPerRequest', { cpuMsPerRequest: Infinity }],
    ['requestsPerSecond', { requestsPerSecond: '100' }],
    ['requestsPerSecond', { requestsPerSecond: 10n }],
    ['replicas', { replicas: 0 }],
    ['stateful', { stateful: 'yes' }],
    ['preferSimplicity', { preferSimplicity: 1 }],
    ['trust', { trust: null }],
    ['sloP99Ms', { sloP99Ms: 0 }],
    ['memoryBudgetMb', { memoryBudgetMb: -5 }],
    ['rps', { rps: 4 }],
    ['utilization', {}, { evidence: { utilization: 1.2 } }],
    ['gcShare', {}, { evidence: { gcShare: -0.1 } }],
    ['windowSeconds', {}, { evidence: { windowSeconds: NaN } }],
    ['utilisation', {}, { evidence: { utilisation: 0.4 } }],
    ['functions', {}, { evidence: { functions: {} } }],
    ['functions[0].p50Ms', {}, { evidence: { functions: [{ name: 'a' }] } }],
    ['functions[0].share', {}, { evidence: { functions: [{ name: 'a', p50Ms: 1, share: 2 }] } }],
    ['functions[1]', {}, { evidence: { functions: [{ name: 'a', p50Ms: 1 }, null] } }],
    ['functions[0].kind', {}, { evidence: { functions: [{ name: 'a', p50Ms: 1, kind: 'x' }] } }],
    ['serviceTimes', {}, { evidence: { serviceTimes: { ms: [1, 2], count: [1] } } }],
    ['serviceTimes', {}, { evidence: { serviceTimes: { ms: [NaN], count: [1] } } }],
    ['effectiveCores', {}, { host: { effectiveCores: 0 } }],
    ['effectiveCores', {}, { host: { effectiveCores: { value: -2, source: 'me' } } }],
    ['orchestrator', {}, { host: { orchestrator: 'swarm' } }],
    ['cores', {}, { host: { cores: 8 } }],
    ['intent', 'cpu'],
    ['intent', null],
    ['intent', []],
    ['evidence', {}, { evidence: 3 }],
    ['host', {}, { host: 'here' }],
    ['options', {}, 7],
    ['facts', {}, { facts: {} }],
  ];
  for (const [field, intent, options] of cases) {
    const given = JSON.stringify([intent, options], (_, value) =>
      typeof value === 'bigint' || Number.isNaN(value) ? String(value) : value,
    );
    test(`${given} is refused, naming ${field}`, () => {
      assert.throws(
        () => advise(intent, options),
        (error) => {
          assert.ok(error instanceof OffloopError);
          assert.equal(error.code, 'OFFLOOP_ERR_INVALID_OPTION');
          assert.equal(error.option, field);
          assert.ok(error.message.includes(field), error.message);
          assert.ok(!error.stack.includes(`${path.sep}lib${path.sep}advice`), error.stack);
          return true;
        },
      );
    });
  }

  test('a polluted Object.prototype changes nothing', () => {
    const before = advise({ traffic: 'low' }, { host: { effectiveCores: 8 } });
    Object.prototype.workload = 'cpu';
    Object.prototype.evidence = { utilization: 1 };
    try {
      const polluted = advise({ traffic: 'low' }, { host: { effectiveCores: 8 } });
      assert.equal(polluted.strategy, before.strategy);
      assert.equal(polluted.confidence, before.confidence);
    } finally {
      delete Object.prototype.workload;
      delete Object.prototype.evidence;
    }
  });

  test('no mix of missing and contradictory facts throws', () => {
    const random = seeded(42);
    const maybe = (value) => (random() < 0.4 ? undefined : value());
    const number = () => 10 ** (random() * 8 - 3);
    const word = (...words) => words[Math.floor(random() * words.length)];
    const flag = () => random() < 0.5;
    for (let count = 0; count < 2000; count += 1) {
      const intent = {
        workload: maybe(() => word('io', 'cpu', 'mixed')),
        traffic: maybe(() => word('low', 'medium', 'high')),
        faultTolerance: maybe(() => word('none', 'wanted', 'critical')),
        trust: maybe(() => word('trusted', 'untrusted')),
        cpuMsPerRequest: maybe(number),
        requestsPerSecond: maybe(number),
        preferSimplicity: maybe(flag),
        nativeCrashRisk: maybe(() => random() < 0.1),
        stateful: maybe(flag),
        killable: maybe(() => random() < 0.1),
        replicas: maybe(() => 1 + Math.floor(random() * 9)),
        sloP99Ms: maybe(number),
        memoryBudgetMb: maybe(number),
      };
      const evidence = maybe(() => ({
        windowSeconds: maybe(number),
        requests: maybe(() => Math.floor(number())),
        utilization: maybe(random),
        iterationP99Ms: maybe(number),
        longTaskShare: maybe(random),
        gcShare: maybe(random),
        rssMb: maybe(number),
        functions: maybe(() => [
          { name: 'a', p50Ms: number(), share: maybe(random), callsPerSecond: maybe(number) },
        ]),
      }));
      const host = { effectiveCores: maybe(() => 0.1 + random() * 64) };
      const advice = advise(intent, { evidence, host });
      assert.ok(advice.confidence >= 0 && advice.confidence <= 1);
      assert.equal(typeof advice.explain(), 'string');
    }
  });
});
