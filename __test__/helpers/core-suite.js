'use strict';

const assert = require('node:assert/strict');

const { Gate, waitAtGate, spin } = require('./gate.js');
const { until, rejection } = require('./until.js');

/**
 * What offloop is for, in a dozen checks; run where something is taken away from it.
 * @type {[name: string, check: (offloop: typeof import('../../index.js')) => Promise<void>][]}
 */
const coreSuite = [
  [
    'runs a function and returns its result',
    async ({ Pool }) => {
      const pool = new Pool({ maxThreads: 1 });
      assert.equal(await pool.run((a, b) => a + b, [40, 2]), 42);
      assert.equal(await pool.run(async (a) => a, [{ deep: [1] }]).then(({ deep }) => deep[0]), 1);
      await pool.close();
    },
  ],
  [
    'rejects with what the task threw',
    async ({ Pool }) => {
      const pool = new Pool({ maxThreads: 1 });
      const error = await rejection(
        pool.run(() => {
          throw new RangeError('thrown');
        }),
      );
      assert.ok(error instanceof RangeError);
      await pool.close();
    },
  ],
  [
    'runs tasks on several threads at once while the event loop turns',
    async ({ Pool }) => {
      const pool = new Pool({ maxThreads: 2 });
      const gate = new Gate();
      const both = [pool.run(waitAtGate, [gate.buffer, 1]), pool.run(waitAtGate, [gate.buffer, 2])];
      await gate.allStarted(2);
      gate.open();
      assert.deepEqual(await Promise.all(both), [1, 2]);
      await pool.close();
    },
  ],
  [
    'offloads through the default pool',
    async ({ offload }) => {
      assert.equal(await offload((text) => text.toUpperCase())('abc'), 'ABC');
    },
  ],
  [
    'moves and shares memory',
    async ({ Pool }) => {
      const pool = new Pool({ maxThreads: 1 });
      const bytes = new Uint8Array([1, 2, 3]);
      const sum = (b) => b[0] + b[1] + b[2];
      assert.equal(await pool.run(sum, [bytes], { transferList: [bytes.buffer] }), 6);
      assert.equal(bytes.length, 0);
      await pool.close();
    },
  ],
  [
    'aborts an endless loop and goes on',
    async ({ Pool, AbortError }) => {
      const pool = new Pool({ maxThreads: 1 });
      const controller = new AbortController();
      const buffer = new SharedArrayBuffer(8);
      const endless = pool.run(spin, [buffer], { signal: controller.signal });
      await until(() => new Int32Array(buffer)[1] > 0, 'the loop');
      controller.abort();
      assert.ok((await rejection(endless)) instanceof AbortError);
      assert.equal(await pool.run(() => 'on'), 'on');
      await pool.destroy();
    },
  ],
  [
    'reports what a function cannot take along',
    async ({ Pool }) => {
      const pool = new Pool({ maxThreads: 1 });
      const outside = 1;
      assert.equal((await rejection(pool.run(() => outside))).code, 'OFFLOOP_ERR_CLOSURE');
      assert.equal(await pool.run(() => outside, [], { context: { outside } }), 1);
      await pool.close();
    },
  ],
  [
    'destroys a busy pool',
    async ({ Pool }) => {
      const pool = new Pool({ maxThreads: 1 });
      const buffer = new SharedArrayBuffer(8);
      const endless = pool.run(spin, [buffer]);
      await until(() => new Int32Array(buffer)[1] > 0, 'the loop');
      const settled = rejection(endless);
      await pool.destroy();
      assert.equal((await settled).code, 'OFFLOOP_ERR_CLOSED');
    },
  ],
];

module.exports = { coreSuite };
