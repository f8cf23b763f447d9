//! What a message to a child process costs the main thread.
//!
//! From round trips of `child_process.fork` that echoed a payload (Node 20 to 26, research/advisor.md 2.4). Each of the
//! two messages is serialised on one side and parsed on the other: half of the round trip is the main thread's.

/// Bytes each way, and milliseconds of the main thread: objects, which `fork` sends as JSON.
const OBJECTS: [(f64, f64); 6] = [
    (1.0, 0.042),
    (1e3, 0.068),
    (1e4, 0.19),
    (1e5, 2.1),
    (1e6, 18.0),
    (1e7, 400.0),
];
/// Likewise for buffers, which JSON spells out byte by byte.
const BINARY: [(f64, f64); 3] = [(1.0, 0.042), (1e3, 0.11), (1e6, 66.0)];

/// Milliseconds of the main thread for a call with payloads of `bytes` each way, interpolated in logarithms; beyond the
/// table in proportion.
pub fn of_bytes(bytes: f64, binary: bool) -> f64 {
    let table: &[(f64, f64)] = if binary { &BINARY } else { &OBJECTS };
    let bytes = bytes.max(table[0].0);
    let above = table.iter().position(|(size, _)| *size >= bytes);
    match above {
        Some(0) => table[0].1,
        Some(index) => {
            let (low, high) = (table[index - 1], table[index]);
            let share = (bytes / low.0).ln() / (high.0 / low.0).ln();
            low.1 * (high.1 / low.1).powf(share)
        }
        None => {
            let last = table[table.len() - 1];
            last.1 * bytes / last.0
        }
    }
}

/// Where the payload is not known: no less than the cheapest message, and than a call within the process.
pub fn of_call(main_thread_ms: f64) -> f64 {
    main_thread_ms.max(OBJECTS[0].1)
}
