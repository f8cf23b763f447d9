/**
 * What V8 knows of a value and JavaScript cannot ask. One for the realm: the bundles of others `require` it.
 */

// Bits of `native.kindOf`, in the order of src/bridge/reflect.cc.
const KINDS = [
  'isExternal',
  'isDate',
  'isArgumentsObject',
  'isBigIntObject',
  'isBooleanObject',
  'isNumberObject',
  'isStringObject',
  'isSymbolObject',
  'isNativeError',
  'isRegExp',
  'isAsyncFunction',
  'isGeneratorFunction',
  'isGeneratorObject',
  'isPromise',
  'isMap',
  'isSet',
  'isMapIterator',
  'isSetIterator',
  'isWeakMap',
  'isWeakSet',
  'isArrayBuffer',
  'isDataView',
  'isSharedArrayBuffer',
  'isProxy',
  'isModuleNamespaceObject',
];

const { kindOf } = native;
const major = Number.parseInt(facts.versions?.node ?? '26', 10);
const isObject = (value) =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';
const test = (name, mask) =>
  Object.defineProperty((value) => isObject(value) && (kindOf(value) & mask) !== 0, 'name', {
    value: name,
    configurable: true,
  });
const bit = (name) => 2 ** KINDS.indexOf(name);

const types = {};
for (const name of KINDS) types[name] = test(name, bit(name));
types.isAnyArrayBuffer = test(
  'isAnyArrayBuffer',
  bit('isArrayBuffer') | bit('isSharedArrayBuffer'),
);
types.isBoxedPrimitive = test(
  'isBoxedPrimitive',
  bit('isBigIntObject') |
    bit('isBooleanObject') |
    bit('isNumberObject') |
    bit('isStringObject') |
    bit('isSymbolObject'),
);

const typedArrayTag = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
).get;
const { call } = Function.prototype;
const tagOf = call.bind(typedArrayTag);

Object.assign(types, {
  isArrayBufferView: ArrayBuffer.isView,
  isTypedArray: (value) => tagOf(value) !== undefined,
});
for (const name of [
  'Uint8Array',
  'Uint8ClampedArray',
  'Uint16Array',
  'Uint32Array',
  'Int8Array',
  'Int16Array',
  'Int32Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
]) {
  // Node 20 has no question for it.
  if (name === 'Float16Array' && major < 22) continue;
  types[`is${name}`] = { [`is${name}`]: (value) => tagOf(value) === name }[`is${name}`];
}
types.isCryptoKey = () => false;
types.isKeyObject = () => false;
types.isEventTarget = undefined;
delete types.isEventTarget;

/** Set when the module `url` is loaded: until then no value can be a URL. */
let RealURL;

/** For util.inspect, which must not load `url` to ask that. */
class URL {
  constructor(...values) {
    return new (require('internal/whatwg-url').URL)(...values);
  }

  static [Symbol.hasInstance](value) {
    return RealURL !== undefined && value instanceof RealURL;
  }
}

module.exports = {
  types,
  /** The major version whose answers are expected. */
  node: major,
  URL,
  setURL(constructor) {
    RealURL = constructor;
  },
  ownNonIndexProperties(object, filter = 2) {
    return native.ownNonIndexProperties(object, filter === 2);
  },
  promiseDetails: native.promiseDetails,
  proxyDetails(value, both = true) {
    const details = isObject(value) ? native.proxyDetails(value) : undefined;
    return details === undefined || both ? details : details[0];
  },
  previewEntries(value, isIterator) {
    const details = native.previewEntries(value);
    if (isIterator !== true) return details?.[0];
    return details ?? [[], false];
  },
  constructorName: native.constructorName,
};
