/*
 * The `offloop` object of a task.
 */
function makeOffloop(native, intrinsics, errors, calls) {
  const { arrayBufferLength, dataViewBuffer, isView, typedArrayBuffer, typedArrayName } =
    intrinsics;

  function isMovable(value) {
    try {
      const view = isView(value);
      const typed = view && typedArrayName(value) !== undefined;
      arrayBufferLength(typed ? typedArrayBuffer(value) : view ? dataViewBuffer(value) : value);
      return true;
    } catch {
      // Nothing with bytes of its own; those of a SharedArrayBuffer are everybody's.
      return false;
    }
  }

  let signal;

  return {
    offloop: {
      isIsolate: true,
      get signal() {
        signal ??= makeSignal(intrinsics, errors);
        return signal;
      },
      progress(value) {
        calls().progress(value);
      },
      move(value) {
        if (isMovable(value)) return native.move(value);
        throw errors().invalidArgument('value', 'an ArrayBuffer or a view on one', value);
      },
    },
    reset() {
      signal = undefined;
    },
  };
}
