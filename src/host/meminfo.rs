//! `/proc/meminfo`.

/// Bytes of `key`, whose line is `MemTotal:       24684096 kB`.
pub fn bytes(text: &str, key: &str) -> Option<f64> {
    let rest = text
        .lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
    let kilobytes: u64 = rest.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes as f64 * 1024.0)
}
