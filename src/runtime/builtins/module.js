const names = require('internal/names');
const { invalidValue, unavailable } = require('./internal/errors');

const refuse = (name) => {
  const member = {
    [name]: function () {
      throw unavailable(
        `module.${name}()`,
        'How modules are found and read is fixed in a task.',
        member,
      );
    },
  }[name];
  return member;
};

/** Node's class, as far as it says something: modules of a task are the loader's. */
function Module(id = '') {
  this.id = id;
  this.exports = {};
  this.filename = null;
  this.loaded = false;
  this.children = [];
}

function createRequire(filename) {
  const isUrl =
    typeof filename === 'object' && filename !== null && typeof filename.href === 'string';
  const text = isUrl ? filename.href : filename;
  const path =
    typeof text === 'string' && text.startsWith('file:')
      ? require('url').fileURLToPath(text)
      : text;
  if (typeof path !== 'string' || !require('path').isAbsolute(path)) {
    throw invalidValue(
      'filename',
      filename,
      'must be a file URL object, file URL string, or absolute path string',
    );
  }
  return native.createRequire(path);
}

Object.assign(Module, {
  Module,
  builtinModules: names.public,
  isBuiltin: (name) => names.isBuiltin(`${name}`),
  createRequire,
  globalPaths: [],
  _extensions: { __proto__: null },
  _cache: { __proto__: null },
  constants: Object.freeze({ __proto__: null }),
  findSourceMap: () => undefined,
  syncBuiltinESMExports() {},
  wrap: (code) => Module.wrapper[0] + code + Module.wrapper[1],
  wrapper: ['(function (exports, require, module, __filename, __dirname) { ', '\n});'],
});
for (const name of [
  '_load',
  '_resolveFilename',
  '_nodeModulePaths',
  'SourceMap',
  'enableCompileCache',
  'findPackageJSON',
  'register',
  'registerHooks',
  'runMain',
  'stripTypeScriptTypes',
]) {
  Module[name] = refuse(name);
}

module.exports = Module;
