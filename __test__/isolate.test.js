'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const path = require('node:path');
const { describe, test } = require('node:test');
const { Worker } = require('node:worker_threads');

const { Isolate, IsolateContext, OffloopError, Pool, Script } = require('..');
const { withIsolate } = require('./helpers/isolate');
const { rejection, until } = require('./helpers/until');

const ROOT = path.dirname(__dirname);

describe('what an isolate is asked for', () => {
  test('globals stay between calls', () =>
    withIsolate({}, async (isolate) => {
      await isolate.run(
        (n) => {
          globalThis.total = n;
        },
        [40],
      );
      await isolate.evaluate('total += 1; function more() { return ++total }');
      assert.equal(await isolate.run(() => globalThis.more()), 42);
      assert.equal(await isolate.get('total'), 42);
    }));

  test('calls run one after the other, in the order in which they were made', () =>
    withIsolate({}, async (isolate) => {
      const results = [isolate.evaluate('globalThis.order = []; undefined')];
      for (let index = 0; index < 50; index += 1) {
        // Every third one waits in the middle: none may overtake it.
        results.push(
          isolate.run(
            async (n) => {
              globalThis.order.push(n);
              if (n % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
              globalThis.order.push(n);
            },
            [index],
          ),
        );
      }
      await Promise.all(results);
      const expected = Array.from({ length: 100 }, (_, index) => Math.floor(index / 2));
      assert.deepEqual(await isolate.get('order'), expected);
    }));

  test('different isolates run at the same time', async () => {
    await withIsolate({ sharedMemory: true }, (first) =>
      withIsolate({ sharedMemory: true }, async (second) => {
        const meeting = new Int32Array(new SharedArrayBuffer(8));
        // Each waits, without giving its thread away, until the other has come.
        const meet = (flags, mine) => {
          flags[mine] = 1;
          while (Atomics.load(flags, 1 - mine) !== 1);
          return mine;
        };
        const both = await Promise.all([
          first.run(meet, [meeting, 0], { timeout: 30_000 }),
          second.run(meet, [meeting, 1], { timeout: 30_000 }),
        ]);
        assert.deepEqual(both, [0, 1]);
      }),
    );
  });

  test('arguments and results are cloned, and moved where that is asked for', () =>
    withIsolate({}, async (isolate) => {
      const given = { list: [1, { deep: new Map([['a', 1n]]) }], at: new Date(5) };
      const echoed = await isolate.run((value) => value, [given]);
      assert.deepEqual(echoed, given);
      assert.notEqual(echoed, given);

      const bytes = new Uint8Array([1, 2, 3]);
      const length = await isolate.run((view) => view.byteLength, [bytes], {
        transferList: [bytes.buffer],
      });
      assert.equal(length, 3);
      assert.equal(bytes.byteLength, 0);

      const moved = await isolate.run(() => {
        globalThis.kept = new Uint8Array([7, 8]);
        return offloop.move(globalThis.kept);
      });
      assert.deepEqual([...moved], [7, 8]);
      assert.equal(await isolate.evaluate('kept.byteLength'), 0);
    }));

  test('async functions, timers and a promise at the end of a script are waited for', () =>
    withIsolate({}, async (isolate) => {
      const late = await isolate.run(
        (ms) => new Promise((resolve) => setTimeout(resolve, ms, 'late')),
        [5],
      );
      assert.equal(late, 'late');
      assert.equal(await isolate.evaluate('(async () => { await null; return 6 })()'), 6);
    }));

  test('a function that captures is refused, naming what it captures', () =>
    withIsolate({}, async (isolate) => {
      const outside = 1;
      const error = await rejection(isolate.run(() => outside));
      assert.equal(error.code, 'OFFLOOP_ERR_CLOSURE');
      assert.match(error.message, /outside/);
    }));

  test('what is thrown arrives with its class, its file and the line of the caller', () =>
    withIsolate({}, async (isolate) => {
      const error = await rejection(
        isolate.run(() => {
          throw new RangeError('too far');
        }),
      );
      assert.ok(error instanceof RangeError);
      assert.match(error.stack, /isolate\.test\.js:\d+:\d+/);

      const thrown = await rejection(
        isolate.evaluate('\n  throw new TypeError("typed")', { filename: '/srv/rules.js' }),
      );
      assert.ok(thrown instanceof TypeError);
      assert.match(thrown.stack, /\/srv\/rules\.js:2:9/);
      assert.equal(await rejection(isolate.evaluate('throw 42')), 42);
    }));

  test('a syntax error names the file, and the isolate goes on', () =>
    withIsolate({}, async (isolate) => {
      for (const attempt of [
        () => isolate.evaluate('let = ;', { filename: 'broken.js' }),
        () => isolate.compile('let = ;', { filename: 'broken.js' }),
      ]) {
        const error = await rejection(attempt());
        assert.ok(error instanceof SyntaxError, String(error));
      }
      assert.equal(await isolate.evaluate('1 + 1'), 2);
    }));

  test('a result that cannot be cloned is a coded error that says what to do', () =>
    withIsolate({}, async (isolate) => {
      const error = await rejection(isolate.evaluate('({ f: () => 1 })', { filename: 'made.js' }));
      assert.equal(error.code, 'OFFLOOP_ERR_NOT_CLONEABLE');
      assert.match(error.message, /made\.js.*\.f is a function/);
    }));
});

describe('scripts, contexts, globals by name', () => {
  test('a script is compiled once and runs in any context', () =>
    withIsolate({}, async (isolate) => {
      const script = await isolate.compile('globalThis.runs = (globalThis.runs ?? 0) + 1', {
        filename: 'count.js',
      });
      assert.ok(script instanceof Script);
      const context = await isolate.createContext();
      assert.equal(await script.run(), 1);
      assert.equal(await script.run(), 2);
      assert.equal(await script.run(context), 1);
    }));

  test('contexts have their own globals, built-ins and runtime', () =>
    withIsolate({}, async (isolate) => {
      const [one, two] = await Promise.all([isolate.createContext(), isolate.createContext()]);
      assert.ok(one instanceof IsolateContext);
      await Promise.all([one.set('who', 'one'), two.set('who', 'two'), isolate.set('who', 'main')]);
      await one.evaluate('Array.prototype.mine = true; undefined');
      const ask = () => [globalThis.who, [].mine ?? false];
      assert.deepEqual(await one.run(ask), ['one', true]);
      assert.deepEqual(await two.run(ask), ['two', false]);
      assert.deepEqual(await isolate.run(ask), ['main', false]);
      assert.equal(await isolate.evaluate('who', { context: two }), 'two');
      const waited = await two.run(
        () => new Promise((resolve) => setTimeout(() => resolve(globalThis.who), 2)),
      );
      assert.equal(waited, 'two');
    }));

  test('a disposed context is refused by name, and the others go on', () =>
    withIsolate({}, async (isolate) => {
      const context = await isolate.createContext();
      await context.dispose();
      await context.dispose();
      for (const call of [
        () => context.run(() => 1),
        () => context.evaluate('1'),
        () => context.get('a'),
        () => context.set('a', 1),
        () => isolate.evaluate('1', { context }),
      ]) {
        const error = await rejection(call());
        assert.equal(error.code, 'OFFLOOP_ERR_CLOSED');
        assert.match(error.message, /context/);
      }
      assert.equal(await isolate.evaluate('1'), 1);
    }));

  test('dropped contexts are freed, with what is in them', () =>
    withIsolate({ memoryLimitMb: 64 }, async (isolate) => {
      // Three times what the isolate may have in all.
      for (let round = 0; round < 200; round += 1) {
        const context = await isolate.createContext();
        await context.run(() => {
          globalThis.kept = new Array(2 ** 17).fill(globalThis);
        });
        await context.dispose();
      }
      assert.equal(await isolate.evaluate('6 * 7'), 42);
    }));

  test('set gives a clone, get takes one', () =>
    withIsolate({}, async (isolate) => {
      const settings = { depth: 3 };
      await isolate.set('settings', settings);
      settings.depth = 4;
      assert.deepEqual(await isolate.get('settings'), { depth: 3 });
      assert.equal(await isolate.get('nothing'), undefined);
      const refused = await rejection(isolate.set('callback', () => {}));
      assert.equal(refused.code, 'OFFLOOP_ERR_NOT_CLONEABLE');
      assert.match(refused.message, /callback/);
      // A global that cannot be replaced.
      assert.ok((await rejection(isolate.set('NaN', 1))) instanceof TypeError);
    }));

  test('a value shared by a pool is made once in each context, and frozen', async () => {
    const pool = new Pool({ maxThreads: 1 });
    const shared = pool.share({ rows: [1, 2] });
    const memory = pool.share({ bytes: new Uint8Array(new SharedArrayBuffer(2)) });
    await withIsolate({}, async (isolate) => {
      const context = await isolate.createContext();
      const look = (value) => {
        const same = (globalThis.seen ??= value) === value;
        return [same, Object.isFrozen(value.rows), value.rows.length];
      };
      for (const place of [isolate, context, isolate, context]) {
        assert.deepEqual(await place.run(look, [shared]), [true, true, 2]);
      }
      const error = await rejection(isolate.run((value) => value, [memory]));
      assert.equal(error.code, 'OFFLOOP_ERR_NOT_CLONEABLE');
      assert.match(error.message, /sharedMemory: false/);
    });
    await withIsolate({ sharedMemory: true }, async (isolate) => {
      assert.equal(await isolate.run(({ bytes }) => bytes.length, [memory]), 2);
    });
    await pool.close();
  });

  test('what belongs to another isolate is refused by name', () =>
    withIsolate({}, (first) =>
      withIsolate({}, async (second) => {
        const context = await first.createContext();
        const script = await first.compile('1');
        const other = await second.createContext();
        for (const attempt of [
          () => second.evaluate('1', { context }),
          () => script.run(other),
          () => second.evaluate('1', { context: {} }),
          () => second.evaluate('1', { context: script }),
        ]) {
          const error = await rejection(attempt());
          assert.equal(error.code, 'OFFLOOP_ERR_INVALID_OPTION');
          assert.match(error.message, /context/);
        }
      }),
    ));
});

describe('misuse', () => {
  test('options are checked at once, each error names the option', () => {
    for (const [options, option] of [
      [{ memoryLimitMb: 4 }, 'memoryLimitMb'],
      [{ memoryLimitMb: '64' }, 'memoryLimitMb'],
      [{ timeout: 0 }, 'timeout'],
      [{ globals: ['fetch'] }, 'globals'],
      [{ globals: 'all' }, 'globals'],
      [{ console: 'inherit' }, 'console'],
      [{ codeGeneration: 1 }, 'codeGeneration'],
      [{ sharedMemory: 'yes' }, 'sharedMemory'],
      [{ wasm: null }, 'wasm'],
      [{ clock: 'fine' }, 'clock'],
      [{ modules: true }, 'modules'],
      [{ modules: {} }, 'modules.root'],
      [{ modules: { root: 7 } }, 'modules.root'],
      [{ modules: { root: '/not/there' } }, 'modules.root'],
      [{ modules: { root: __filename } }, 'modules.root'],
      [{ modules: { root: __dirname, more: 1 } }, 'more'],
      [{ memoryLimit: 64 }, 'memoryLimit'],
      [7, 'options'],
    ]) {
      assert.throws(
        () => new Isolate(options),
        (error) =>
          error.code === 'OFFLOOP_ERR_INVALID_OPTION' && error.message.includes(`${option}`),
        JSON.stringify(options),
      );
    }
    assert.throws(() => Isolate(), TypeError);
    assert.throws(() => new IsolateContext(), { code: 'OFFLOOP_ERR_INVALID_OPTION' });
    assert.throws(() => new Script(), { code: 'OFFLOOP_ERR_INVALID_OPTION' });
  });

  test('wrong arguments reject, and nothing of them is run', () =>
    withIsolate({}, async (isolate) => {
      const noSignal = { signal: {} };
      for (const call of [
        () => isolate.run('return 1'),
        () => isolate.run(() => 1, 1),
        () => isolate.run(() => 1, [], { priority: 1 }),
        () => isolate.run(() => 1, [], { fresh: true }),
        () => isolate.run(() => 1, [], { timout: 1 }),
        () => isolate.evaluate(1),
        () => isolate.evaluate('1', { file: 'x' }),
        () => isolate.evaluate('1', { filename: '' }),
        () => isolate.evaluate('1', noSignal),
        () => isolate.compile(),
        () => isolate.compile('1', { timeout: 1 }),
        () => isolate.set('', 1),
        () => isolate.get(Symbol('a')),
      ]) {
        const error = await rejection(call());
        assert.equal(error.code, 'OFFLOOP_ERR_INVALID_OPTION', String(error));
      }
      assert.equal(isolate.wallTime, 0);
    }));

  test('methods called on something else throw instead of crashing', async () => {
    for (const name of ['run', 'evaluate', 'compile', 'set', 'get', 'dispose', 'createContext']) {
      const method = Isolate.prototype[name];
      const call = async () => method.call({}, 'a');
      assert.ok((await rejection(call())) instanceof TypeError, name);
    }
    assert.throws(() => Isolate.prototype.terminate.call({}), TypeError);
  });

  test('after dispose everything rejects with a code, and a second dispose resolves', async () => {
    const isolate = new Isolate();
    const context = await isolate.createContext();
    const script = await isolate.compile('1');
    assert.equal(isolate.disposed, false);
    await isolate.dispose();
    await isolate.dispose();
    assert.equal(isolate.disposed, true);
    for (const call of [
      () => isolate.run(() => 1),
      () => isolate.evaluate('1'),
      () => isolate.compile('1'),
      () => isolate.createContext(),
      () => isolate.set('a', 1),
      () => isolate.get('a'),
      () => isolate.heapStatistics(),
      () => script.run(),
      () => context.run(() => 1),
    ]) {
      const error = await rejection(call());
      assert.ok(error instanceof OffloopError);
      assert.equal(error.code, 'OFFLOOP_ERR_CLOSED');
    }
    assert.equal(isolate.terminate(), false);
    await context.dispose();
  });
});

describe('life', () => {
  test('heap and times can be asked for', () =>
    withIsolate({ memoryLimitMb: 32 }, async (isolate) => {
      await isolate.run(() => {
        const end = Date.now() + 40;
        while (Date.now() < end);
      });
      const heap = await isolate.heapStatistics();
      assert.equal(heap.memoryLimit, 32 * 2 ** 20);
      assert.ok(heap.usedHeapSize > 0 && heap.usedHeapSize < heap.memoryLimit);
      assert.ok(heap.contexts >= 1);
      for (const [name, value] of Object.entries(heap)) {
        assert.ok(Number.isFinite(value), `${name}: ${value}`);
      }
      assert.ok(isolate.cpuTime > 0 && isolate.cpuTime <= isolate.wallTime + 1);
      // It waits, and takes no CPU meanwhile.
      const before = isolate.cpuTime;
      await isolate.run(() => new Promise((resolve) => setTimeout(resolve, 60)));
      assert.ok(isolate.wallTime >= 90);
      assert.ok(isolate.cpuTime - before < 50);
    }));

  test('an idle isolate does not keep the process alive, a busy one does', () => {
    const script = `
      const { Isolate } = require(${JSON.stringify(ROOT)});
      const isolate = new Isolate();
      isolate.evaluate('1').then(() => {
        isolate.run(() => new Promise((resolve) => setTimeout(resolve, 50, 'done'))).then(console.log);
      });`;
    const out = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    assert.equal(out, 'done\n');
  });

  test('one that nobody refers to is collected and disposed of', { timeout: 60_000 }, async () => {
    const { setFlagsFromString } = require('node:v8');
    setFlagsFromString('--expose-gc');
    const collect = require('node:vm').runInNewContext('gc');
    const makeAndForget = async () => {
      const isolate = new Isolate();
      const context = await isolate.createContext();
      await context.evaluate('globalThis.kept = 1');
      return new WeakRef(isolate);
    };
    let refs = [];
    for (let index = 0; index < 8; index += 1) refs.push(await makeAndForget());
    await until(() => {
      collect();
      refs = refs.filter((ref) => ref.deref() !== undefined);
      return refs.length === 0;
    }, 'eight forgotten isolates to be collected');
  });

  test('works inside a Worker, and ends with it', async () => {
    const source = `
      const { parentPort } = require('node:worker_threads');
      const { Isolate } = require(${JSON.stringify(ROOT)});
      const isolate = new Isolate();
      isolate.set('base', 40)
        .then(() => isolate.run((n) => globalThis.base + n, [2]))
        .then((sum) => {
          parentPort.postMessage(sum);
          isolate.run(() => { for (;;); });
        });`;
    const worker = new Worker(source, { eval: true });
    const sum = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    assert.equal(sum, 42);
    await worker.terminate();
  });

  test('is available to import as well', () => {
    const script = `import { Isolate } from ${JSON.stringify(path.join(ROOT, 'index.js'))};
      const own = new Isolate();
      console.log(await own.evaluate('6 * 7'));
      await own.dispose();`;
    const args = ['--input-type=module', '-e', script];
    assert.equal(execFileSync(process.execPath, args, { encoding: 'utf8' }), '42\n');
  });
});
