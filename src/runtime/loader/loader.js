/*
 * Puts the parts together. What the bridge calls: `link`, `importDynamically`, `initialiseMeta`; what the prelude calls:
 * `builtin`.
 */
const REQUEST = { __proto__: null, require: 1, import: 2 };
/** As src/modules/format.rs numbers them. */
const FORMAT = { __proto__: null, commonjs: 1, module: 2, json: 3, unknown: 7 };

function makeLoader(native, prelude) {
  const { intrinsics } = prelude;
  const failures = makeFailures(intrinsics);
  const paths = makePaths(intrinsics);
  const builtins = makeBuiltins(native, prelude, intrinsics, failures);
  const commonjs = makeCommonJs(native, prelude, intrinsics, failures, paths, builtins);
  const esm = makeEsm(native, prelude, intrinsics, failures, paths, builtins, commonjs);
  commonjs.onModule(esm.requireModule);
  builtins.give({
    __proto__: prelude.native,
    Module: commonjs.Module,
    createRequire: commonjs.createRequire,
    get builtinModules() {
      return builtins.publicNames();
    },
  });
  prelude.onReset(() => {
    commonjs.reset();
    esm.reset();
  });
  return {
    builtin: builtins.load,
    // From the folder that the isolate's modules may come from: no file is called so.
    globalRequire: () => commonjs.createRequire('/'),
    importDynamically: esm.importDynamically,
    initialiseMeta: esm.initialiseMeta,
    link: makeLinks(intrinsics, commonjs, esm),
  };
}
