const inspection = require('node-inspect-extracted');
const { node, types } = require('internal/engine');
const {
  checkFunction,
  checkObject,
  checkString,
  coded,
  invalidArgument,
  invalidValue,
} = require('./internal/errors');

const { inspect, format, formatWithOptions, stripVTControlCharacters } = inspection;
// The package colours the parts of a regular expression, as Node 26 does.
if (node < 26) inspect.styles.regexp = 'red';
const PROMISIFIED = Symbol.for('nodejs.util.promisify.custom');
const { TextDecoder, TextEncoder } = globalThis;
const { defineProperties, getOwnPropertyDescriptors, getPrototypeOf, setPrototypeOf } = Object;

function promisify(original) {
  checkFunction(original, 'original');
  const custom = original[PROMISIFIED];
  if (custom) {
    checkFunction(custom, 'util.promisify.custom');
    return Object.defineProperty(custom, PROMISIFIED, { value: custom, configurable: true });
  }
  function promised(...values) {
    return new Promise((resolve, reject) => {
      Reflect.apply(original, this, [
        ...values,
        (error, value) => (error ? reject(error) : resolve(value)),
      ]);
    });
  }
  setPrototypeOf(promised, getPrototypeOf(original));
  Object.defineProperty(promised, PROMISIFIED, { value: promised, configurable: true });
  const descriptors = getOwnPropertyDescriptors(original);
  return defineProperties(promised, descriptors);
}
promisify.custom = PROMISIFIED;

function callbackify(original) {
  checkFunction(original, 'original');
  function callbackified(...values) {
    const callback = values.pop();
    if (typeof callback !== 'function') {
      throw invalidArgument('last argument', 'of type function', callback);
    }
    const { nextTick } = require('process');
    Reflect.apply(original, this, values).then(
      (value) => nextTick(() => Reflect.apply(callback, this, [null, value])),
      (reason) => {
        let error = reason;
        if (!reason) {
          error = coded(
            Error,
            'ERR_FALSY_VALUE_REJECTION',
            'Promise was rejected with falsy value',
          );
          error.reason = reason;
        }
        nextTick(() => Reflect.apply(callback, this, [error]));
      },
    );
  }
  const descriptors = getOwnPropertyDescriptors(original);
  if (typeof descriptors.length.value === 'number') descriptors.length.value++;
  if (typeof descriptors.name.value === 'string') descriptors.name.value += 'Callbackified';
  return defineProperties(callbackified, descriptors);
}

function inherits(constructor, superConstructor) {
  checkFunction(constructor, 'ctor');
  checkFunction(superConstructor, 'superCtor');
  if (superConstructor.prototype === undefined) {
    throw invalidArgument('superCtor.prototype', 'of type object', superConstructor.prototype);
  }
  Object.defineProperty(constructor, 'super_', {
    value: superConstructor,
    writable: true,
    configurable: true,
  });
  setPrototypeOf(constructor.prototype, superConstructor.prototype);
}

const warnedCodes = new Set();

function deprecate(original, message, code) {
  let warned = false;
  function deprecated(...values) {
    if (!warned) {
      warned = true;
      if (code === undefined || !warnedCodes.has(code)) {
        warnedCodes.add(code);
        require('process').emitWarning(message, 'DeprecationWarning', code, deprecated);
      }
    }
    return new.target
      ? Reflect.construct(original, values, new.target === deprecated ? original : new.target)
      : Reflect.apply(original, this, values);
  }
  setPrototypeOf(deprecated, original);
  if (original.prototype) deprecated.prototype = original.prototype;
  return deprecated;
}

function debuglog(set, ready) {
  const { env } = require('process');
  const pattern = (env.NODE_DEBUG ?? '')
    .replace(/[|\\{}()[\]^$+?.]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll(',', '$|^');
  const enabled = pattern !== '' && new RegExp(`^${pattern}$`, 'i').test(set);
  const logger = (...values) => {
    if (enabled) globalThis.console.error(`${set.toUpperCase()}: ${format(...values)}`);
  };
  Object.defineProperty(logger, 'enabled', {
    get: () => enabled,
    configurable: true,
    enumerable: true,
  });
  if (ready) ready(logger);
  return logger;
}

function isDeepStrictEqual(first, second) {
  return require('internal/equality').isDeepStrictEqual(first, second);
}

function aborted(signal, resource) {
  checkObject(signal, 'signal');
  checkObject(resource, 'resource');
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function toUSVString(text) {
  return `${text}`.toWellFormed();
}

function styleText(style, text, options) {
  checkString(text, 'text');
  let opening = '';
  let closing = '';
  for (const name of Array.isArray(style) ? style : [style]) {
    if (name === 'none') continue;
    const codes = inspect.colors[name];
    if (codes === undefined) {
      const known = Object.keys(inspect.colors)
        .map((one) => `'${one}'`)
        .join(', ');
      throw invalidValue('format', name, `must be one of: ${known}`);
    }
    opening += `\u001b[${codes[0]}m`;
    closing = `\u001b[${codes[1]}m${closing}`;
  }
  // Node looks whether the stream is a terminal; here none is, so only a caller who does not ask for that gets colours.
  if (options?.validateStream === false || options === undefined) return opening + text + closing;
  return text;
}

function getSystemErrorName(code) {
  return require('./internal/system-errors').nameOf(code);
}

const legacy = {
  _extend(target, source) {
    if (source === null || typeof source !== 'object') return target;
    for (const key of Object.keys(source)) target[key] = source[key];
    return target;
  },
  isArray: Array.isArray,
  isBoolean: (value) => typeof value === 'boolean',
  isBuffer: (value) => require('buffer').Buffer.isBuffer(value),
  isDate: types.isDate,
  isError: (value) => types.isNativeError(value) || value instanceof Error,
  isFunction: (value) => typeof value === 'function',
  isNull: (value) => value === null,
  isNullOrUndefined: (value) => value === null || value === undefined,
  isNumber: (value) => typeof value === 'number',
  isObject: (value) => value !== null && typeof value === 'object',
  isPrimitive: (value) =>
    value === null || (typeof value !== 'object' && typeof value !== 'function'),
  isRegExp: types.isRegExp,
  isString: (value) => typeof value === 'string',
  isSymbol: (value) => typeof value === 'symbol',
  isUndefined: (value) => value === undefined,
  log(...values) {
    const { console } = globalThis;
    console.log('%s - %s', new Date().toTimeString().slice(0, 8), format(...values));
  },
};

module.exports = {
  ...legacy,
  TextDecoder,
  TextEncoder,
  aborted,
  callbackify,
  debug: debuglog,
  debuglog,
  deprecate,
  format,
  formatWithOptions,
  getSystemErrorName,
  inherits,
  inspect,
  isDeepStrictEqual,
  promisify,
  stripVTControlCharacters,
  styleText,
  toUSVString,
  types,
  get parseArgs() {
    return require('internal/parse-args').parseArgs;
  },
};
