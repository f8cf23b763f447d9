'use strict';

// What the tasks of a soak do, and how each must end. Every task says in shared memory that it has begun: `begun[id]`
// counts how often, so a task that ran twice, or although it was refused, is found.

const sum = (bytes) => bytes.reduce((total, byte) => total + byte, 0);
const isCode = (error, code) => error?.code === `OFFLOOP_ERR_${code}`;
const never = { begins: [0, 0] };
const once = { begins: [1, 1] };
const atMostOnce = { begins: [0, 1] };

/**
 * @typedef {object} Variant one way to be a task of a kind
 * @property {(begun: SharedArrayBuffer, id: number, extra?: any) => unknown} fn the task
 * @property {[least: number, most: number]} begins how often it may begin
 * @property {(id: number) => { extra?: unknown, options?: object }} [given]
 * @property {'sync' | 'begun'} [abort] when its signal is aborted
 * @property {(id: number, outcome: { value?: unknown, error?: any }) => boolean} isRight
 */

/** @type {{ name: string, perMillion: number, variants: Variant[] }[]} */
const KINDS = [
  {
    name: 'result',
    perMillion: 626_467,
    variants: [
      {
        ...once,
        fn: (begun, id) => Atomics.add(new Uint8Array(begun), id, 1) + id * 2,
        isRight: (id, { value }) => value === id * 2,
      },
      {
        ...once,
        fn: (begun, id, extra) => {
          Atomics.add(new Uint8Array(begun), id, 1);
          return { id, text: extra.text.toUpperCase(), map: new Map([[id, [extra.list.length]]]) };
        },
        given: (id) => ({ extra: { text: `task ${id}`, list: [1, 2, id] } }),
        isRight: (id, { value }) => value.text === `TASK ${id}` && value.map.get(id)[0] === 3,
      },
      {
        ...once,
        fn: (begun, id, extra) => {
          Atomics.add(new Uint8Array(begun), id, 1);
          return extra.map((byte) => byte + 1);
        },
        given(id) {
          const extra = new Uint8Array(64).fill(id);
          return { extra, options: { transferList: [extra.buffer], move: true } };
        },
        isRight: (id, { value }) => sum(value) === 64 * ((id + 1) & 255),
      },
    ],
  },
  {
    name: 'result of an async function',
    perMillion: 313_233,
    variants: [
      {
        ...once,
        fn: async (begun, id) => {
          Atomics.add(new Uint8Array(begun), id, 1);
          await null;
          return `async ${id}`;
        },
        isRight: (id, { value }) => value === `async ${id}`,
      },
      {
        ...once,
        fn: async (begun, id) => {
          Atomics.add(new Uint8Array(begun), id, 1);
          const parts = await Promise.all([id, Promise.resolve(1), { then: (done) => done(2) }]);
          return parts;
        },
        isRight: (id, { value }) => value[0] === id && value[1] === 1 && value[2] === 2,
      },
      {
        ...once,
        fn: async (begun, id) => {
          Atomics.add(new Uint8Array(begun), id, 1);
          await new Promise((resolve) => setTimeout(resolve, 0));
          return -id;
        },
        isRight: (id, { value }) => value === -id,
      },
    ],
  },
  {
    name: 'throw',
    perMillion: 30_000,
    variants: [
      {
        ...once,
        fn: (begun, id) => {
          Atomics.add(new Uint8Array(begun), id, 1);
          throw Object.assign(new RangeError(`thrown by ${id}`), { id });
        },
        isRight: (id, { error }) => error instanceof RangeError && error.id === id,
      },
      {
        ...once,
        fn: async (begun, id) => {
          Atomics.add(new Uint8Array(begun), id, 1);
          await null;
          throw new TypeError(`rejected by ${id}`);
        },
        isRight: (id, { error }) =>
          error instanceof TypeError && error.message === `rejected by ${id}`,
      },
      {
        ...once,
        fn: (begun, id) => {
          Atomics.add(new Uint8Array(begun), id, 1);
          throw id;
        },
        isRight: (id, { error }) => error === id,
      },
    ],
  },
  {
    name: 'aborted in the queue',
    perMillion: 10_000,
    variants: [
      {
        // The thread may be about to take it.
        ...atMostOnce,
        fn: (begun, id) => Atomics.add(new Uint8Array(begun), id, 1),
        given: () => ({ options: { priority: -1 } }),
        abort: 'sync',
        isRight: (id, { error }) => error?.name === 'AbortError' && error.cause === id,
      },
    ],
  },
  {
    name: 'aborted while running',
    perMillion: 10_000,
    variants: [
      {
        ...once,
        fn: (begun, id) => {
          Atomics.add(new Uint8Array(begun), id, 1);
          for (;;);
        },
        abort: 'begun',
        isRight: (id, { error }) => error?.name === 'AbortError' && error.cause === id,
      },
      {
        ...once,
        fn: async (begun, id) => {
          Atomics.add(new Uint8Array(begun), id, 1);
          await new Promise((resolve) => setTimeout(resolve, 1e8));
        },
        abort: 'begun',
        isRight: (id, { error }) => error?.name === 'AbortError' && error.cause === id,
      },
      {
        ...once,
        fn: (begun, id) => {
          Atomics.add(new Uint8Array(begun), id, 1);
          const text = [];
          for (;;) {
            try {
              text.push(JSON.stringify({ id, text }));
              if (text.length > 5) text.length = 0;
            } catch {
              // Nothing a task does holds an abort up.
            }
          }
        },
        abort: 'begun',
        isRight: (id, { error }) => error?.name === 'AbortError' && error.cause === id,
      },
    ],
  },
  {
    name: 'uncloneable',
    perMillion: 5_000,
    variants: [
      {
        ...never,
        fn: (begun, id, extra) => extra(Atomics.add(new Uint8Array(begun), id, 1)),
        given: () => ({ extra: () => {} }),
        isRight: (id, { error }) => isCode(error, 'NOT_CLONEABLE'),
      },
      {
        ...once,
        fn: (begun, id) => {
          Atomics.add(new Uint8Array(begun), id, 1);
          return { id, callback: () => id };
        },
        isRight: (id, { error }) => isCode(error, 'NOT_CLONEABLE'),
      },
    ],
  },
  {
    name: 'queue full',
    perMillion: 4_000,
    variants: [
      {
        ...never,
        fn: (begun, id) => Atomics.add(new Uint8Array(begun), id, 1),
        isRight: (id, { error }) => isCode(error, 'QUEUE_FULL'),
      },
    ],
  },
  {
    name: 'timeout of 5 ms',
    perMillion: 1_000,
    variants: [
      {
        // Its five milliseconds may be over before the function is called: compiling counts.
        ...atMostOnce,
        fn: (begun, id) => {
          Atomics.add(new Uint8Array(begun), id, 1);
          for (;;);
        },
        given: () => ({ options: { timeout: 5 } }),
        isRight: (id, { error }) => isCode(error, 'TIMEOUT'),
      },
      {
        ...atMostOnce,
        fn: async (begun, id) => {
          Atomics.add(new Uint8Array(begun), id, 1);
          await new Promise((resolve) => setTimeout(resolve, 1e8));
        },
        given: () => ({ options: { timeout: 5 } }),
        isRight: (id, { error }) => isCode(error, 'TIMEOUT'),
      },
    ],
  },
  {
    name: 'memory limit',
    perMillion: 300,
    variants: [
      {
        ...once,
        fn: (begun, id) => {
          Atomics.add(new Uint8Array(begun), id, 1);
          const all = [];
          for (;;) all.push(new Array(1_000).fill(id));
        },
        isRight: (id, { error }) => isCode(error, 'MEMORY_LIMIT'),
      },
      {
        ...once,
        fn: (begun, id) => {
          Atomics.add(new Uint8Array(begun), id, 1);
          const all = [];
          for (;;) all.push(`${id} ${all.length} `.repeat(100).split(' '));
        },
        isRight: (id, { error }) => isCode(error, 'MEMORY_LIMIT'),
      },
    ],
  },
];

/** Holds a thread until the soak lets it go; counts as a plain result. */
function hold(begun, id, gate) {
  Atomics.add(new Uint8Array(begun), id, 1);
  const open = new Int32Array(gate);
  while (Atomics.load(open, 0) === 0) Atomics.wait(open, 0, 0, 20);
  return id * 2;
}

/** The same, after its isolate has collected its garbage: where `--expose-gc` is set, there is `gc`. */
function collectAndHold(begun, id, gate) {
  if (typeof gc === 'function') gc();
  Atomics.add(new Uint8Array(begun), id, 1);
  const open = new Int32Array(gate);
  while (Atomics.load(open, 0) === 0) Atomics.wait(open, 0, 0, 20);
  return id * 2;
}

module.exports = { KINDS, collectAndHold, hold };
