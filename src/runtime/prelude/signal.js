/*
 * `offloop.signal`: what code written for an AbortSignal may ask of one. An abort ends the run there and then, so no
 * code of the task ever sees it aborted, and no event is ever dispatched.
 */
function makeSignal(intrinsics, errors) {
  const { Symbol, defineProperty, readOnly } = intrinsics;

  function checkListener(method, type, listener, given) {
    if (given < 2) throw errors().missingArgument(given < 1 ? 'type' : 'listener');
    if (listener === null || typeof listener === 'function' || typeof listener === 'object') return;
    throw errors().invalidArgument('listener', 'an instance of EventListener', listener, method);
  }

  class AbortSignal {
    onabort = null;

    get aborted() {
      return false;
    }

    get reason() {
      return undefined;
    }

    throwIfAborted() {}

    addEventListener(type, listener) {
      checkListener(this.addEventListener, type, listener, arguments.length);
    }

    removeEventListener(type, listener) {
      checkListener(this.removeEventListener, type, listener, arguments.length);
    }
  }
  defineProperty(AbortSignal.prototype, Symbol.toStringTag, readOnly('AbortSignal'));
  return new AbortSignal();
}
