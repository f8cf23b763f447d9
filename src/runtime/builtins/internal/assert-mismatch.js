/** What `assert.throws` and `assert.rejects` say of an error that is not the expected one; false for `doesNotThrow`. */
const isError = (value) => value instanceof Error;

function words(actual, expected, returned) {
  const { inspect } = require('util');
  if (typeof expected !== 'function') {
    const shown = typeof actual === 'string' ? actual : String(actual);
    return `The input did not match the regular expression ${inspect(expected)}. Input:\n\n${inspect(shown)}\n`;
  }
  let text;
  if (Error.isPrototypeOf(expected)) {
    const got = isError(actual) ? actual.name : inspect(actual, { depth: -1 });
    text = `The error is expected to be an instance of "${expected.name}". Received "${got}"`;
    if (isError(actual)) text += `\n\nError message:\n\n${actual.message}`;
  } else {
    const name = expected.name === '' ? '' : `"${expected.name}" `;
    text = `The ${name}validation function is expected to return "true". Received ${inspect(returned)}`;
    if (isError(actual)) text += `\n\nCaught error:\n\n${actual.stack}`;
  }
  return text;
}

module.exports = function mismatch(AssertionError, actual, expected, message, method, returned) {
  if (method === undefined) return false;
  if (message instanceof Error) throw message;
  const error = new AssertionError({
    actual,
    expected,
    message: message ?? words(actual, expected, returned),
    operator: method.name,
    stackStartFn: method,
  });
  error.generatedMessage = !message;
  throw error;
};
