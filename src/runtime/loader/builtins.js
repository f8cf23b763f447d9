/*
 * Node's own modules: each is made when it is first asked for, once in a context.
 */
function makeBuiltins(native, prelude, intrinsics, failures) {
  const { Map, mapGet, mapSet, mapDelete, parse, slice, split, startsWith } = intrinsics;
  const { Error } = intrinsics;
  /** By name: { exports }. */
  const made = new Map();
  let facts;
  let tools;

  function factsOfProcess() {
    if (facts === undefined) {
      // An isolate of a user's is told nothing.
      facts = parse(prelude.native.facts() ?? '{}');
    }
    return facts;
  }

  function unknown(name) {
    const message = `No such built-in module: node:${name}`;
    return failures.coded(Error, 'ERR_UNKNOWN_BUILTIN_MODULE', message);
  }

  function load(name) {
    const known = mapGet(made, name);
    if (known !== undefined) return known.exports;
    const body = native.builtin(name);
    if (body === undefined) {
      throw unknown(name);
    }
    const module = { exports: {} };
    mapSet(made, name, module);
    let done = false;
    try {
      body(module.exports, requireBuiltin, module, tools, factsOfProcess());
      done = true;
    } finally {
      if (!done) mapDelete(made, name);
    }
    return module.exports;
  }

  function requireBuiltin(specifier) {
    return load(startsWith(specifier, 'node:') ? slice(specifier, 5) : specifier);
  }

  let names;

  /** Those that tasks may ask for; the others are for these. */
  function publicNames() {
    if (names !== undefined) return names;
    names = [];
    const all = split(native.builtinNames(), '\n');
    for (let index = 0; index < all.length; index++) {
      if (all[index] !== '' && !startsWith(all[index], 'internal/'))
        names[names.length] = all[index];
    }
    return names;
  }

  /** What task code gets that `importer` stands for. */
  function loadPublic(name, importer) {
    try {
      if (startsWith(name, 'internal/')) throw unknown(name);
      return load(name);
    } catch (error) {
      throw failures.told(error, importer);
    }
  }

  return {
    load,
    loadPublic,
    publicNames,
    /** What the bodies get as `native`. */
    give(object) {
      tools = object;
    },
  };
}
