//! Limits as cgroup v1 writes them.

/// Cores that `cpu.cfs_quota_us` and `cpu.cfs_period_us` allow; `None` is no limit.
///
/// # Errors
/// When they are no numbers.
pub fn cpu_quota(quota: &str, period: &str) -> Result<Option<f64>, String> {
    let malformed = || format!("is malformed: {:?} / {:?}", quota.trim(), period.trim());
    let quota: i64 = quota.trim().parse().map_err(|_| malformed())?;
    // -1 is none. 0 is what some runtimes show for none: the kernel takes no quota below 1 ms.
    if quota <= 0 {
        return Ok(None);
    }
    match period.trim().parse::<u64>() {
        Ok(period) if period > 0 => Ok(Some(quota as f64 / period as f64)),
        _ => Err(malformed()),
    }
}

/// Bytes that `memory.limit_in_bytes` allows. Without a limit it is a number near 2^63.
///
/// # Errors
/// When it is no number.
pub fn memory_limit(text: &str) -> Result<Option<f64>, String> {
    const NO_LIMIT: i64 = 1 << 62;
    match text.trim().parse::<i64>() {
        Ok(bytes) if (0..NO_LIMIT).contains(&bytes) => Ok(Some(bytes as f64)),
        Ok(_) => Ok(None),
        Err(_) => Err(format!("is malformed: {:?}", text.trim())),
    }
}
