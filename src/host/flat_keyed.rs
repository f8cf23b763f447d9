//! Files of `key value` lines: `cpu.stat`, `memory.stat`.

/// The number of `key`.
pub fn value(text: &str, key: &str) -> Option<u64> {
    text.lines().find_map(|line| {
        let (name, number) = line.split_once(' ')?;
        (name == key).then(|| number.trim().parse().ok())?
    })
}
