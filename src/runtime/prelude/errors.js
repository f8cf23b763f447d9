/*
 * Errors as Node words them: `code` is an own property, and the first line of the stack carries it.
 */
function makeErrors(intrinsics) {
  const { Error, RangeError, Symbol, TypeError, captureStackTrace, defineProperty } = intrinsics;
  const { getPrototypeOf, hidden, indexOf, readOnly, slice, stringify } = intrinsics;
  const { symbolText, visible } = intrinsics;

  const classes = { __proto__: null, Error, RangeError, TypeError };

  /** The stack begins where `above` was called. */
  function codedError(className, code, message, above) {
    const error = new classes[className](message);
    defineProperty(error, 'name', hidden(`${className} [${code}]`));
    captureStackTrace(error, above);
    // V8 writes the stack's first line when the stack is first read.
    void error.stack;
    delete error.name;
    defineProperty(error, 'code', visible(code));
    return error;
  }

  // In the order of the codes, which begin with 1: names, and the constants of the same code.
  const legacyNames = [
    'IndexSizeError',
    'DOMStringSizeError',
    'HierarchyRequestError',
    'WrongDocumentError',
    'InvalidCharacterError',
    'NoDataAllowedError',
    'NoModificationAllowedError',
    'NotFoundError',
    'NotSupportedError',
    'InUseAttributeError',
    'InvalidStateError',
    'SyntaxError',
    'InvalidModificationError',
    'NamespaceError',
    'InvalidAccessError',
    'ValidationError',
    'TypeMismatchError',
    'SecurityError',
    'NetworkError',
    'AbortError',
    'URLMismatchError',
    'QuotaExceededError',
    'TimeoutError',
    'InvalidNodeTypeError',
    'DataCloneError',
  ];
  const constants = [
    'INDEX_SIZE_ERR',
    'DOMSTRING_SIZE_ERR',
    'HIERARCHY_REQUEST_ERR',
    'WRONG_DOCUMENT_ERR',
    'INVALID_CHARACTER_ERR',
    'NO_DATA_ALLOWED_ERR',
    'NO_MODIFICATION_ALLOWED_ERR',
    'NOT_FOUND_ERR',
    'NOT_SUPPORTED_ERR',
    'INUSE_ATTRIBUTE_ERR',
    'INVALID_STATE_ERR',
    'SYNTAX_ERR',
    'INVALID_MODIFICATION_ERR',
    'NAMESPACE_ERR',
    'INVALID_ACCESS_ERR',
    'VALIDATION_ERR',
    'TYPE_MISMATCH_ERR',
    'SECURITY_ERR',
    'NETWORK_ERR',
    'ABORT_ERR',
    'URL_MISMATCH_ERR',
    'QUOTA_EXCEEDED_ERR',
    'TIMEOUT_ERR',
    'INVALID_NODE_TYPE_ERR',
    'DATA_CLONE_ERR',
  ];
  const legacyCodes = { __proto__: null };
  for (let index = 0; index < legacyNames.length; index++) {
    legacyCodes[legacyNames[index]] = index + 1;
  }

  class DOMException extends Error {
    constructor(message = '', options = 'Error') {
      super(`${message}`);
      let name = options;
      if (typeof options === 'object' && options !== null) {
        name = options.name ?? 'Error';
        if ('cause' in options) defineProperty(this, 'cause', hidden(options.cause));
      }
      defineProperty(this, 'name', hidden(`${name}`));
      // An own property, unlike a browser's: only those travel to the caller with an error.
      defineProperty(this, 'code', visible(legacyCodes[name] ?? 0));
      captureStackTrace(this, new.target);
    }
  }
  defineProperty(DOMException.prototype, Symbol.toStringTag, readOnly('DOMException'));
  for (let index = 0; index < constants.length; index++) {
    const constant = { __proto__: null, value: index + 1, enumerable: true };
    defineProperty(DOMException, constants[index], constant);
    defineProperty(DOMException.prototype, constants[index], constant);
  }

  const classOf = {
    __proto__: null,
    ERR_ENCODING_INVALID_ENCODED_DATA: 'TypeError',
    ERR_ENCODING_NOT_SUPPORTED: 'RangeError',
    ERR_MEMORY_ALLOCATION_FAILED: 'RangeError',
    ERR_STRING_TOO_LONG: 'Error',
  };

  /** What a native operation failed with; `kind`: a code, a class or a DOMException's name. */
  function failure(kind, message, above) {
    if (classOf[kind] !== undefined) return codedError(classOf[kind], kind, message, above);
    if (classes[kind] !== undefined) return new classes[kind](message);
    const exception = new DOMException(message, kind);
    captureStackTrace(exception, above);
    return exception;
  }

  function received(value) {
    if (value === undefined || value === null) return `Received ${value}`;
    if (typeof value === 'function') return `Received function ${value.name}`;
    if (typeof value === 'object') {
      if (getPrototypeOf(value) === null) return 'Received [Object: null prototype] {}';
      return `Received an instance of ${value.constructor?.name || 'Object'}`;
    }
    let text = typeof value === 'symbol' ? symbolText(value) : `${value}`;
    if (typeof value === 'string') {
      if (text.length > 28) text = `${slice(text, 0, 25)}...`;
      text = indexOf(text, "'") === -1 ? `'${text}'` : stringify(text);
    } else if (typeof value === 'bigint') {
      text += 'n';
    } else if (value === 0 && 1 / value < 0) {
      text = '-0';
    }
    return `Received type ${typeof value} (${text})`;
  }

  function invalidArgument(name, expected, value, above = invalidArgument) {
    const message = `The "${name}" argument must be ${expected}. ${received(value)}`;
    return codedError('TypeError', 'ERR_INVALID_ARG_TYPE', message, above);
  }

  function missingArgument(name) {
    const message = `The "${name}" argument must be specified`;
    return codedError('TypeError', 'ERR_MISSING_ARGS', message, missingArgument);
  }

  function invalidReceiver(name) {
    const message = `Value of "this" must be of type ${name}`;
    return codedError('TypeError', 'ERR_INVALID_THIS', message, invalidReceiver);
  }

  return { DOMException, codedError, failure, invalidArgument, invalidReceiver, missingArgument };
}
