/*
 * Puts the parts together: the lazy globals by name (src/runtime/mod.rs lists them) and the hooks of
 * the bridge. Each part is made when the first of its names is read, from intrinsics that were all
 * captured at the start.
 */
function makeGlobals(native) {
  const intrinsics = captureIntrinsics();
  const { Symbol, defineProperty, hasOwn, readOnly } = intrinsics;
  const resets = [];
  if (native.coarseClock) makeClocksCoarse(intrinsics);

  function once(make) {
    let part;
    return () => {
      if (part === undefined) {
        const made = make();
        // In this order: a task may be stopped between the two, in an isolate that keeps its globals.
        if (hasOwn(made, 'reset')) defineProperty(resets, resets.length, readOnly(made.reset));
        part = made;
      }
      return part;
    };
  }

  const errors = once(() => makeErrors(intrinsics));

  function fail(kind, message) {
    throw errors().failure(kind, message, fail);
  }

  const timers = once(() => makeTimers(native, intrinsics, errors));
  const describeAll = once(() => makeDescribe(native, intrinsics));
  const console = once(() => makeConsole(native, intrinsics, errors, describeAll));
  const encoding = once(() => makeEncoding(native, intrinsics, errors, fail));
  const cloning = once(() => makeStructuredClone(native, intrinsics, errors, fail));
  const calls = once(() => makeCalls(native, intrinsics, errors));
  const offloop = once(() => makeOffloop(native, intrinsics, errors, calls));
  const pending = once(() => makePending(native, intrinsics));
  const freezing = once(() => makeFreeze(intrinsics));

  function queueMicrotask(callback) {
    if (typeof callback !== 'function') {
      throw errors().invalidArgument('callback', 'of type function', callback);
    }
    const frame = native.frame();
    native.microtask(
      frame === undefined
        ? callback
        : () => {
            native.frame(frame);
            try {
              intrinsics.apply(callback, undefined, []);
            } finally {
              native.frame(undefined);
            }
          },
    );
  }

  function makePerformance() {
    class Performance {
      now() {
        return native.now();
      }

      get timeOrigin() {
        return native.timeOrigin;
      }

      toJSON() {
        return { timeOrigin: native.timeOrigin };
      }
    }
    defineProperty(Performance.prototype, Symbol.toStringTag, readOnly('Performance'));
    return { performance: new Performance() };
  }
  const performance = once(makePerformance);

  /** One of the built-in modules (src/runtime/builtins), which the loader keeps. */
  function module(name) {
    return native.loader().builtin(name);
  }

  return {
    // For the loader (src/runtime/loader), which is made later, if at all.
    intrinsics,
    native,
    onReset(reset) {
      defineProperty(resets, resets.length, readOnly(reset));
    },
    /** Of an isolate that has modules, for code that no file holds. */
    get require() {
      return native.loader().globalRequire();
    },
    get console() {
      return console().console;
    },
    get setTimeout() {
      return timers().setTimeout;
    },
    get setInterval() {
      return timers().setInterval;
    },
    get setImmediate() {
      return timers().setImmediate;
    },
    get clearTimeout() {
      return timers().clearTimeout;
    },
    get clearInterval() {
      return timers().clearInterval;
    },
    get clearImmediate() {
      return timers().clearImmediate;
    },
    queueMicrotask,
    get structuredClone() {
      return cloning().structuredClone;
    },
    get TextEncoder() {
      return encoding().TextEncoder;
    },
    get TextDecoder() {
      return encoding().TextDecoder;
    },
    get atob() {
      return encoding().atob;
    },
    get btoa() {
      return encoding().btoa;
    },
    get performance() {
      return performance().performance;
    },
    get offloop() {
      return offloop().offloop;
    },
    get DOMException() {
      return errors().DOMException;
    },
    get URL() {
      return module('internal/whatwg-url').URL;
    },
    get URLSearchParams() {
      return module('internal/whatwg-url').URLSearchParams;
    },
    get AbortController() {
      return module('internal/web').AbortController;
    },
    get AbortSignal() {
      return module('internal/web').AbortSignal;
    },
    get Event() {
      return module('internal/web').Event;
    },
    get EventTarget() {
      return module('internal/web').EventTarget;
    },
    get CustomEvent() {
      return module('internal/web').CustomEvent;
    },
    get Buffer() {
      return module('buffer').Buffer;
    },
    get process() {
      return module('process');
    },
    get crypto() {
      return module('crypto').webcrypto;
    },
    global: globalThis,
    hooks: {
      fire(id) {
        timers().fire(id);
      },
      callHost(id, name, gone, args) {
        return calls().callHost(id, name, gone, args);
      },
      answered(call, failed, value) {
        calls().answered(call, failed, value);
      },
      get wasm() {
        return pending().wasm;
      },
      get freeze() {
        return freezing().freeze;
      },
      get waitAsync() {
        return pending().waitAsync;
      },
      /** The task has settled. Called before its completion is sent: this may still print. */
      reset() {
        for (let index = 0; index < resets.length; index++) resets[index]();
      },
    },
  };
}
