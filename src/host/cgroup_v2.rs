//! Limits as cgroup v2 writes them.

const DEFAULT_PERIOD_US: &str = "100000";

/// Cores that `cpu.max` allows: `50000 100000`, or `max 100000`; `None` is no limit.
///
/// # Errors
/// When it is neither.
pub fn cpu_max(text: &str) -> Result<Option<f64>, String> {
    let malformed = || format!("is malformed: {:?}", text.trim());
    let mut fields = text.split_whitespace();
    let quota = fields.next().ok_or_else(malformed)?;
    let period = fields.next().unwrap_or(DEFAULT_PERIOD_US);
    let period: u64 = period.parse().map_err(|_| malformed())?;
    if quota == "max" {
        return Ok(None);
    }
    match (quota.parse::<u64>(), period) {
        (Ok(_), 0) | (Err(_), _) => Err(malformed()),
        // The kernel takes no quota below 1 ms.
        (Ok(0), _) => Ok(None),
        (Ok(quota), period) => Ok(Some(quota as f64 / period as f64)),
    }
}

/// Bytes that `memory.max` or `memory.high` allows; `None` is no limit.
///
/// # Errors
/// When it is neither a number nor `max`.
pub fn memory_limit(text: &str) -> Result<Option<f64>, String> {
    match text.trim() {
        "max" => Ok(None),
        number => match number.parse::<u64>() {
            Ok(bytes) => Ok(Some(bytes as f64)),
            Err(_) => Err(format!("is malformed: {number:?}")),
        },
    }
}
