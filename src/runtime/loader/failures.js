/*
 * What fails while modules are loaded, in Node's own words and with its codes, since packages look at both; and the
 * files through which the failing one was reached.
 */
function makeFailures(intrinsics) {
  const { Error, SyntaxError, TypeError, defineProperty, getOwnPropertyDescriptor } = intrinsics;
  const { isErrorObject, isExtensible, visible } = intrinsics;

  function coded(Class, code, message) {
    const error = new Class(message);
    defineProperty(error, 'code', visible(code));
    return error;
  }

  /** The files from `importer` up to the task's, the nearest first. An importer has `filename` and `importer`. */
  function stackOf(importer) {
    const files = [];
    for (let at = importer; at !== undefined && files.length < 100; at = at.importer) {
      files[files.length] = at.filename;
    }
    return files;
  }

  function withStack(error, importer) {
    defineProperty(error, 'requireStack', visible(stackOf(importer)));
    return error;
  }

  function listed(files) {
    let text = '';
    for (let index = 0; index < files.length; index++) text += `\n- ${files[index]}`;
    return text === '' ? '' : `\nRequire stack:${text}`;
  }

  /** What the resolver, or the reading of a file, failed with. */
  function notLoaded(code, message, specifier, importer) {
    let words = message;
    if (code === 'MODULE_NOT_FOUND') {
      words = `Cannot find module '${specifier}'${listed(stackOf(importer))}`;
    } else if (code === 'ERR_MODULE_NOT_FOUND') {
      words = `Cannot find module '${specifier}' imported from ${importer.filename}`;
    }
    const Class = code === 'ERR_INVALID_MODULE_SPECIFIER' ? TypeError : Error;
    const error = coded(code === 'ERR_INVALID_SYNTAX' ? SyntaxError : Class, code, words);
    return withStack(error, importer);
  }

  /** What V8 could not compile or link, with its place in the message. */
  function broken(error, file, line, column, importer) {
    if (!isErrorObject(error)) return error;
    const place = line > 0 ? ` (${file}:${line}:${column})` : '';
    const message = `${error.message}${place}`;
    defineProperty(error, 'message', {
      __proto__: null,
      value: message,
      writable: true,
      configurable: true,
    });
    return told(error, importer);
  }

  /** An error that a module threw while it ran: through which files it came. */
  function told(error, importer) {
    if (!isErrorObject(error) || !isExtensible(error)) return error;
    if (getOwnPropertyDescriptor(error, 'requireStack') !== undefined) return error;
    return withStack(error, importer);
  }

  return { broken, coded, notLoaded, told };
}
