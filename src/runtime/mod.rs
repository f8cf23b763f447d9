//! What a task's bare context gets beside ECMAScript and WebAssembly.
//!
//! The JavaScript half is one script, assembled below from parts that declare one function each.
//! Its value is a function: called with the bridge's `native` object, it returns the lazy globals
//! and a `hooks` object. The Rust half are the operations behind `native.op` ([`ops`]) and the
//! explanations of what is missing ([`absent`]). README.md has the whole seam.

pub mod absent;
mod forgiving_base64;
pub mod ops;
mod text_decoding;

/// The script that makes the lazy globals.
pub const PRELUDE: &str = concat!(
    "(function offloopPrelude(native) {\n'use strict';\n",
    include_str!("prelude/intrinsics.js"),
    include_str!("prelude/errors.js"),
    include_str!("prelude/clock.js"),
    include_str!("prelude/timers.js"),
    include_str!("prelude/describe.js"),
    include_str!("prelude/console.js"),
    include_str!("prelude/encoding.js"),
    include_str!("prelude/clone.js"),
    include_str!("prelude/pending.js"),
    include_str!("prelude/freeze.js"),
    include_str!("prelude/revive.js"),
    include_str!("prelude/calls.js"),
    include_str!("prelude/signal.js"),
    include_str!("prelude/offloop.js"),
    include_str!("prelude/globals.js"),
    "return makeGlobals(native);\n})"
);

/// The script that makes declarations of users' modules and hands them to functions.
pub const UNITS: &str = concat!("(", include_str!("units.js"), ")");
/// The body of the function that makes the loader: called with the bridge's module functions and what
/// the prelude returned.
pub const LOADER: &str = concat!(
    "'use strict';\n",
    include_str!("loader/paths.js"),
    include_str!("loader/failures.js"),
    include_str!("loader/builtins.js"),
    include_str!("loader/export-names.js"),
    include_str!("loader/require.js"),
    include_str!("loader/esm.js"),
    include_str!("loader/link.js"),
    include_str!("loader/loader.js"),
    "return makeLoader(native, prelude);\n"
);

/// Names on the global object whose first access calls the prelude.
pub const LAZY_GLOBALS: &[&str] = &[
    "console",
    "setTimeout",
    "setInterval",
    "setImmediate",
    "clearTimeout",
    "clearInterval",
    "clearImmediate",
    "queueMicrotask",
    "structuredClone",
    "TextEncoder",
    "TextDecoder",
    "atob",
    "btoa",
    "performance",
    "offloop",
    "DOMException",
    // From here on the loader takes them from modules of Node's (prelude/globals.js).
    "URL",
    "URLSearchParams",
    "AbortController",
    "AbortSignal",
    "Event",
    "EventTarget",
    "CustomEvent",
    "Buffer",
    "process",
    "crypto",
    "global",
];
