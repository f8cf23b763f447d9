/*
 * Functions of the main thread that the task can call, and `offloop.progress`.
 */
function makeCalls(native, intrinsics, errors) {
  const { Promise, defineProperty, hidden } = intrinsics;
  const NOT_CLONEABLE = 'OFFLOOP_ERR_NOT_CLONEABLE';
  const CLOSED = 'OFFLOOP_ERR_CLOSED';

  const revive = makeRevive(intrinsics);
  // By number, which the bridge never gives twice: an answer to an earlier task finds nothing here.
  let waiting = { __proto__: null };

  const quoted = (name) => `'${name === '' ? '(anonymous)' : name}'`;

  function uncloneable(message, cause, above) {
    const error = errors().codedError('Error', NOT_CLONEABLE, message, above);
    if (cause !== undefined) defineProperty(error, 'cause', hidden(cause));
    return error;
  }

  /** `gone`: the function was given to an earlier task. */
  function callHost(id, name, gone, args) {
    return new Promise((resolve, reject) => {
      if (gone) {
        const message = `host function ${quoted(name)} is gone: the task that it was given to has ended`;
        throw errors().codedError('Error', CLOSED, message, callHost);
      }
      const refuse = (message, cause) => {
        throw uncloneable(`host function ${quoted(name)}: ${message}`, cause, callHost);
      };
      const number = native.call(id, args, refuse);
      waiting[number] = { name, resolve, reject };
      native.pending(1);
    });
  }

  function failureOf(name, record) {
    if (record === null) {
      return uncloneable(
        `the answer of host function ${quoted(name)} could not be read`,
        undefined,
        answered,
      );
    }
    const { description, value } = revive(record);
    if (description === undefined) return value;
    const message = `host function ${quoted(name)} threw a value that cannot be cloned: ${description}`;
    return uncloneable(message, undefined, answered);
  }

  function answered(number, failed, value) {
    const call = waiting[number];
    if (call === undefined) return;
    delete waiting[number];
    native.pending(-1);
    if (failed) call.reject(failureOf(call.name, value));
    else call.resolve(value);
  }

  function progress(value) {
    native.progress(value, (message, cause) => {
      throw uncloneable(message, cause, progress);
    });
  }

  return {
    callHost,
    answered,
    progress,
    reset() {
      waiting = { __proto__: null };
    },
  };
}
