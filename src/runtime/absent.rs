//! Globals that Node has and a task has not: what to do instead.

/// Names, and the sentence that follows "X is not defined in a task.".
pub const ABSENT: &[(&[&str], &str)] = &[
    (
        &["module", "exports"],
        "Only a CommonJS file has it: return the value instead.",
    ),
    (
        &["__filename", "__dirname"],
        "Only a CommonJS file has it: pass the path as an argument.",
    ),
    (
        &[
            "fetch",
            "Headers",
            "Request",
            "Response",
            "FormData",
            "WebSocket",
            "EventSource",
            "CloseEvent",
        ],
        "It has no network: fetch on the main thread and pass the data as an argument.",
    ),
    (
        &["Blob", "File"],
        "Pass the bytes as an ArrayBuffer or a Uint8Array.",
    ),
    (
        &["URLPattern"],
        "Match on the main thread and pass the parts as strings, or use URL and a regular expression.",
    ),
    (
        &["MessageEvent", "ErrorEvent"],
        "Event and CustomEvent are there: put what it carries into the detail of a CustomEvent.",
    ),
    (
        &["MessageChannel", "MessagePort", "BroadcastChannel"],
        "A task talks to its caller through its arguments, its result and SharedArrayBuffer.",
    ),
    (
        &["Crypto", "CryptoKey", "SubtleCrypto"],
        "Use crypto.constructor, key.constructor or crypto.subtle.constructor.",
    ),
    (
        &["navigator", "Navigator"],
        "Read it on the main thread and pass the value as an argument.",
    ),
    (
        &[
            "ReadableStream",
            "ReadableStreamDefaultReader",
            "ReadableStreamBYOBReader",
            "ReadableStreamBYOBRequest",
            "ReadableByteStreamController",
            "ReadableStreamDefaultController",
            "WritableStream",
            "WritableStreamDefaultController",
            "WritableStreamDefaultWriter",
            "TransformStream",
            "TransformStreamDefaultController",
            "ByteLengthQueuingStrategy",
            "CountQueuingStrategy",
        ],
        "Read and write streams on the main thread, and run a task for each chunk.",
    ),
    (
        &["TextEncoderStream", "TextDecoderStream"],
        "Use TextEncoder and TextDecoder, which takes chunks with { stream: true }.",
    ),
    (
        &["CompressionStream", "DecompressionStream"],
        "Use require('node:zlib'), whose streams and functions are there.",
    ),
    (
        &["Storage", "localStorage", "sessionStorage"],
        "Read the entry on the main thread and pass it as an argument.",
    ),
    (
        &["QuotaExceededError"],
        "Compare error.name ('QuotaExceededError') instead.",
    ),
    (
        &[
            "Performance",
            "PerformanceEntry",
            "PerformanceMark",
            "PerformanceMeasure",
            "PerformanceObserver",
            "PerformanceObserverEntryList",
            "PerformanceResourceTiming",
        ],
        "Of performance it has now() and timeOrigin.",
    ),
];

/// Likewise, of what tasks of pools have and isolates of users have only with modules.
pub const ABSENT_IN_ISOLATES: &[(&[&str], &str)] = &[
    (
        &["Buffer"],
        "A Buffer argument arrives as a Uint8Array: use that, with TextEncoder and TextDecoder.",
    ),
    (
        &["process"],
        "Pass what it needs of the process as an argument; to end early, return or throw.",
    ),
    (&["global"], "Use globalThis, which every JavaScript has."),
    (
        &["crypto"],
        "Pass keys, digests and random bytes as arguments.",
    ),
    (
        &["require"],
        "Isolates that are made with modules: { root } have it.",
    ),
];

/// The better message for a `ReferenceError` that says "X is not defined", when X is one of Node's
/// globals.
pub fn explain(reference_error_message: &str) -> Option<String> {
    let name = reference_error_message.strip_suffix(" is not defined")?;
    let (_, advice) = ABSENT
        .iter()
        .chain(ABSENT_IN_ISOLATES)
        .find(|(names, _)| names.contains(&name))?;
    Some(format!("{name} is not defined in a task. {advice}"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::LAZY_GLOBALS;
    use super::*;

    #[test]
    fn a_global_of_node_is_explained() {
        assert_eq!(
            explain("__dirname is not defined").as_deref(),
            Some(
                "__dirname is not defined in a task. Only a CommonJS file has it: pass the path as an argument."
            )
        );
        let all = ABSENT.iter().chain(ABSENT_IN_ISOLATES);
        for name in all.flat_map(|(names, _)| *names) {
            let message = explain(&format!("{name} is not defined")).unwrap();
            assert!(
                message.starts_with(&format!("{name} is not defined in a task. ")),
                "{message}"
            );
            assert!(message.ends_with('.') && message.len() < 200, "{message}");
        }
    }

    #[test]
    fn other_messages_are_left_alone() {
        for message in [
            "foo is not defined",
            "Buffer",
            "Buffer is not a function",
            "x: Buffer is not defined",
            "",
        ] {
            assert_eq!(explain(message), None, "{message:?}");
        }
    }

    #[test]
    fn a_name_is_listed_once_and_only_when_a_task_has_it_not() {
        let mut seen: HashSet<&str> = LAZY_GLOBALS.iter().copied().collect();
        for name in ABSENT.iter().flat_map(|(names, _)| *names) {
            assert!(seen.insert(name), "{name}");
        }
    }
}
