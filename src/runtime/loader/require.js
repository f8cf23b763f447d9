/*
 * CommonJS, as Node has it.
 */
function makeCommonJs(native, prelude, intrinsics, failures, paths, builtins) {
  const { TypeError, Map, apply, arrayIndexOf, arraySplice, create, defineProperty } = intrinsics;
  const { hidden, isArray, visible, mapGet, mapSet, parse, startsWith, slice } = intrinsics;

  /** By file name; tasks may change it, as in Node. */
  const cache = create(null);
  /** Those that are being loaded, the innermost last. */
  const loading = [];
  let makeExportsOfModule;

  class Module {
    constructor(id = '', parent = undefined) {
      this.id = id;
      this.path = paths.dirname(id);
      this.exports = {};
      defineProperty(this, 'parent', hidden(parent));
      this.filename = null;
      this.loaded = false;
      this.children = [];
      adopt(parent, this);
    }

    require(specifier) {
      return requireFrom(this, specifier);
    }
  }
  defineProperty(Module, '_cache', visible(cache));
  expose('_load', requireFrom);
  expose('_resolveFilename', resolveFrom);
  defineProperty(Module, '_nodeModulePaths', visible(paths.packageFolders));

  /** What some packages call on `module.constructor`. */
  function expose(name, call) {
    const method = (specifier, parent) => call(parent ?? root('/'), specifier);
    defineProperty(Module, name, visible(method));
  }

  function adopt(parent, module) {
    if (parent !== undefined && arrayIndexOf(parent.children, module) === -1) {
      parent.children[parent.children.length] = module;
    }
  }

  /** A module for a file whose code is not run as one: what a task's function sees as its own. */
  function root(filename) {
    const module = new Module(filename);
    module.filename = filename;
    module.paths = paths.packageFolders(module.path);
    return module;
  }

  function checkSpecifier(specifier, name) {
    if (typeof specifier !== 'string') {
      throw failures.coded(
        TypeError,
        'ERR_INVALID_ARG_TYPE',
        `The "${name}" argument must be of type string. Received ${specifier === null ? 'null' : `type ${typeof specifier}`}`,
      );
    }
    if (specifier === '') {
      throw failures.coded(
        TypeError,
        'ERR_INVALID_ARG_VALUE',
        `The argument '${name}' must be a non-empty string. Received ''`,
      );
    }
  }

  /** [path, format, suffix], or the name of one of Node's own. */
  function find(module, specifier, from = module.filename) {
    return native.resolve(specifier, from, REQUEST.require, (code, message) => {
      throw failures.notLoaded(code, message, specifier, module);
    });
  }

  function requireFrom(module, specifier) {
    checkSpecifier(specifier, 'id');
    if (specifier === 'offloop') return prelude.offloop;
    const found = find(module, specifier);
    if (typeof found === 'string') return builtins.loadPublic(found, module);
    return load(found[0], found[1], module).exports;
  }

  /** The module of a file, loaded by now unless it is in a cycle. */
  function load(filename, format, parent, importer = parent) {
    const known = cache[filename];
    if (known !== undefined) {
      adopt(parent, known);
      return known;
    }
    const module = new Module(filename, parent);
    module.filename = filename;
    module.paths = paths.packageFolders(module.path);
    defineProperty(module, 'importer', hidden(importer));
    cache[filename] = module;
    loading[loading.length] = module;
    let done = false;
    try {
      run(module, format);
      done = true;
    } catch (error) {
      throw failures.told(error, module);
    } finally {
      loading.length -= 1;
      if (!done) forget(module);
    }
    module.loaded = true;
    return module;
  }

  /** The same for an import: Node gives such a module no parent. */
  function loadFor(filename, format, importer) {
    const known = cache[filename];
    if (known !== undefined) return known;
    return load(filename, format, undefined, importer);
  }

  /** Nothing that is loaded halfway stays. */
  function forget(module) {
    if (cache[module.filename] === module) delete cache[module.filename];
    const { parent } = module;
    const at = parent === undefined ? -1 : arrayIndexOf(parent.children, module);
    if (at !== -1) arraySplice(parent.children, at, 1);
  }

  function run(module, declared) {
    const { filename } = module;
    const fail = (code, message) => {
      throw failures.notLoaded(code, message, filename, module.importer ?? module);
    };
    const format = native.format(filename, declared, fail);
    if (format === FORMAT.json) {
      module.exports = parseJson(filename, native.text(filename, declared, fail));
    } else if (format === FORMAT.module) {
      module.exports = makeExportsOfModule(filename, declared, module);
    } else {
      const broken = (error, file, line, column) => {
        throw failures.broken(error, file, line, column, module);
      };
      const body = native.compile(filename, declared, fail, broken);
      const { exports } = module;
      apply(body, exports, [exports, makeRequire(module), module, filename, module.path]);
    }
  }

  function parseJson(filename, text) {
    try {
      return parse(text);
    } catch (error) {
      defineProperty(error, 'message', hidden(`${filename}: ${error.message}`));
      throw error;
    }
  }

  function resolveFrom(module, specifier, options) {
    checkSpecifier(specifier, 'request');
    if (specifier === 'offloop') return specifier;
    const folders = options?.paths;
    if (folders === undefined) return nameOf(find(module, specifier), specifier);
    if (!isArray(folders)) {
      throw failures.coded(
        TypeError,
        'ERR_INVALID_ARG_VALUE',
        "The property 'options.paths' must be an array of strings",
      );
    }
    let failure;
    for (let index = 0; index < folders.length; index++) {
      const folder = paths.isAbsolute(`${folders[index]}`)
        ? `${folders[index]}`
        : paths.join(module.path, `${folders[index]}`);
      try {
        return nameOf(find(module, specifier, `${folder}/noop.js`), specifier);
      } catch (error) {
        failure = error;
      }
    }
    throw failure ?? failures.notLoaded('MODULE_NOT_FOUND', '', specifier, module);
  }

  /** Node answers with a built-in module's name as it was asked for. */
  function nameOf(found, specifier) {
    return typeof found === 'string' ? specifier : found[0];
  }

  function lookupPaths(module, specifier) {
    checkSpecifier(specifier, 'request');
    const bare = startsWith(specifier, 'node:') ? slice(specifier, 5) : specifier;
    if (arrayIndexOf(builtins.publicNames(), bare) !== -1) return null;
    return paths.isRelative(specifier) ? [module.path] : paths.packageFolders(module.path);
  }

  function makeRequire(module) {
    function require(specifier) {
      return requireFrom(module, specifier);
    }
    function resolve(specifier, options) {
      return resolveFrom(module, specifier, options);
    }
    resolve.paths = (specifier) => lookupPaths(module, specifier);
    require.resolve = resolve;
    // No task is a program of its own.
    require.main = undefined;
    require.cache = cache;
    return require;
  }

  /** One for each file, so that what is loaded through it has one parent. */
  const requires = new Map();

  function createRequire(filename) {
    let known = mapGet(requires, filename);
    if (known === undefined) {
      known = makeRequire(root(filename));
      mapSet(requires, filename, known);
    }
    return known;
  }

  /** A stopped run may have left some halfway. */
  function reset() {
    for (let index = 0; index < loading.length; index++) forget(loading[index]);
    loading.length = 0;
  }

  return {
    Module,
    cache,
    createRequire,
    find,
    load,
    loadFor,
    makeRequire,
    parseJson,
    requireFrom,
    reset,
    root,
    /** How an ECMAScript module's namespace becomes what `require` returns. */
    onModule(make) {
      makeExportsOfModule = make;
    },
  };
}
