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

  let workerData;
  let isRead = false;
  let signal;

  return {
    offloop: {
      isIsolate: true,
      __native: native,
      /** The pool's, copied for this context when it is first read. */
      get workerData() {
        if (!isRead) {
          workerData = native.workerData();
          isRead = true;
        }
        return workerData;
      },
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
