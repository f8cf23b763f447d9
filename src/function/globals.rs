//! Names that every task has without bringing them along.

/// Globals of ECMAScript, up to what the V8 of Node 26 has.
const ECMASCRIPT: &[&str] = &[
    "AggregateError",
    "Array",
    "ArrayBuffer",
    "AsyncDisposableStack",
    "Atomics",
    "BigInt",
    "BigInt64Array",
    "BigUint64Array",
    "Boolean",
    "DataView",
    "Date",
    "DisposableStack",
    "Error",
    "EvalError",
    "FinalizationRegistry",
    "Float16Array",
    "Float32Array",
    "Float64Array",
    "Function",
    "Infinity",
    "Int16Array",
    "Int32Array",
    "Int8Array",
    "Intl",
    "Iterator",
    "JSON",
    "Map",
    "Math",
    "NaN",
    "Number",
    "Object",
    "Promise",
    "Proxy",
    "RangeError",
    "ReferenceError",
    "Reflect",
    "RegExp",
    "Set",
    "SharedArrayBuffer",
    "String",
    "SuppressedError",
    "Symbol",
    "SyntaxError",
    "Temporal",
    "TypeError",
    "URIError",
    "Uint16Array",
    "Uint32Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "WeakMap",
    "WeakRef",
    "WeakSet",
    "decodeURI",
    "decodeURIComponent",
    "encodeURI",
    "encodeURIComponent",
    "escape",
    "eval",
    "globalThis",
    "isFinite",
    "isNaN",
    "parseFloat",
    "parseInt",
    "undefined",
    "unescape",
];

/// What a task's context adds to ECMAScript.
const TASK: &[&str] = &[
    "AbortController",
    "AbortSignal",
    "Buffer",
    "CustomEvent",
    "DOMException",
    "Event",
    "EventTarget",
    "TextDecoder",
    "TextEncoder",
    "URL",
    "URLSearchParams",
    "WebAssembly",
    "atob",
    "btoa",
    "clearImmediate",
    "clearInterval",
    "clearTimeout",
    "console",
    "crypto",
    "global",
    "offloop",
    "performance",
    "process",
    "queueMicrotask",
    "setImmediate",
    "setInterval",
    "setTimeout",
    "structuredClone",
];

/// Parameters of the function that Node wraps around a `CommonJS` module.
const COMMONJS: &[&str] = &["exports", "require", "module", "__filename", "__dirname"];

/// Whether a task finds the name on its global object.
pub(super) fn is_provided(name: &str) -> bool {
    ECMASCRIPT.binary_search(&name).is_ok() || TASK.binary_search(&name).is_ok()
}

/// Whether Node's `CommonJS` wrapper gives the name to a module.
pub(super) fn is_commonjs(name: &str) -> bool {
    COMMONJS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_for_the_binary_search() {
        assert!(ECMASCRIPT.is_sorted());
        assert!(TASK.is_sorted());
    }
}
