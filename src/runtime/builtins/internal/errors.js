/** Errors as Node words them: `code` is an own property, and the first line of the stack carries it. */
const { defineProperty, getPrototypeOf } = Object;

/** The stack begins where `above` was called. */
function coded(Base, code, message, above = coded) {
  const error = new Base(message);
  defineProperty(error, 'name', {
    value: `${error.name} [${code}]`,
    configurable: true,
    writable: true,
    enumerable: false,
  });
  Error.captureStackTrace(error, above);
  // V8 writes the first line when the stack is first read.
  void error.stack;
  delete error.name;
  error.code = code;
  return error;
}

/** Node's words for the value that was given. */
function received(value) {
  if (value === undefined || value === null) return `Received ${value}`;
  if (typeof value === 'function') return `Received function ${value.name}`;
  if (typeof value === 'object') {
    if (value.constructor?.name) return `Received an instance of ${value.constructor.name}`;
    return getPrototypeOf(value) === null ? 'Received [Object: null prototype] {}' : 'Received {}';
  }
  let text = typeof value === 'symbol' ? Symbol.prototype.toString.call(value) : `${value}`;
  if (typeof value === 'string') {
    if (text.length > 28) text = `${text.slice(0, 25)}...`;
    text = text.includes("'") ? JSON.stringify(text) : `'${text}'`;
  } else if (typeof value === 'bigint') {
    text += 'n';
  } else if (Object.is(value, -0)) {
    text = '-0';
  }
  return `Received type ${typeof value} (${text})`;
}

/** `expected`: "of type string", "an instance of Buffer or of type string" … */
function invalidArgument(name, expected, value, above = invalidArgument) {
  const kind = name.includes('.') ? 'property' : 'argument';
  const subject = name.endsWith(' argument') ? name : `"${name}" ${kind}`;
  const message = `The ${subject} must be ${expected}. ${received(value)}`;
  return coded(TypeError, 'ERR_INVALID_ARG_TYPE', message, above);
}

function grouped(value) {
  const text = `${value}`;
  const digits = text.replace(/^-/, '');
  let result = '';
  let end = digits.length;
  for (; end > 3; end -= 3) result = `_${digits.slice(end - 3, end)}${result}`;
  return `${text.startsWith('-') ? '-' : ''}${digits.slice(0, end)}${result}`;
}

function outOfRange(name, range, value, above = outOfRange) {
  let text;
  if (Number.isInteger(value) && Math.abs(value) > 2 ** 32) {
    text = grouped(value);
  } else if (typeof value === 'bigint') {
    text = value > 2n ** 32n || value < -(2n ** 32n) ? grouped(value) : `${value}`;
    text += 'n';
  } else {
    text = Object.is(value, -0) ? '-0' : typeof value === 'string' ? `'${value}'` : String(value);
  }
  const message = `The value of "${name}" is out of range. It must be ${range}. Received ${text}`;
  return coded(RangeError, 'ERR_OUT_OF_RANGE', message, above);
}

function invalidValue(name, value, reason = 'is invalid', above = invalidValue) {
  const { inspect } = require('util');
  let text = inspect(value);
  if (text.length > 128) text = `${text.slice(0, 128)}...`;
  const kind = name.includes('.') ? 'property' : 'argument';
  const message = `The ${kind} '${name}' ${reason}. Received ${text}`;
  return coded(TypeError, 'ERR_INVALID_ARG_VALUE', message, above);
}

function unknownEncoding(encoding, above = unknownEncoding) {
  return coded(TypeError, 'ERR_UNKNOWN_ENCODING', `Unknown encoding: ${encoding}`, above);
}

function checkFunction(value, name) {
  if (typeof value !== 'function')
    throw invalidArgument(name, 'of type function', value, checkFunction);
}

function checkString(value, name) {
  if (typeof value !== 'string') throw invalidArgument(name, 'of type string', value, checkString);
}

function checkObject(value, name) {
  if (value === null || typeof value !== 'object') {
    throw invalidArgument(name, 'of type object', value, checkObject);
  }
}

/** What I/O throws, and what only a process can do. */
function unavailable(what, instead, above = unavailable) {
  const error = new Error(
    `${what} is not available in a task: it has no file system, network or processes of its own. ${instead}`,
  );
  error.code = 'OFFLOOP_ERR_BUILTIN_UNAVAILABLE';
  Error.captureStackTrace(error, above);
  return error;
}

module.exports = {
  checkFunction,
  checkObject,
  checkString,
  coded,
  invalidArgument,
  invalidValue,
  outOfRange,
  unavailable,
  unknownEncoding,
};
