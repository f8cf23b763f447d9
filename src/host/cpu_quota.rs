//! The CPU quota of the process's group and of all above it.

use super::files::{Files, read_if_there, read_or_why};
use super::hierarchy::{Group, Hierarchies, Version};
use super::{cgroup_v1, cgroup_v2, flat_keyed};

/// What the groups allow.
#[derive(Clone, Debug, PartialEq)]
pub enum CpuQuota {
    /// No group has a quota.
    None {
        /// Where it was looked for.
        source: String,
    },
    /// The least of them.
    Cores {
        /// A fraction.
        cores: f64,
        /// The folder of the group that has it.
        folder: String,
        /// The file.
        source: String,
    },
}

/// Periods of the quota that has been enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttling {
    /// Those that ended.
    pub periods: u64,
    /// Those of them in which the group had to wait.
    pub throttled: u64,
}

/// # Errors
/// Why it cannot be known.
pub fn cpu_quota(files: &dyn Files, hierarchies: &Hierarchies) -> Result<CpuQuota, String> {
    let group = hierarchies.of_controller(files, "cpu")?;
    let mut least = CpuQuota::None {
        source: format!(
            "no quota in {} of {}",
            file_name(group.version),
            group.range()
        ),
    };
    for folder in group.levels() {
        // Above an unreadable or malformed one the least may still be lower, so one spoils the fact.
        let Some((cores, source)) = quota_of_level(files, &group, folder)? else {
            continue;
        };
        if !matches!(least, CpuQuota::Cores { cores: lower, .. } if lower <= cores) {
            let folder = folder.to_owned();
            least = CpuQuota::Cores {
                cores,
                folder,
                source,
            };
        }
    }
    Ok(least)
}

/// `None` where the level has no quota.
fn quota_of_level(
    files: &dyn Files,
    group: &Group,
    folder: &str,
) -> Result<Option<(f64, String)>, String> {
    let path = format!("{folder}/{}", file_name(group.version));
    let Some(text) = read_if_there(files, &path)? else {
        return Ok(None);
    };
    let cores = match group.version {
        Version::V1 => {
            let period = read_or_why(files, &format!("{folder}/cpu.cfs_period_us"))?;
            cgroup_v1::cpu_quota(&text, &period)
        }
        Version::V2 => cgroup_v2::cpu_max(&text),
    };
    match cores {
        Ok(cores) => Ok(cores.map(|cores| (cores, path))),
        Err(problem) => Err(format!("{path} {problem}")),
    }
}

fn file_name(version: Version) -> &'static str {
    match version {
        Version::V1 => "cpu.cfs_quota_us",
        Version::V2 => "cpu.max",
    }
}

/// How often the group in `folder` has been throttled since it was made, and the file that tells.
///
/// # Errors
/// Why it cannot be known.
pub fn throttling(files: &dyn Files, folder: &str) -> Result<(Throttling, String), String> {
    let path = format!("{folder}/cpu.stat");
    let text = read_or_why(files, &path)?;
    let number = |key| flat_keyed::value(&text, key);
    match (number("nr_periods"), number("nr_throttled")) {
        (Some(periods), Some(throttled)) if throttled <= periods => {
            Ok((Throttling { periods, throttled }, path))
        }
        (Some(_), Some(_)) => Err(format!("{path} counts more throttled periods than periods")),
        _ => Err(format!("{path} has no nr_periods and nr_throttled")),
    }
}
