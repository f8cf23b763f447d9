'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const { dirname, join } = require('node:path');
const { describe, test } = require('node:test');

const { hostFacts } = require('..');
const {
  hostCounters,
  hostFactsAt,
  numberOf,
  readHostFacts,
  rereadHostFacts,
} = require('../lib/host.js');
const native = require('../lib/native.js');
const { runNode } = require('./helpers/child.js');
const { delegate, findController, inControlGroup } = require('./helpers/control-groups.js');

const CHILD = join(__dirname, 'fixtures', 'host-child.js');
const TREES = join(__dirname, '..', 'src', 'host', 'tests', 'fixtures');
const isLinux = process.platform === 'linux';
const linuxOnly = { skip: !isLinux && 'reads /proc' };

/** No variable of the machine that the tests run on counts. */
const NO_VARIABLES = Object.fromEntries(native.hostVariables().map((name) => [name, undefined]));

/**
 * What host-child.js prints.
 * @param {string} mode
 * @param {{ env?: Record<string, string>, prefix?: string[] }} [options]
 */
async function child(mode, { env = {}, prefix } = {}) {
  const ended = await runNode([CHILD, mode], { env: { ...NO_VARIABLES, ...env }, prefix });
  assert.deepEqual([ended.code, ended.stderr], [0, ''], ended.stdout);
  return JSON.parse(ended.stdout);
}

function valuesOf(facts) {
  return Object.fromEntries(Object.entries(facts).map(([key, { value }]) => [key, value]));
}

function contains(facts, expected) {
  const values = valuesOf(facts);
  for (const [key, value] of Object.entries(expected)) {
    assert.deepEqual(values[key], value, `${key}: ${JSON.stringify(facts[key])}`);
  }
}

describe('the facts', () => {
  const KEYS = Object.keys(hostFacts()).sort();
  const share = (value) => value >= 0 && value <= 1;
  const positive = (value) => value > 0 && Number.isFinite(value);
  const oneOf =
    (...words) =>
    (value) =>
      words.includes(value);
  const IS_RIGHT = {
    effectiveCores: positive,
    allowedCores: (value) => Number.isInteger(value) && value > 0,
    cpuQuota: (value) => value === 'none' || positive(value),
    logicalCores: (value) => Number.isInteger(value) && value > 0,
    physicalCores: (value) => Number.isInteger(value) && value > 0,
    smt: (value) => typeof value === 'boolean',
    instances: (value) => Number.isInteger(value) && value > 0,
    coresPerInstance: positive,
    throttledShare: (value) => value === 'none' || share(value),
    cpuPressure: share,
    stealShare: share,
    memoryLimitMb: positive,
    memoryLimited: (value) => typeof value === 'boolean',
    memoryUsedMb: positive,
    heapLimitMb: positive,
    role: oneOf('main', 'worker-thread', 'cluster-worker'),
    insideCluster: (value) => typeof value === 'boolean',
    processManager: oneOf('none', 'pm2-fork', 'pm2-cluster'),
    orchestrator: (value) =>
      /^(none|kubernetes|ecs|nomad|heroku|fly|render|azure-app-service)$/.test(value),
    serverless: oneOf('none', 'lambda', 'cloud-run', 'vercel', 'netlify', 'azure-functions'),
    container: oneOf('none', 'docker', 'podman', 'kubernetes', 'other'),
    threadpoolSize: (value) => Number.isInteger(value) && value >= 1 && value <= 1024,
  };

  test('are these, each with a right value or unknown, and a source', () => {
    assert.deepEqual(KEYS, Object.keys(IS_RIGHT).sort());
    for (const [key, fact] of Object.entries(hostFacts())) {
      assert.deepEqual(Object.keys(fact).sort(), ['source', 'value'], key);
      assert.ok(
        fact.value === 'unknown' || IS_RIGHT[key](fact.value),
        `${key}: ${JSON.stringify(fact)}`,
      );
      assert.equal(typeof fact.source, 'string');
      assert.notEqual(fact.source, '');
    }
  });

  test('are those of the types and of the documentation', () => {
    const types = fs.readFileSync(join(__dirname, '..', 'index.d.ts'), 'utf8');
    const [, body] = /interface HostFacts \{([\s\S]*?)\n\}/.exec(types);
    const declared = [...body.matchAll(/readonly (\w+): Fact</g)].map(([, name]) => name);
    assert.deepEqual(declared.sort(), KEYS);
    const page = join(__dirname, '..', 'docs', 'api', 'hostFacts.md');
    const rows = [...fs.readFileSync(page, 'utf8').matchAll(/^\| `(\w+)` \|/gm)];
    assert.deepEqual(rows.map(([, name]) => name).sort(), KEYS);
  });

  test('cannot be changed', () => {
    const facts = hostFacts();
    assert.ok(Object.isFrozen(facts));
    for (const fact of Object.values(facts)) assert.ok(Object.isFrozen(fact));
  });

  test('are read once, and again after ten seconds', () => {
    const first = rereadHostFacts();
    const now = performance.now();
    assert.equal(hostFacts(), first);
    assert.equal(hostFactsAt(now + 5_000), first);
    const later = hostFactsAt(now + 10_001);
    assert.notEqual(later, first);
    assert.equal(hostFactsAt(now + 20_000), later);
    assert.notEqual(hostFactsAt(now + 20_002), later);
    assert.notEqual(rereadHostFacts(), later);
  });

  test('agree with Node', () => {
    const facts = rereadHostFacts();
    const { heap_size_limit: heapLimit } = require('node:v8').getHeapStatistics();
    assert.equal(facts.heapLimitMb.value, heapLimit / 2 ** 20);
    if (!isLinux) return;
    assert.equal(facts.logicalCores.value, os.cpus().length);
    assert.ok(facts.memoryLimitMb.value <= os.totalmem() / 2 ** 20);
  });

  test('do not load node:cluster', async () => {
    const script = `require(${JSON.stringify(join(__dirname, '..'))}).hostFacts();
      console.log(process.moduleLoadList.includes('NativeModule cluster'))`;
    assert.equal((await runNode(['-e', script])).stdout, 'false\n');
  });

  test('of a folder that stands for / are its own', () => {
    const facts = readHostFacts(join(TREES, 'docker-v1'), { platform: 'linux', variables: {} });
    contains(facts, {
      effectiveCores: 1.5,
      allowedCores: 8,
      physicalCores: 4,
      smt: true,
      throttledShare: 0.25,
      memoryLimitMb: 512,
      memoryUsedMb: 192,
      container: 'docker',
    });
    const above = readHostFacts(join(TREES, 'above-namespace'), { platform: 'linux' });
    contains(above, { cpuQuota: 'unknown', memoryLimitMb: 'unknown' });
    assert.match(above.cpuQuota.source, /is not visible below \/sys\/fs\/cgroup/);
    assert.equal(numberOf(above.cpuQuota), undefined);
  });

  test('of an empty folder are unknown, and the counters null', () => {
    const empty = fs.mkdtempSync(join(os.tmpdir(), 'offloop-host-'));
    try {
      const facts = readHostFacts(empty, { platform: 'linux', mainThread: false, variables: {} });
      const unknown = Object.keys(facts).filter((key) => facts[key].value === 'unknown');
      assert.deepEqual(unknown.sort(), [
        'coresPerInstance',
        'cpuPressure',
        'cpuQuota',
        'insideCluster',
        'instances',
        'logicalCores',
        'memoryLimitMb',
        'memoryLimited',
        'memoryUsedMb',
        'physicalCores',
        'smt',
        'stealShare',
        'throttledShare',
      ]);
      assert.equal(facts.cpuQuota.source, 'no /proc/self/cgroup');
      assert.deepEqual(new Set(Object.values(hostCounters(empty))), new Set([null]));
    } finally {
      fs.rmSync(empty, { recursive: true });
    }
  });
});

describe('roles', linuxOnly, () => {
  test('the main thread', async () => {
    const { facts } = await child('facts');
    contains(facts, { role: 'main', insideCluster: false, instances: 1, processManager: 'none' });
    assert.equal(facts.coresPerInstance.value, facts.effectiveCores.value);
  });

  test('a worker thread', async () => {
    contains(await child('thread'), { role: 'worker-thread', insideCluster: false, instances: 1 });
  });

  test("a cluster's primary, its worker, and a worker thread of that", async () => {
    const { primary, worker, thread, bareThread, maxThreads } = await child('cluster');
    contains(primary, { role: 'main', insideCluster: false, instances: 2 });
    contains(worker, { role: 'cluster-worker', insideCluster: true, instances: 'unknown' });
    assert.equal(worker.coresPerInstance.value, 'unknown');
    assert.equal(maxThreads, Math.max(1, Math.floor(worker.effectiveCores.value)));
    for (const facts of [thread, bareThread]) {
      contains(facts, { role: 'worker-thread', insideCluster: true, instances: 'unknown' });
      assert.equal(facts.insideCluster.source, 'NODE_UNIQUE_ID in /proc/self/environ');
    }
  });

  test('a cluster that says how many it has', async () => {
    const { worker, bareThread } = await child('cluster', { env: { WEB_CONCURRENCY: '4' } });
    for (const facts of [worker, bareThread]) {
      contains(facts, { instances: 4, coresPerInstance: facts.effectiveCores.value / 4 });
    }
  });

  test('PM2 in fork mode', async () => {
    const env = { pm_id: '0', exec_mode: 'fork_mode', instances: '2' };
    const { facts } = await child('facts', { env });
    contains(facts, {
      role: 'main',
      insideCluster: false,
      processManager: 'pm2-fork',
      instances: 2,
      coresPerInstance: facts.effectiveCores.value / 2,
    });
  });

  test('PM2 in cluster mode, and worker threads of it', async () => {
    const { worker, thread, bareThread } = await child('pm2');
    const pm2 = { insideCluster: true, processManager: 'pm2-cluster', instances: 4 };
    contains(worker, { role: 'cluster-worker', ...pm2 });
    contains(thread, { role: 'worker-thread', ...pm2 });
    contains(bareThread, { role: 'worker-thread', ...pm2 });
    assert.equal(bareThread.instances.source, 'instances of pm2_env in /proc/self/environ');
  });
});

describe('platforms', () => {
  test('Lambda, whose memory decides on its cores', async () => {
    const env = { AWS_LAMBDA_FUNCTION_NAME: 'f', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512' };
    const { facts, maxThreads } = await child('facts', { env });
    contains(facts, { serverless: 'lambda' });
    const known = [facts.allowedCores, facts.cpuQuota].map(numberOf).filter(Boolean);
    assert.equal(facts.effectiveCores.value, Math.min(512 / 1769, ...known));
    assert.match(facts.effectiveCores.source, /AWS_LAMBDA_FUNCTION_MEMORY_SIZE 512 \/ 1769/);
    assert.equal(maxThreads, 1);
  });

  test('Cloud Run, Heroku and Kubernetes', async () => {
    contains((await child('facts', { env: { K_SERVICE: 's' } })).facts, {
      serverless: 'cloud-run',
    });
    const heroku = await child('facts', { env: { DYNO: 'web.1', WEB_CONCURRENCY: '2' } });
    contains(heroku.facts, { orchestrator: 'heroku', instances: 2 });
    const kubernetes = { KUBERNETES_SERVICE_HOST: '10.0.0.1' };
    contains((await child('facts', { env: kubernetes })).facts, { orchestrator: 'kubernetes' });
  });

  test('UV_THREADPOOL_SIZE as libuv reads it', async () => {
    const { facts } = await child('facts', { env: { UV_THREADPOOL_SIZE: '12' } });
    assert.deepEqual(facts.threadpoolSize, {
      value: 12,
      source: 'process.env.UV_THREADPOOL_SIZE',
    });
  });
});

const hasTaskset = isLinux && spawnSync('taskset', ['-V']).status === 0;

test('taskset leaves one core', { skip: !hasTaskset && 'no taskset' }, async () => {
  const status = fs.readFileSync('/proc/self/status', 'utf8');
  const [, firstCpu] = /Cpus_allowed_list:\s*(\d+)/.exec(status);
  const run = await child('facts', { prefix: ['taskset', '-c', firstCpu] });
  const quota = numberOf(run.facts.cpuQuota) ?? Infinity;
  contains(run.facts, { allowedCores: 1, effectiveCores: Math.min(1, quota) });
  assert.equal(run.maxThreads, 1);
});

describe('control groups', linuxOnly, () => {
  const QUOTAS = [0.25, 0.5, 1, 1.25, 1.5];
  // For trying out what the tests do without: OFFLOOP_TEST_FIXTURES=1
  const isForced = process.env.OFFLOOP_TEST_FIXTURES !== undefined;

  /**
   * Runs `real` in control groups where they can be made, else `fixture`, and says which.
   * Where a group could have been made, CI takes no fixture for an answer.
   */
  async function realOrFixture(t, controller, real, fixture) {
    const parent = findController(controller);
    let { reason } = parent;
    if (reason === undefined) {
      if (isForced) reason = 'OFFLOOP_TEST_FIXTURES is set';
      // A parent's own limit may refuse ours.
      else reason = await inControlGroup(parent, {}, async () => undefined).catch(String);
    }
    t.diagnostic(`${controller}: ${reason === undefined ? 'real' : `fixture (${reason})`}`);
    if (reason === undefined) return real(parent);
    const isPossible = parent.reason === undefined;
    assert.ok(
      !(isPossible && process.env.CI),
      `real control groups were possible in ${parent.folder}, and not used: ${reason}`,
    );
    return fixture();
  }

  /** A machine of four CPUs whose groups, from the top, have these quotas. */
  function inFixture(quotas, use) {
    const root = fs.mkdtempSync(join(os.tmpdir(), 'offloop-host-'));
    const write = (path, text) => {
      fs.mkdirSync(dirname(join(root, path)), { recursive: true });
      fs.writeFileSync(join(root, path), text);
    };
    try {
      let folder = '';
      for (const [level, quota] of quotas.entries()) {
        folder += `/${level}`;
        write(`sys/fs/cgroup${folder}/cpu.max`, `${quota === null ? 'max' : quota * 1e5} 100000`);
        write(`sys/fs/cgroup${folder}/cpu.stat`, 'nr_periods 10\nnr_throttled 5\n');
      }
      write('proc/self/cgroup', `0::${folder}\n`);
      write('proc/self/mountinfo', '31 24 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n');
      write('proc/self/status', 'Cpus_allowed_list:\t0-3\n');
      write('sys/devices/system/cpu/online', '0-3\n');
      return use(root, readHostFacts(root, { variables: {} }));
    } finally {
      fs.rmSync(root, { recursive: true });
    }
  }

  function isQuota(facts, quota) {
    contains(facts, { cpuQuota: quota });
    assert.equal(facts.effectiveCores.value, Math.min(quota, facts.allowedCores.value));
  }

  for (const quota of QUOTAS) {
    test(`a quota of ${quota} CPU is ${quota} cores`, async (t) => {
      await realOrFixture(
        t,
        'cpu',
        (parent) =>
          inControlGroup(parent, { cores: quota }, async ({ prefix, folder }) => {
            const run = await child('facts', { prefix });
            isQuota(run.facts, quota);
            assert.ok(run.facts.cpuQuota.source.startsWith(`${folder}/`));
            assert.equal(run.maxThreads, Math.max(1, Math.floor(run.facts.effectiveCores.value)));
            const theirs = run.availableParallelism;
            const verdict = theirs === quota ? 'agrees' : 'disagrees';
            t.diagnostic(
              `quota ${quota}: effectiveCores ${run.facts.effectiveCores.value}, ` +
                `os.availableParallelism() ${theirs} ${verdict} (Node ${process.version})`,
            );
          }),
        () => inFixture([quota], (_, facts) => isQuota(facts, quota)),
      );
    });
  }

  test('the least quota of all levels counts', async (t) => {
    const levels = [
      [1.5, null, 1.5],
      [0.5, null, 0.5],
      [1.25, 0.25, 0.25],
      [null, 1.5, 1.5],
    ];
    await realOrFixture(
      t,
      'cpu',
      async (parent) => {
        for (const [outer, inner, least] of levels) {
          await inControlGroup(parent, { cores: outer }, (group) => {
            delegate(group, 'cpu');
            return inControlGroup(group, { cores: inner }, async ({ prefix, folder }) => {
              const { facts } = await child('facts', { prefix });
              isQuota(facts, least);
              const from = inner === least ? folder : group.folder;
              assert.equal(dirname(facts.cpuQuota.source), from);
            });
          });
        }
      },
      () => {
        for (const [outer, inner, least] of levels) {
          inFixture([outer, inner], (_, facts) => isQuota(facts, least));
        }
      },
    );
  });

  // Its own path is `/` there, and the mount's root `/..`.
  const hasUnshare = isLinux && spawnSync('unshare', ['-C', 'true']).status === 0;
  test(
    'a namespace of its own hides no quota',
    { skip: !hasUnshare && 'no unshare -C' },
    async (t) => {
      await realOrFixture(
        t,
        'cpu',
        (parent) =>
          inControlGroup(parent, { cores: 0.5 }, async ({ prefix, folder }) => {
            const { facts } = await child('facts', { prefix: [...prefix, 'unshare', '-C'] });
            isQuota(facts, 0.5);
            assert.equal(dirname(facts.cpuQuota.source), folder);
          }),
        () => contains(readHostFacts(join(TREES, 'kubernetes-v2')), { cpuQuota: 0.5 }),
      );
    },
  );

  test('work beyond the quota is throttled, and seen to be', async (t) => {
    await realOrFixture(
      t,
      'cpu',
      (parent) =>
        inControlGroup(parent, { cores: 0.25 }, async ({ prefix }) => {
          const { before, after, facts } = await child('burn', { prefix });
          const { value } = facts.throttledShare;
          assert.ok(value > 0 && value <= 1, JSON.stringify(facts.throttledShare));
          const periods = after.periods - before.periods;
          const throttled = after.throttledPeriods - before.throttledPeriods;
          assert.ok(throttled > 0 && throttled <= periods, JSON.stringify({ before, after }));
          assert.ok(after.totalTicks > before.totalTicks);
          t.diagnostic(`throttled in ${throttled} of ${periods} periods; share ${value}`);
        }),
      () =>
        inFixture([0.25], (root, facts) => {
          contains(facts, { throttledShare: 0.5 });
          const { periods, throttledPeriods } = hostCounters(root);
          assert.deepEqual([throttledPeriods, periods], [5, 10]);
        }),
    );
  });

  test('without a quota there is no throttling to tell of', async (t) => {
    await realOrFixture(
      t,
      'cpu',
      (parent) =>
        inControlGroup(parent, { cores: null }, async ({ prefix }) => {
          const { facts } = await child('facts', { prefix });
          // The machine itself may be a container with a quota.
          if (facts.cpuQuota.value === 'none') contains(facts, { throttledShare: 'none' });
          else assert.ok(!facts.cpuQuota.source.includes('offloop-test'));
        }),
      () =>
        inFixture([null], (_, facts) =>
          contains(facts, { cpuQuota: 'none', throttledShare: 'none', effectiveCores: 4 }),
        ),
    );
  });

  test('a limit of memory', async (t) => {
    await realOrFixture(
      t,
      'memory',
      (parent) =>
        inControlGroup(parent, { memory: 512 * 2 ** 20 }, async ({ prefix, folder }) => {
          const { facts } = await child('facts', { prefix });
          contains(facts, { memoryLimitMb: 512, memoryLimited: true });
          assert.ok(facts.memoryLimitMb.source.startsWith(`${folder}/`));
          const used = facts.memoryUsedMb.value;
          assert.ok(used > 5 && used < 512, JSON.stringify(facts.memoryUsedMb));
        }),
      () =>
        contains(readHostFacts(join(TREES, 'docker-v1')), {
          memoryLimitMb: 512,
          memoryLimited: true,
          memoryUsedMb: 192,
        }),
    );
  });
});
