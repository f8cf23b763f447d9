/*
 * ECMAScript modules: which record a specifier leads to, and when its graph is linked and run. V8 keeps the records
 * themselves, by number.
 *
 * A record here: { id, filename, url, key, importer, links }. `importer` is what first asked for it.
 */
function makeEsm(native, prelude, intrinsics, failures, paths, builtins, commonjs) {
  const { Error, Map, Promise, Set, TypeError, defineProperty, hasOwn } = intrinsics;
  const { indexOf, keys, mapDelete, mapGet, mapSet, promiseAll, promiseResolve } = intrinsics;
  const { promiseThen, setAdd, setHas, slice, decodeURIComponent, visible } = intrinsics;

  const STATUS = { __proto__: null, uninstantiated: 0, evaluating: 3, evaluated: 4, errored: 5 };
  /** By type and URL. */
  const records = new Map();
  /** By number. */
  const byId = new Map();
  /** How many evaluations are on the stack. */
  let evaluating = 0;

  const exportNames = makeExportNames(native, intrinsics, builtins);

  function add(key, id, filename, url, importer) {
    const record = {
      __proto__: null,
      id,
      filename,
      url,
      key,
      importer,
      links: [],
      facade: undefined,
    };
    mapSet(records, key, record);
    mapSet(byId, id, record);
    return record;
  }

  function drop(record) {
    if (mapGet(records, record.key) === record) mapDelete(records, record.key);
    mapDelete(byId, record.id);
    native.drop(record.id);
  }

  // ── from specifiers to records ─────────────────────────────────────────────────────────────────────────────────

  /** The value of `type`; '' without it. */
  function typeOf(attributes, importer) {
    let type = '';
    for (let index = 0; index < attributes.length; index += 2) {
      const key = attributes[index];
      const value = attributes[index + 1];
      if (key !== 'type') {
        throw refused(
          'ERR_IMPORT_ATTRIBUTE_UNSUPPORTED',
          `Import attribute "${key}" with value "${value}" is not supported`,
          importer,
        );
      }
      if (value !== 'json') {
        throw refused(
          'ERR_IMPORT_ATTRIBUTE_UNSUPPORTED',
          `Import attribute "type" with value "${value}" is not supported`,
          importer,
        );
      }
      type = value;
    }
    return type;
  }

  function refused(code, message, importer) {
    return failures.told(failures.coded(TypeError, code, message), importer);
  }

  /** As URLs, relative specifiers and paths may hold escapes. */
  function unescaped(specifier) {
    if (indexOf(specifier, '%') === -1) return specifier;
    if (!paths.isAbsolute(specifier) && !paths.isRelative(specifier)) return specifier;
    try {
      return decodeURIComponent(specifier);
    } catch {
      return specifier;
    }
  }

  /** `data:`, `https:` and their like. */
  function refuseScheme(specifier, importer) {
    const end = indexOf(specifier, ':');
    if (end < 2) return;
    const scheme = slice(specifier, 0, end);
    if (scheme === 'file' || scheme === 'node' || indexOf(scheme, '/') !== -1) return;
    const message = `'${specifier}' cannot be imported in a task: only file and node URLs can, received protocol '${scheme}:'`;
    const error = failures.coded(Error, 'ERR_UNSUPPORTED_ESM_URL_SCHEME', message);
    throw failures.told(error, importer);
  }

  function resolve(specifier, importer) {
    refuseScheme(specifier, importer);
    return native.resolve(
      unescaped(specifier),
      importer.filename,
      REQUEST.import,
      (code, message) => {
        throw failures.notLoaded(code, message, specifier, importer);
      },
    );
  }

  function recordOf(specifier, attributes, importer, fresh) {
    const type = typeOf(attributes, importer);
    if (specifier === 'offloop') return ofValue('offloop', 'offloop:task', prelude.offloop, fresh);
    const found = resolve(specifier, importer);
    if (typeof found === 'string') {
      return ofValue(found, `node:${found}`, builtins.loadPublic(found, importer), fresh);
    }
    return ofFile(found[0], found[1], found[2], type, importer, fresh);
  }

  /** A module of what is there already: a default export, and each property. */
  function ofValue(filename, url, value, fresh) {
    const key = `|${url}`;
    const known = mapGet(records, key);
    if (known !== undefined) return known;
    const names = ['default'];
    const own = keys(value);
    for (let index = 0; index < own.length; index++) {
      if (own[index] !== 'default') names[names.length] = own[index];
    }
    const id = native.synthetic(url, names, () => {
      native.setExport(id, 'default', value);
      for (let index = 1; index < names.length; index++) {
        // What Node would do I/O for throws when it is read, which nobody asked for yet.
        native.setExport(id, names[index], readOr(value, names[index]));
      }
    });
    const record = add(key, id, filename, url, undefined);
    fresh[fresh.length] = record;
    return record;
  }

  function ofFile(filename, declared, suffix, type, importer, fresh) {
    const url = paths.toUrl(filename) + suffix;
    const key = `${type}|${url}`;
    const known = mapGet(records, key);
    if (known !== undefined) return known;
    const fail = (code, message) => {
      throw failures.notLoaded(code, message, filename, importer);
    };
    if (declared === FORMAT.unknown) {
      fail(
        'ERR_UNKNOWN_FILE_EXTENSION',
        `Unknown file extension for '${filename}': only JavaScript, TypeScript and JSON can be imported`,
      );
    }
    const format = native.format(filename, declared, fail);
    if (format === FORMAT.json ? type !== 'json' : type === 'json') {
      throw format === FORMAT.json
        ? refused(
            'ERR_IMPORT_ATTRIBUTE_MISSING',
            `Module "${url}" needs an import attribute of "type: json"`,
            importer,
          )
        : refused(
            'ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE',
            `Module "${url}" is not of type "json"`,
            importer,
          );
    }
    const record =
      format === FORMAT.module
        ? ofText(key, filename, declared, url, importer, fail)
        : ofCommonJs(key, filename, declared, format, url, importer, fail);
    fresh[fresh.length] = record;
    if (format !== FORMAT.module) return record;
    const requests = native.requests(record.id);
    const ids = [];
    for (let index = 0; index < requests.length; index += 2) {
      const target = recordOf(requests[index], requests[index + 1], record, fresh);
      record.links[record.links.length] = target;
      ids[ids.length] = target.id;
    }
    native.link(record.id, ids);
    return record;
  }

  function ofText(key, filename, declared, url, importer, fail) {
    const id = native.compileModule(filename, declared, url, fail, (error, file, line, column) => {
      throw failures.broken(error, filename, line, column, { filename, importer });
    });
    return add(key, id, filename, url, importer);
  }

  function ofCommonJs(key, filename, declared, format, url, importer, fail) {
    const names = ['default'];
    if (format === FORMAT.commonjs) {
      names[1] = 'module.exports';
      exportNames(filename, declared, fail, names, commonjs);
    }
    const id = native.synthetic(url, names, () => {
      const { exports } = commonjs.loadFor(filename, declared, importer);
      native.setExport(id, 'default', exports);
      if (format !== FORMAT.commonjs) return;
      native.setExport(id, 'module.exports', exports);
      const isHolder =
        (typeof exports === 'object' && exports !== null) || typeof exports === 'function';
      for (let index = 2; index < names.length && isHolder; index++) {
        if (hasOwn(exports, names[index]))
          native.setExport(id, names[index], readOr(exports, names[index]));
      }
    });
    return add(key, id, filename, url, importer);
  }

  function readOr(exports, name) {
    try {
      return exports[name];
    } catch {
      return undefined;
    }
  }

  // ── graphs ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Calls `see` with each record of the graph, dependencies first, until it returns true. */
  function walk(record, see, seen = new Set()) {
    if (setHas(seen, record)) return false;
    setAdd(seen, record);
    for (let index = 0; index < record.links.length; index++) {
      if (walk(record.links[index], see, seen)) return true;
    }
    return see(record) === true;
  }

  /** Compiles what is not there yet. */
  function load(make) {
    const fresh = [];
    try {
      return make(fresh);
    } catch (error) {
      for (let index = 0; index < fresh.length; index++) drop(fresh[index]);
      throw error;
    }
  }

  function instantiate(record) {
    try {
      native.instantiate(record.id, (error, file, line, column) => {
        throw failures.broken(error, paths.toPath(`${file}`) ?? file, line, column, record);
      });
    } catch (error) {
      dropUnfinished(record);
      throw error;
    }
  }

  /** After a failure: what has not run is loaded anew when it is asked for again. */
  function dropUnfinished(record) {
    walk(record, (each) => {
      const status = native.status(each.id);
      if (status === STATUS.evaluated || status === STATUS.evaluating) return;
      // Others may be about to run what is only linked.
      if (evaluating === 0 || status === STATUS.errored || status === STATUS.uninstantiated)
        drop(each);
    });
  }

  /** Its promise; a failure of a graph without top-level await is thrown at once. */
  function evaluate(record) {
    evaluating += 1;
    const promise = native.evaluate(record.id);
    evaluating -= 1;
    if (native.status(record.id) !== STATUS.errored) return promise;
    // Told here.
    promiseThen(promise, undefined, () => {});
    throw failed(record, native.failure(record.id));
  }

  function failed(record, error) {
    let culprit = record;
    walk(record, (each) => {
      if (native.status(each.id) !== STATUS.errored || native.failure(each.id) !== error)
        return false;
      culprit = each;
      return true;
    });
    const told = failures.told(error, culprit);
    dropUnfinished(record);
    return told;
  }

  /** Loads and runs; answers with the record's namespace, or with its promise where the graph awaits. */
  function begin(specifier, attributes, importer) {
    const record = load((fresh) => recordOf(specifier, attributes, importer, fresh));
    instantiate(record);
    const promise = evaluate(record);
    if (!native.isAsync(record.id)) return native.namespaceOf(record.id);
    return promiseThen(
      promise,
      () => native.namespaceOf(record.id),
      (error) => {
        throw failed(record, error);
      },
    );
  }

  // ── who asks ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** What stands for the code that calls `import()`. */
  function importerOf(referrer, from) {
    const filename = from ?? paths.toPath(`${referrer}`) ?? '/';
    return mapGet(records, `|${referrer}`) ?? commonjs.cache[filename] ?? { filename };
  }

  function importDynamically(specifier, attributes, referrer, from) {
    // Not at once: what calls it may be part of what is loaded.
    return promiseThen(promiseResolve(undefined), () =>
      begin(specifier, attributes, importerOf(referrer, from)),
    );
  }

  const NO_ATTRIBUTES = [];

  /** The namespaces of what a task's function imports, or the promise of them. */
  function importAll(specifiers, importer) {
    const imports = [];
    for (let index = 0; index < specifiers.length; index++) {
      imports[index] = begin(specifiers[index], NO_ATTRIBUTES, importer);
    }
    for (let index = 0; index < imports.length; index++) {
      // A namespace inherits nothing.
      if (imports[index] instanceof Promise) return promiseAll(imports);
    }
    return imports;
  }

  /** What `require` returns for an ECMAScript module. */
  function requireModule(filename, declared, module) {
    const importer = module.importer ?? module;
    const record = load((fresh) => ofFile(filename, declared, '', '', importer, fresh));
    const busy = walk(record, (each) => native.status(each.id) === STATUS.evaluating);
    if (busy) {
      const message = `Cannot require() ES Module ${filename} in a cycle: it is being loaded already`;
      throw failures.told(failures.coded(Error, 'ERR_REQUIRE_CYCLE_MODULE', message), importer);
    }
    instantiate(record);
    if (native.isAsync(record.id)) {
      dropUnfinished(record);
      const message =
        `require() cannot be used on an ES module graph with top-level await: use import() instead. ` +
        `Requiring ${filename}`;
      throw failures.told(failures.coded(Error, 'ERR_REQUIRE_ASYNC_MODULE', message), importer);
    }
    // Handled: it is fulfilled by now.
    evaluate(record);
    return exportsOf(record);
  }

  const FACADE =
    "export * from 'original'; export { default } from 'original'; export const __esModule = true;";

  function exportsOf(record) {
    const namespace = native.namespaceOf(record.id);
    if (hasOwn(namespace, 'module.exports')) return namespace['module.exports'];
    if (!hasOwn(namespace, 'default') || hasOwn(namespace, '__esModule')) return namespace;
    // What compilers made of `import x from` looks for the mark.
    if (record.facade === undefined) {
      const id = native.compileText(FACADE, `${record.url}`, (error) => {
        throw error;
      });
      native.link(id, [record.id, record.id]);
      native.instantiate(id, (error) => {
        throw error;
      });
      native.evaluate(id);
      record.facade = native.namespaceOf(id);
    }
    return record.facade;
  }

  // ── import.meta ────────────────────────────────────────────────────────────────────────────────────────────────

  function metaOf(meta, filename, suffix) {
    const importer = { filename };
    const resolveUrl = (specifier) => {
      const text = `${specifier}`;
      if (text === 'offloop') return text;
      try {
        const found = resolve(text, importer);
        return typeof found === 'string' ? `node:${found}` : paths.toUrl(found[0]) + found[2];
      } catch (error) {
        // Like Node: what a relative specifier means does not depend on what is there.
        if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
        if (!paths.isAbsolute(text) && !paths.isRelative(text)) throw error;
        const { path, suffix: rest } = paths.parted(unescaped(text));
        const target = paths.isAbsolute(path) ? path : paths.join(paths.dirname(filename), path);
        return paths.toUrl(target) + rest;
      }
    };
    defineProperty(meta, 'dirname', visible(paths.dirname(filename)));
    defineProperty(meta, 'filename', visible(filename));
    defineProperty(meta, 'resolve', visible(resolveUrl));
    defineProperty(meta, 'url', visible(paths.toUrl(filename) + suffix));
    return meta;
  }

  function initialiseMeta(id, meta) {
    const record = mapGet(byId, id);
    if (record === undefined) return;
    metaOf(meta, record.filename, slice(record.url, paths.toUrl(record.filename).length));
  }

  return {
    importAll,
    importDynamically,
    initialiseMeta,
    metaOf,
    requireModule,
    /** A stopped run may have left some halfway. */
    reset() {
      evaluating = 0;
      intrinsics.mapEach(records, (record) => {
        if (native.status(record.id) !== STATUS.evaluated) drop(record);
      });
    },
  };
}
