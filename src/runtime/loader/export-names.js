/*
 * The names that a CommonJS module exports, found in its text as Node finds them; read once for all isolates.
 */
function makeExportNames(native, intrinsics, builtins) {
  const { Set, arrayIndexOf, parse, setAdd, setHas, stringify } = intrinsics;

  /** { exports, reexports }; nothing for a text that the lexer does not read. */
  function lexed(filename, declared, fail) {
    const kept = native.exportNames(filename, declared, fail);
    if (kept !== undefined) return parse(kept);
    const lexer = builtins.load('internal/cjs-lexer');
    let found;
    try {
      const { exports, reexports } = lexer.parse(native.text(filename, declared, fail), filename);
      found = { exports, reexports };
    } catch {
      // It is V8 that says what is wrong with it, when it runs.
      found = { exports: [], reexports: [] };
    }
    native.keepExportNames(filename, declared, fail, stringify(found));
    return found;
  }

  function collect(filename, declared, fail, names, commonjs, seen) {
    if (setHas(seen, filename)) return;
    setAdd(seen, filename);
    const { exports, reexports } = lexed(filename, declared, fail);
    for (let index = 0; index < exports.length; index++) {
      if (arrayIndexOf(names, exports[index]) === -1) names[names.length] = exports[index];
    }
    for (let index = 0; index < reexports.length; index++) {
      let found;
      try {
        found = commonjs.find({ filename }, reexports[index]);
        if (typeof found === 'string') continue;
        if (native.format(found[0], found[1], fail) !== FORMAT.commonjs) continue;
      } catch {
        // Whether it is missed is seen when it runs.
        continue;
      }
      collect(found[0], found[1], fail, names, commonjs, seen);
    }
  }

  return function exportNames(filename, declared, fail, names, commonjs) {
    collect(filename, declared, fail, names, commonjs, new Set());
  };
}
