'use strict';

// Runs the script of src/runtime/prelude in a fresh context, with a stand-in for the bridge's `native`. What Rust and
// C++ answer behind `native` is tested elsewhere.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

const runtime = path.join(__dirname, '..', '..', 'src', 'runtime');
const mod = fs.readFileSync(path.join(runtime, 'mod.rs'), 'utf8');
const node = Number(process.versions.node.split('.')[0]);

/** The prelude as mod.rs puts it together. */
const prelude = (() => {
  const pieces = /PRELUDE: &str = concat!\(([^]*?)\n\);/.exec(mod)[1];
  return [...pieces.matchAll(/include_str!\("([^"]+)"\)|("(?:[^"\\]|\\.)*")/g)]
    .map(([, file, text]) =>
      file === undefined ? JSON.parse(text) : fs.readFileSync(path.join(runtime, file), 'utf8'),
    )
    .join('');
})();

const lazyGlobals = [...mod.slice(mod.indexOf('LAZY_GLOBALS')).matchAll(/"(\w+)"/g)].map(
  ([, name]) => name,
);

const OPS = { decode: 1, decodeState: 2, encodingForLabel: 3, btoa: 4, atob: 5 };
const FATAL = 1;
const IGNORE_BOM = 2;
const STREAM = 4;
const RESUMED = 8;

/** What src/runtime/ops.rs does, by Node's means. The state of a stream: units given so far, then all bytes so far. */
function op(number, flags, text, bytes, fail) {
  let given = 0;
  let all = bytes;
  if (flags & RESUMED) {
    given = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    all = bytes.subarray(4);
  }
  try {
    if (number === OPS.encodingForLabel) return new TextDecoder(text).encoding;
    if (number === OPS.btoa) return btoa(text);
    if (number === OPS.atob) return atob(text);
    const options = { fatal: Boolean(flags & FATAL), ignoreBOM: Boolean(flags & IGNORE_BOM) };
    const stream = Boolean(flags & STREAM);
    const decoded = new TextDecoder(text, options).decode(all, { stream });
    if (number === OPS.decode) return decoded.slice(given);
    const state = new Uint8Array(4 + all.length);
    new DataView(state.buffer).setUint32(0, decoded.length);
    state.set(all, 4);
    return state;
  } catch (error) {
    return fail(typeof error.code === 'string' ? error.code : error.name, error.message);
  }
}

/** The bridge, as far as the prelude sees it, with a clock that only moves when a timer is due. */
class Bridge {
  emitted = [];
  uncaught = [];
  pendingCalls = [];
  timers = new Map();
  clock = 0;
  started = 0;

  constructor({ before = '' } = {}) {
    this.context = vm.createContext({});
    vm.runInContext(before, this.context);
    this.native = {
      emit: (method, args) => this.emitted.push([method, structuredClone(args)]),
      now: () => this.clock,
      timeOrigin: 1_700_000_000_000,
      timer: (id, ms, repeat, ref) =>
        this.timers.set(id, { ms, repeat, ref, due: this.clock + ms, order: ++this.started }),
      untimer: (id) => this.timers.delete(id),
      timerRef: (id, ref) => {
        this.timers.get(id).ref = ref;
      },
      microtask: (callback) => queueMicrotask(callback),
      frame: () => undefined,
      // Stands for the loader and its modules, each of which has everything.
      loader: () => ({
        builtin: (name) =>
          ({ process, crypto: { webcrypto: globalThis.crypto ?? {} } })[name] ?? globalThis,
      }),
      clone(value, transfer, refuse) {
        try {
          return structuredClone(value, { transfer });
        } catch (error) {
          if (error instanceof DOMException) return refuse(error.message);
          throw error;
        }
      },
      utf8Encode: (text) => new TextEncoder().encode(text),
      utf8EncodeInto(text, bytes) {
        const { read, written } = new TextEncoder().encodeInto(text, bytes);
        return [read, written];
      },
      op,
      pending: (change) => this.pendingCalls.push(change),
      originals: vm.runInContext(
        '({ compile: WebAssembly.compile, instantiate: WebAssembly.instantiate, waitAsync: Atomics.waitAsync })',
        this.context,
      ),
    };
    this.made = vm.runInContext(prelude, this.context, { filename: 'offloop:runtime' })(
      this.native,
    );
    this.hooks = this.made.hooks;
    for (const name of lazyGlobals) {
      Object.defineProperty(this.context, name, {
        get: () => this.made[name],
        configurable: true,
      });
    }
  }

  run(code) {
    return vm.runInContext(code, this.context, { filename: 'task.js' });
  }

  /** Fires timers in order until none is left that keeps the task going. */
  async drain() {
    await new Promise(setImmediate);
    for (let fired = 0; [...this.timers.values()].some((timer) => timer.ref); fired++) {
      assert.ok(fired < 1000, 'timers go on for ever');
      const [[id, timer]] = [...this.timers].sort(
        ([, a], [, b]) => a.due - b.due || a.order - b.order,
      );
      this.clock = Math.max(this.clock, timer.due);
      if (timer.repeat) timer.due = this.clock + timer.ms;
      else this.timers.delete(id);
      try {
        this.hooks.fire(id);
      } catch (error) {
        this.uncaught.push(error);
      }
      await new Promise(setImmediate);
    }
  }
}

/** The same code in Node and in a task. */
function inBoth(code, bridge = new Bridge()) {
  return { node: vm.runInThisContext(code), task: bridge.run(code), bridge };
}

/** What a call comes to, comparable between realms. */
function outcome(call) {
  try {
    const value = call();
    return { value: typeof value === 'function' ? 'a function' : structuredClone(value) };
  } catch (error) {
    const { name, code, message } = error;
    const summary = { name, code, tag: Object.prototype.toString.call(error) };
    // The words are those of Node 24. Its own errors from C++ have no code in the stack.
    const first = error.stack.split('\n')[0].replace(` [${code}]`, '');
    return node === 24 ? { ...summary, message, first } : summary;
  }
}

function sameOutcomes(expressions, bridge) {
  for (const expression of expressions) {
    const calls = inBoth(`() => (${expression})`, bridge);
    assert.deepEqual(outcome(calls.task), outcome(calls.node), expression);
  }
}

module.exports = { Bridge, OPS, inBoth, lazyGlobals, node, prelude, runtime, sameOutcomes };
