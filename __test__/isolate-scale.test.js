'use strict';

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const { availableParallelism } = require('node:os');
const path = require('node:path');
const { describe, test } = require('node:test');
const { promisify } = require('node:util');

const { Isolate } = require('..');
const { withIsolate } = require('./helpers/isolate');

const ROOT = path.dirname(__dirname);
const run = promisify(execFile);
const onLinux = process.platform === 'linux' ? {} : { skip: 'only Linux tells' };

describe('many isolates', () => {
  test(
    'two hundred idle ones with five contexts each keep their state, and cost no thread',
    { ...onLinux, timeout: 300_000 },
    async () => {
      const figures = path.join(ROOT, 'benchmark', 'idle-isolates.js');
      const { stdout } = await run(process.execPath, [figures, '200', '5', '--json']);
      const { before, idle, asked, after, sum } = JSON.parse(stdout);
      assert.equal(sum, 200 * (0 + 1 + 2 + 3 + 4 + 1));
      // Those that the first one needed, and as many as there are cores.
      const most = before.threads + availableParallelism();
      assert.ok(idle.threads <= most && asked.threads <= most, stdout);
      assert.ok((idle.descriptors - before.descriptors) / 200 <= 6, stdout);
      assert.ok(after.descriptors <= before.descriptors + 5, stdout);
      assert.ok((idle.rssMb - before.rssMb) / 200 < 25, stdout);
    },
  );

  test('those that have much to do let the others have a turn', { timeout: 120_000 }, async () => {
    const busy = Array.from({ length: 12 }, () => new Isolate());
    try {
      // Far more work than threads: a call each that ends, again and again, until told otherwise.
      let stop = false;
      const counts = busy.map(() => 0);
      const loops = busy.map(async (isolate, index) => {
        const some = () => {
          for (let spin = 0; spin < 2e5; spin += 1);
        };
        while (!stop) {
          // Ten at a time: there is always one more to take.
          await Promise.all(Array.from({ length: 10 }, () => isolate.run(some)));
          counts[index] += 1;
        }
      });
      await withIsolate({}, async (late) => {
        for (let call = 0; call < 20; call += 1) {
          assert.equal(await late.run((n) => n + 1, [call]), call + 1);
        }
      });
      stop = true;
      await Promise.all(loops);
      assert.ok(
        counts.every((count) => count > 0),
        String(counts),
      );
    } finally {
      await Promise.all(busy.map((isolate) => isolate.dispose()));
    }
  });

  test(
    'without descriptors left a call rejects with a code, and nothing else breaks',
    onLinux,
    async () => {
      const script = `
      const { Isolate } = require(${JSON.stringify(ROOT)});
      const all = [];
      (async () => {
        let failure;
        while (failure === undefined && all.length < 100) {
          const isolate = new Isolate();
          try {
            await isolate.evaluate('1');
            all.push(isolate);
          } catch (error) {
            failure = error;
            // With one less there is room for it.
            await all.pop().dispose();
            console.log(await isolate.evaluate('"after all"'));
          }
        }
        console.log(failure.code, /descriptors/.test(failure.message), all.length > 2);
        console.log((await Promise.all(all.map((one) => one.evaluate('1')))).every((n) => n === 1));
      })();`;
      const command = `ulimit -n 96; exec "$0" -e "$1"`;
      const { stdout } = await run('bash', ['-c', command, process.execPath, script]);
      assert.equal(stdout, 'after all\nOFFLOOP_ERR_ISOLATE_LOST true true\ntrue\n');
    },
  );
});

describe('an isolate in a builtin that V8 cannot interrupt', () => {
  test('is lost, its thread replaced, and the others go on', { timeout: 120_000 }, async () => {
    const script = `
      const { Isolate } = require(${JSON.stringify(ROOT)});
      const events = [];
      const flag = new Int32Array(new SharedArrayBuffer(4));
      const wedged = new Isolate({ sharedMemory: true, timeout: 100 });
      const other = new Isolate();
      // Waiting for an event of an isolate that does nothing keeps no process alive.
      const alive = setInterval(() => {}, 1_000);
      wedged.on('memory', () => events.push('memory'));
      (async () => {
        await other.set('kept', 'kept');
        const lost = new Promise((resolve) => wedged.once('lost', (error) => resolve(error.code)));
        let code;
        while (flag[0] === 0) {
          code = await wedged.run((begun) => {
            Atomics.store(begun, 0, 1);
            return Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1);
          }, [flag]).catch((error) => error.code);
        }
        const behind = wedged.evaluate('1').catch((error) => error.code);
        console.log(code, await lost, await behind, events.length, wedged.interrupted);
        const after = await wedged.evaluate('1').catch((error) => error);
        console.log(after.code, /cannot interrupt/.test(after.message), wedged.disposed);
        const more = Array.from({ length: 6 }, () => new Isolate());
        console.log((await Promise.all(more.map((one) => one.evaluate('1')))).join(''), await other.get('kept'));
        await wedged.dispose();
        console.log('disposed');
        clearInterval(alive);
      })();`;
    const { stdout } = await run(process.execPath, ['-e', script]);
    assert.deepEqual(stdout.trim().split('\n'), [
      'OFFLOOP_ERR_TIMEOUT OFFLOOP_ERR_ISOLATE_LOST OFFLOOP_ERR_ISOLATE_LOST 0 true',
      'OFFLOOP_ERR_ISOLATE_LOST true true',
      '111111 kept',
      'disposed',
    ]);
  });
});
