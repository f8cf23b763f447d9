/** In place of those of the package `assert`, which are an older Node's: constructors of errors with Node's words. */
const { coded, invalidArgument } = require('../errors');

const TYPES = new Set(['string', 'function', 'number', 'object', 'boolean', 'bigint', 'symbol']);

/** "of type function", "an instance of Error or RegExp", as Node joins them. */
function expectation(expected) {
  const list = Array.isArray(expected) ? expected : [expected];
  const types = list.map((word) => word.toLowerCase()).filter((word) => TYPES.has(word));
  const classes = list.filter((word) => !TYPES.has(word.toLowerCase()));
  const join = (words) =>
    words.length > 2 ? `${words.slice(0, -1).join(', ')}, or ${words.at(-1)}` : words.join(' or ');
  const parts = [];
  if (types.length > 0)
    parts.push(`${types.length > 1 ? 'one of type' : 'of type'} ${join(types)}`);
  if (classes.length > 0) parts.push(`an instance of ${join(classes)}`);
  return parts.join(' or ');
}

function quoted(names) {
  const words = names.filter((name) => name !== undefined).map((name) => `"${name}"`);
  return `${words.length > 2 ? `${words.slice(0, -1).join(', ')}, and ${words.at(-1)}` : words.join(' and ')} argument${words.length > 1 ? 's' : ''}`;
}

function shown(value) {
  const { inspect } = require('util');
  const text = inspect(value);
  return text.length > 128 ? `${text.slice(0, 128)}...` : text;
}

exports.codes = {
  ERR_AMBIGUOUS_ARGUMENT: function (name, why) {
    return coded(
      TypeError,
      'ERR_AMBIGUOUS_ARGUMENT',
      `The "${name}" argument is ambiguous. ${why}`,
    );
  },
  ERR_INVALID_ARG_TYPE: function (name, expected, actual) {
    return invalidArgument(name, expectation(expected), actual);
  },
  ERR_INVALID_ARG_VALUE: function (name, value, reason = 'is invalid') {
    return coded(
      TypeError,
      'ERR_INVALID_ARG_VALUE',
      `The argument '${name}' ${reason}. Received ${shown(value)}`,
    );
  },
  ERR_INVALID_RETURN_VALUE: function (input, name, value) {
    const type = value?.constructor?.name
      ? `an instance of ${value.constructor.name}`
      : `type ${typeof value}`;
    return coded(
      TypeError,
      'ERR_INVALID_RETURN_VALUE',
      `Expected ${input} to be returned from the "${name}" function but got ${type}.`,
    );
  },
  ERR_MISSING_ARGS: function (...names) {
    return coded(TypeError, 'ERR_MISSING_ARGS', `The ${quoted(names)} must be specified`);
  },
};
