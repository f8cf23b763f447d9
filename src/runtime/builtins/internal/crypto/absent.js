/** What needs OpenSSL: there to be required and asked for, and an error on use. */
function unavailable(what, above = unavailable) {
  const error = new Error(
    `${what} is not available in a task, which has hashes, HMAC, random bytes, key derivation and AES only. ` +
      'Do it in the main process and pass the result in.',
  );
  error.code = 'OFFLOOP_ERR_BUILTIN_UNAVAILABLE';
  Error.captureStackTrace(error, above);
  return error;
}

/** Callable and constructible, with a prototype to inherit from. */
function absent(name) {
  const member = {
    [name]: function () {
      throw unavailable(`crypto.${name}${new.target ? '' : '()'}`, new.target ?? member);
    },
  }[name];
  return member;
}

module.exports = { absent, unavailable };
