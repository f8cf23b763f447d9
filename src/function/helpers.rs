//! Names that tools write into the user's code.

/// esbuild's `__name(function, "name")`: it answers its first argument, so the wrapper provides it.
pub(super) const NAME_HELPER: &str = "__name";

/// TypeScript's helpers, inlined into the module or imported from tslib.
const TYPESCRIPT: &[&str] = &[
    "__addDisposableResource",
    "__assign",
    "__asyncDelegator",
    "__asyncGenerator",
    "__asyncValues",
    "__await",
    "__awaiter",
    "__classPrivateFieldGet",
    "__classPrivateFieldIn",
    "__classPrivateFieldSet",
    "__createBinding",
    "__decorate",
    "__disposeResources",
    "__esDecorate",
    "__exportStar",
    "__extends",
    "__generator",
    "__importDefault",
    "__importStar",
    "__makeTemplateObject",
    "__metadata",
    "__param",
    "__propKey",
    "__read",
    "__rest",
    "__rewriteRelativeImportExtension",
    "__runInitializers",
    "__setFunctionName",
    "__spread",
    "__spreadArray",
    "__spreadArrays",
    "__values",
];

/// esbuild's helpers.
const ESBUILD: &[&str] = &[
    "__accessCheck",
    "__async",
    "__callDispose",
    "__commonJS",
    "__commonJSMin",
    "__copyProps",
    "__create",
    "__decorateClass",
    "__decorateElement",
    "__decorateParam",
    "__decoratorMetadata",
    "__decoratorStart",
    "__defNormalProp",
    "__defProp",
    "__defProps",
    "__earlyAccess",
    "__esm",
    "__esmMin",
    "__export",
    "__exportAll",
    "__forAwait",
    "__getOwnPropDesc",
    "__getOwnPropDescs",
    "__getOwnPropNames",
    "__getOwnPropSymbols",
    "__getProtoOf",
    "__glob",
    "__hasOwnProp",
    "__isError",
    "__knownSymbol",
    "__objRest",
    "__pow",
    "__privateAdd",
    "__privateGet",
    "__privateIn",
    "__privateMethod",
    "__privateSet",
    "__privateWrapper",
    "__propIsEnum",
    "__publicField",
    "__reExport",
    "__reflectGet",
    "__reflectSet",
    "__require",
    "__runInitializers",
    "__spreadProps",
    "__spreadValues",
    "__superGet",
    "__superSet",
    "__template",
    "__toBinary",
    "__toCommonJS",
    "__toESM",
    "__typeError",
    "__using",
    "__yieldStar",
];

/// Babel's helpers in camel case; SWC writes the same names in snake case.
const BABEL: &[&str] = &[
    "_applyDecoratedDescriptor",
    "_arrayLikeToArray",
    "_arrayWithHoles",
    "_arrayWithoutHoles",
    "_assertThisInitialized",
    "_asyncGeneratorDelegate",
    "_asyncIterator",
    "_asyncToGenerator",
    "_awaitAsyncGenerator",
    "_callSuper",
    "_classCallCheck",
    "_classPrivateFieldGet",
    "_classPrivateFieldInitSpec",
    "_classPrivateFieldLooseBase",
    "_classPrivateFieldLooseKey",
    "_classPrivateFieldSet",
    "_classPrivateMethodGet",
    "_createClass",
    "_createForOfIteratorHelper",
    "_createForOfIteratorHelperLoose",
    "_createSuper",
    "_defineProperty",
    "_extends",
    "_getPrototypeOf",
    "_getRequireWildcardCache",
    "_inherits",
    "_inheritsLoose",
    "_initializerDefineProperty",
    "_instanceof",
    "_interopRequireDefault",
    "_interopRequireWildcard",
    "_isNativeReflectConstruct",
    "_iterableToArray",
    "_iterableToArrayLimit",
    "_newArrowCheck",
    "_nonIterableRest",
    "_nonIterableSpread",
    "_objectDestructuringEmpty",
    "_objectSpread",
    "_objectSpread2",
    "_objectSpreadProps",
    "_objectWithoutProperties",
    "_objectWithoutPropertiesLoose",
    "_possibleConstructorReturn",
    "_readOnlyError",
    "_regenerator",
    "_regeneratorAsync",
    "_regeneratorAsyncGen",
    "_regeneratorAsyncIterator",
    "_regeneratorDefine",
    "_regeneratorKeys",
    "_regeneratorRuntime",
    "_regeneratorValues",
    "_setPrototypeOf",
    "_skipFirstGeneratorNext",
    "_slicedToArray",
    "_superPropBase",
    "_taggedTemplateLiteral",
    "_taggedTemplateLiteralLoose",
    "_toArray",
    "_toConsumableArray",
    "_toPrimitive",
    "_toPropertyKey",
    "_tsDecorate",
    "_tsGenerator",
    "_tsMetadata",
    "_tsParam",
    "_tsValues",
    "_typeof",
    "_unsupportedIterableToArray",
    "_usingCtx",
    "_wrapAsyncGenerator",
    "_wrapNativeSuper",
    "_wrapRegExp",
];

/// Beginnings of the names of coverage counters (Vitest), of mutation tests (Stryker) and of module
/// loaders (Vite, webpack).
const PREFIXES: &[&str] = &[
    "__cov",
    "stryCov_",
    "stryMutAct_",
    "stryNS_",
    "__vite_ssr_",
    "__vi_import_",
    "__webpack_",
];

/// Packages that hold nothing but helpers.
const PACKAGES: &[&str] = &[
    "tslib",
    "@babel/runtime",
    "@babel/runtime-corejs3",
    "@swc/helpers",
];

/// Functions that load a module by its name.
const LOADERS: &[&str] = &[
    "require",
    "__require",
    "__webpack_require__",
    "__vite_ssr_import__",
    "__vite_ssr_dynamic_import__",
    "__vi_ssr_import__",
    "__vi_ssr_dynamic_import__",
];

/// Whether a tool, not the user, wrote a thing of that name.
pub(super) fn is_helper(name: &str) -> bool {
    if !name.starts_with(['_', 'c', 's']) {
        return false;
    }
    name == NAME_HELPER
        || TYPESCRIPT.contains(&name)
        || ESBUILD.contains(&name)
        || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || is_istanbul_counter(name)
        || is_numbered(name, "_excluded")
        || BABEL.contains(&name.trim_end_matches(|last: char| last.is_ascii_digit()))
        || BABEL.iter().any(|helper| is_snake_case_of(name, helper))
}

/// Whether the name is `cov_` and a hash, as Istanbul writes it; `cov_matrix` is a user's.
pub(super) fn is_istanbul_counter(name: &str) -> bool {
    name.strip_prefix("cov_").is_some_and(|hash| {
        (6..=14).contains(&hash.len())
            && hash
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
            && hash.bytes().any(|byte| byte.is_ascii_digit())
    })
}

/// Whether it is a variable that a compiler fills where a tagged template is first evaluated.
pub(super) fn is_template_slot(name: &str) -> bool {
    is_numbered(name, "_templateObject") || is_numbered(name, "templateObject_")
}

fn is_numbered(name: &str, stem: &str) -> bool {
    name.strip_prefix(stem)
        .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether `name` is `camel` written in snake case.
fn is_snake_case_of(name: &str, camel: &str) -> bool {
    let mut left = name.bytes();
    for byte in camel.bytes() {
        let matches = if byte.is_ascii_uppercase() {
            left.next() == Some(b'_') && left.next() == Some(byte.to_ascii_lowercase())
        } else {
            left.next() == Some(byte)
        };
        if !matches {
            return false;
        }
    }
    left.next().is_none()
}

/// Whether the module holds only helpers.
pub(super) fn is_helper_module(specifier: &str) -> bool {
    PACKAGES.iter().any(|package| {
        specifier
            .strip_prefix(package)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Whether a bundler gives a parameter of that name to the functions that it makes of modules.
pub(super) fn is_wrapper_name(name: &str) -> bool {
    ["__vite_ssr_", "__vi_", "__webpack_", "__unused_webpack_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// Whether a call of that function answers the module that its argument names.
pub(super) fn is_loader(name: &str) -> bool {
    LOADERS.contains(&name)
}

/// Whether a function of that name, which a module loader gives, imports what its argument names.
pub(super) fn dynamic_import(name: &str) -> bool {
    matches!(
        name,
        "__vite_ssr_dynamic_import__" | "__vi_ssr_dynamic_import__"
    )
}

/// Whether a call of that function wraps a module of the bundle, to be run when it is first needed.
pub(super) fn is_lazy_module(name: &str) -> bool {
    matches!(name, "__commonJS" | "__commonJSMin")
}

/// Whether a call of that function only adapts the module that it is given.
pub(super) fn is_interop(name: &str) -> bool {
    matches!(name, "__importDefault" | "__importStar" | "__toESM")
        || name.to_ascii_lowercase().contains("interop")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helpers_of_each_tool_are_known() {
        for name in [
            "__name",
            "__awaiter",
            "__generator",
            "__spreadArray",
            "__assign",
            "__rest",
            "__decorate",
            "_asyncToGenerator",
            "_async_to_generator",
            "_interopRequireDefault",
            "_interop_require_default",
            "cov_1hx4k2a9",
            "__vite_ssr_import_0__",
            "__cov_$abc",
            "__coverage__",
            "__spreadValues",
            "_object_spread_props",
            "__webpack_require__",
        ] {
            assert!(is_helper(name), "{name}");
        }
        for name in [
            "_",
            "_fs",
            "coverage",
            "cover",
            "cov_matrix",
            "cov_1",
            "__dirname",
            "_async_togenerator",
            "_async_to_generator2",
            "strategy",
        ] {
            assert!(!is_helper(name), "{name}");
        }
    }

    #[test]
    fn helper_packages_are_known_by_name_and_subpath() {
        assert!(is_helper_module("tslib"));
        assert!(is_helper_module("@babel/runtime/helpers/extends"));
        assert!(!is_helper_module("tslib-extra"));
    }
}
