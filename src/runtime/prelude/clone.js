/*
 * structuredClone. The bridge clones and detaches; what may be transferred is checked here.
 */
function makeStructuredClone(native, intrinsics, errors, fail) {
  const { Set, Symbol, Uint8Array, arrayBufferLength, setAdd, setHas } = intrinsics;

  const isObject = (value) =>
    typeof value === 'function' || (typeof value === 'object' && value !== null);

  function invalid(what) {
    const message = `Failed to execute 'structuredClone': ${what}`;
    return errors().codedError('TypeError', 'ERR_INVALID_ARG_TYPE', message, invalid);
  }

  function refuse(message) {
    fail('DataCloneError', message);
  }

  function checkTransferable(value, seen) {
    let length = -1;
    try {
      length = arrayBufferLength(value);
    } catch {
      refuse('Found invalid value in transferList.');
    }
    if (setHas(seen, value)) refuse('Transfer list contains duplicate ArrayBuffer');
    setAdd(seen, value);
    if (length !== 0) return;
    try {
      new Uint8Array(value);
    } catch {
      // Detached already.
      refuse('Cannot transfer object of unsupported type.');
    }
  }

  function transferListOf(options) {
    if (options === undefined || options === null) return [];
    if (!isObject(options)) throw invalid('Options cannot be converted to a dictionary');
    const { transfer } = options;
    if (transfer === undefined) return [];
    if (!isObject(transfer) || typeof transfer[Symbol.iterator] !== 'function') {
      throw invalid('transfer in Options cannot be converted to sequence.');
    }
    const list = [];
    for (const value of transfer) {
      if (!isObject(value)) {
        throw invalid(`transfer in Options[${list.length}] is not an object.`);
      }
      list[list.length] = value;
    }
    const seen = new Set();
    for (let index = 0; index < list.length; index++) checkTransferable(list[index], seen);
    return list;
  }

  function structuredClone(value, options) {
    if (arguments.length === 0) throw errors().missingArgument('value');
    return native.clone(value, transferListOf(options), refuse);
  }

  return { structuredClone };
}
