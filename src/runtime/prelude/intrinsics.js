/*
 * The built-ins that the runtime uses, taken when it is made: what a task does to prototypes later
 * changes nothing here.
 */
function captureIntrinsics() {
  const { bind, call } = Function.prototype;
  // uncurryThis(method)(receiver, ...args) calls the method without looking anything up.
  const uncurryThis = bind.bind(call);
  const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
  const getter = (prototype, key) => uncurryThis(getOwnPropertyDescriptor(prototype, key).get);
  const TypedArray = getPrototypeOf(Uint8Array).prototype;
  const View = DataView.prototype;
  return {
    /** Descriptors that inherit nothing from a changed Object.prototype. */
    hidden: (value) => ({
      __proto__: null,
      value,
      writable: true,
      enumerable: false,
      configurable: true,
    }),
    visible: (value) => ({
      __proto__: null,
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    }),
    readOnly: (value) => ({ __proto__: null, value, configurable: true }),
    Date,
    Symbol,
    Map,
    Promise,
    Set,
    WeakMap,
    Uint8Array,
    Error,
    RangeError,
    TypeError,
    errorClasses: {
      __proto__: null,
      Error,
      TypeError,
      RangeError,
      SyntaxError,
      ReferenceError,
      EvalError,
      URIError,
      AggregateError,
      // V8 has it since Node 24.
      SuppressedError: globalThis.SuppressedError,
    },
    apply: Reflect.apply,
    ownKeys: Reflect.ownKeys,
    create: Object.create,
    defineProperty: Object.defineProperty,
    freezeOne: Object.freeze,
    isFrozen: Object.isFrozen,
    preventExtensions: Object.preventExtensions,
    setPrototypeOf: Object.setPrototypeOf,
    valuesOf: Object.values,
    getOwnPropertyDescriptor,
    getPrototypeOf,
    hasOwn: Object.hasOwn,
    captureStackTrace: Error.captureStackTrace,
    isArray: Array.isArray,
    isView: ArrayBuffer.isView,
    stringify: JSON.stringify,
    toFixed: uncurryThis(Number.prototype.toFixed),
    tagOf: uncurryThis(Object.prototype.toString),
    slice: uncurryThis(String.prototype.slice),
    startsWith: uncurryThis(String.prototype.startsWith),
    indexOf: uncurryThis(String.prototype.indexOf),
    symbolText: uncurryThis(Symbol.prototype.toString),
    functionText: uncurryThis(Function.prototype.toString),
    mapSet: uncurryThis(Map.prototype.set),
    mapEach: uncurryThis(Map.prototype.forEach),
    setEach: uncurryThis(Set.prototype.forEach),
    setHas: uncurryThis(Set.prototype.has),
    setAdd: uncurryThis(Set.prototype.add),
    weakGet: uncurryThis(WeakMap.prototype.get),
    weakSet: uncurryThis(WeakMap.prototype.set),
    arrayBufferLength: getter(ArrayBuffer.prototype, 'byteLength'),
    sharedLength: getter(SharedArrayBuffer.prototype, 'byteLength'),
    typedArrayName: getter(TypedArray, Symbol.toStringTag),
    typedArrayBuffer: getter(TypedArray, 'buffer'),
    typedArrayOffset: getter(TypedArray, 'byteOffset'),
    typedArrayLength: getter(TypedArray, 'byteLength'),
    typedArraySet: uncurryThis(TypedArray.set),
    dataViewBuffer: getter(View, 'buffer'),
    dataViewOffset: getter(View, 'byteOffset'),
    dataViewLength: getter(View, 'byteLength'),
  };
}
