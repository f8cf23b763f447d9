const timers = require('timers');
const { invalidArgument } = require('../internal/errors');

function checkOptions(options) {
  if (options === null || typeof options !== 'object') {
    throw invalidArgument('options', 'of type object', options);
  }
  if (options.signal !== undefined && typeof options.signal?.aborted !== 'boolean') {
    throw invalidArgument('options.signal', 'an instance of AbortSignal', options.signal);
  }
  if (options.ref !== undefined && typeof options.ref !== 'boolean') {
    throw invalidArgument('options.ref', 'of type boolean', options.ref);
  }
}

function abortError(signal) {
  const error = new Error('The operation was aborted', { cause: signal.reason });
  error.name = 'AbortError';
  error.code = 'ABORT_ERR';
  return error;
}

/** `start(settle)` arms what calls `settle`; `stop` takes it back when the signal aborts. */
function promised(options, value, start, stop) {
  try {
    checkOptions(options);
  } catch (error) {
    return Promise.reject(error);
  }
  const { signal, ref = true } = options;
  if (signal?.aborted) return Promise.reject(abortError(signal));
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      stop(timer);
      reject(abortError(signal));
    };
    const timer = start(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve(value);
    });
    if (!ref) timer.unref();
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

function setTimeout(delay, value, options = {}) {
  return promised(options, value, (done) => timers.setTimeout(done, delay), timers.clearTimeout);
}

function setImmediate(value, options = {}) {
  return promised(options, value, (done) => timers.setImmediate(done), timers.clearImmediate);
}

async function* setInterval(delay, value, options = {}) {
  checkOptions(options);
  const { signal, ref = true } = options;
  if (signal?.aborted) throw abortError(signal);
  let due = 0;
  let wake;
  const ring = () => {
    wake?.();
    wake = undefined;
  };
  const timer = timers.setInterval(() => {
    due++;
    ring();
  }, delay);
  if (!ref) timer.unref();
  signal?.addEventListener('abort', ring, { once: true });
  try {
    while (!signal?.aborted) {
      if (due === 0) {
        await new Promise((resolve) => {
          wake = resolve;
        });
      }
      for (; due > 0; due--) yield value;
    }
    throw abortError(signal);
  } finally {
    timers.clearInterval(timer);
    signal?.removeEventListener('abort', ring);
  }
}

module.exports = {
  setTimeout,
  setImmediate,
  setInterval,
  scheduler: {
    wait: (delay, options) => setTimeout(delay, undefined, options),
    yield: () => setImmediate(),
  },
};
