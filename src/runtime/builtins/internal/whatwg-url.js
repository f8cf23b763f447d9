/** URL and URLSearchParams by the package `whatwg-url`, with Node's errors and Node's way to show them. */
const { URL: Base, URLSearchParams: BaseSearchParams } = require('whatwg-url');
const { coded } = require('./errors');
const engine = require('internal/engine');

const INSPECT = Symbol.for('nodejs.util.inspect.custom');
const { construct } = Reflect;

function invalidUrl(input, base, above) {
  const error = coded(TypeError, 'ERR_INVALID_URL', 'Invalid URL', above);
  error.input = `${input}`;
  if (base !== undefined) error.base = `${base}`;
  return error;
}

class URL {
  constructor(input, base = undefined) {
    if (arguments.length === 0) {
      throw coded(TypeError, 'ERR_MISSING_ARGS', 'The "url" argument must be specified', URL);
    }
    const values = base === undefined ? [input] : [input, base];
    try {
      return construct(Base, values, new.target);
    } catch (error) {
      // What a conversion to a string throws is the caller's own.
      if (error instanceof TypeError && /^Invalid (base )?URL: /.test(error.message)) {
        throw invalidUrl(input, base, URL);
      }
      throw error;
    }
  }

  static canParse(input, base = undefined) {
    if (arguments.length === 0) {
      throw coded(
        TypeError,
        'ERR_MISSING_ARGS',
        'The "url" argument must be specified',
        URL.canParse,
      );
    }
    return Base.canParse(input, base);
  }

  static parse(input, base = undefined) {
    try {
      return new URL(input, base);
    } catch (error) {
      if (error.code === 'ERR_INVALID_URL') return null;
      throw error;
    }
  }
}

/** The methods themselves, so that they are found where Node has them. */
function takeMembers(target, base) {
  const { constructor: _, ...members } = Object.getOwnPropertyDescriptors(base.prototype);
  Object.defineProperties(target.prototype, members);
  return members;
}

const { href } = takeMembers(URL, Base);
Object.defineProperty(URL.prototype, 'href', {
  ...href,
  set(value) {
    try {
      Reflect.apply(href.set, this, [value]);
    } catch (error) {
      if (`${error?.message}`.startsWith('Invalid URL: ')) throw invalidUrl(value, undefined);
      throw error;
    }
  },
});

/** Shares the prototype of the package's class: that is what `url.searchParams` is made with. */
function URLSearchParams(init = undefined) {
  if (new.target === undefined) {
    throw new TypeError("Class constructor URLSearchParams cannot be invoked without 'new'");
  }
  try {
    const values = init === undefined || init === null ? [] : [init];
    return construct(BaseSearchParams, values, new.target);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    if (/ sequence's element /.test(error.message)) {
      const words = 'Each query pair must be an iterable [name, value] tuple';
      throw coded(TypeError, 'ERR_INVALID_TUPLE', words, URLSearchParams);
    }
    if (error.message.endsWith(' is not iterable')) {
      throw coded(
        TypeError,
        'ERR_ARG_NOT_ITERABLE',
        'Query pairs must be iterable',
        URLSearchParams,
      );
    }
    throw error;
  }
}
Object.defineProperty(URLSearchParams, 'prototype', {
  value: BaseSearchParams.prototype,
  writable: false,
});
Object.defineProperty(URLSearchParams, 'length', { value: 0, configurable: true });
Object.defineProperty(URLSearchParams.prototype, 'constructor', {
  value: URLSearchParams,
  writable: true,
  configurable: true,
});

function shownUrl(url, depth, options, inspect) {
  if (typeof depth === 'number' && depth < 0) return url;
  class Shown {}
  Object.defineProperty(Shown, 'name', { value: url.constructor?.name || 'URL' });
  const shown = new Shown();
  for (const key of [
    'href',
    'origin',
    'protocol',
    'username',
    'password',
    'host',
    'hostname',
    'port',
    'pathname',
    'search',
    'searchParams',
    'hash',
  ]) {
    shown[key] = url[key];
  }
  return inspect(shown, options);
}
Object.defineProperty(URL.prototype, INSPECT, {
  value(depth, options, inspect) {
    return shownUrl(this, depth, options, inspect);
  },
  configurable: true,
  writable: true,
});
Object.defineProperty(URLSearchParams.prototype, INSPECT, {
  value(depth, options, inspect) {
    if (typeof depth === 'number' && depth < 0) return '[Object]';
    const pairs = [...this].map(
      ([name, value]) => `${inspect(name, options)} => ${inspect(value, options)}`,
    );
    if (pairs.length === 0) return 'URLSearchParams {}';
    const length = pairs.reduce((sum, pair) => sum + pair.length + 2, -2);
    return length <= (options.breakLength ?? 80)
      ? `URLSearchParams { ${pairs.join(', ')} }`
      : `URLSearchParams {\n  ${pairs.join(',\n  ')} }`;
  },
  configurable: true,
  writable: true,
});
// A bundler may have renamed them.
for (const [name, value] of Object.entries({ URL, URLSearchParams })) {
  Object.defineProperty(value, 'name', { value: name, configurable: true });
}
engine.setURL(URL);

module.exports = { URL, URLSearchParams };
