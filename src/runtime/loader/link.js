/*
 * The way of a task's function to modules (src/runtime/README.md): `require` and its kin, `import.meta`, what it imports.
 */
function makeLinks(intrinsics, commonjs, esm) {
  const { Map, create, defineProperty, isPromise, mapGet, mapSet, promiseThen, visible } =
    intrinsics;
  /** By file. */
  const known = new Map();

  function baseOf(from) {
    let base = mapGet(known, from);
    if (base === undefined) {
      const module = commonjs.root(from);
      let meta;
      base = {
        __proto__: null,
        require: commonjs.makeRequire(module),
        module,
        exports: module.exports,
        filename: from,
        dirname: module.path,
        get meta() {
          meta ??= esm.metaOf(create(null), from, '');
          return meta;
        },
      };
      mapSet(known, from, base);
    }
    return base;
  }

  /** A link, or the promise of one. */
  return function link(from, specifiers) {
    const base = baseOf(from);
    if (specifiers.length === 0) return base;
    const loaded = esm.importAll(specifiers, base.module);
    const complete = (imports) => defineProperty(create(base), 'imports', visible(imports));
    return isPromise(loaded) ? promiseThen(loaded, complete) : complete(loaded);
  };
}
