/*
 * V8's own asynchronous work: while some is under way the task is not finished, even if nothing
 * else is left to do.
 */
function makePending(native, { Promise, apply }) {
  const { compile, instantiate, waitAsync } = native.originals;
  let task = 0;

  /*
   * The promise that the caller gets follows the original, so an unhandled rejection stays one. It
   * never settles in a later task: nothing of a settled task may run then.
   */
  async function counted(work) {
    const startedBy = task;
    native.pending(1);
    try {
      return await work();
    } finally {
      if (startedBy === task) native.pending(-1);
      else await new Promise(() => {});
    }
  }

  // Methods, because the originals are no constructors either.
  const wrappers = {
    compile(bytes) {
      return counted(() => apply(compile, this, arguments));
    },
    instantiate(bytes) {
      return counted(() => apply(instantiate, this, arguments));
    },
    waitAsync(typedArray, index, value, timeout) {
      const result = apply(waitAsync, this, arguments);
      if (result.async) {
        const promise = result.value;
        result.value = counted(() => promise);
      }
      return result;
    },
  };

  return {
    wasm: { compile: wrappers.compile, instantiate: wrappers.instantiate },
    waitAsync: wrappers.waitAsync,
    reset() {
      task++;
    },
  };
}
