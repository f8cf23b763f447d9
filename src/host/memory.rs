//! How much memory the process may use, and how much of that is used.

use super::fact::Fact;
use super::files::{Files, read_if_there, read_or_why};
use super::hierarchy::{Group, Hierarchies, Version};
use super::runtime::Runtime;
use super::{cgroup_v1, cgroup_v2, flat_keyed, meminfo};

const MEMINFO: &str = "/proc/meminfo";
const MIB: f64 = 1_048_576.0;

/// What is known of the memory.
pub struct Memory {
    /// MiB that may be used.
    pub limit_mb: Fact<f64>,
    /// Whether that is less than the machine has.
    pub limited: Fact<bool>,
    /// MiB of the limit that are used.
    pub used_mb: Fact<f64>,
}

/// The least limit of the groups.
struct GroupLimit {
    bytes: f64,
    version: Version,
    folder: String,
    source: String,
}

/// Reads all.
pub fn read(
    files: &dyn Files,
    hierarchies: Result<&Hierarchies, &String>,
    runtime: &Runtime,
) -> Memory {
    let machine = read_or_why(files, MEMINFO);
    let (total, total_source) = match machine
        .as_ref()
        .ok()
        .and_then(|text| meminfo::bytes(text, "MemTotal"))
    {
        Some(bytes) => (bytes, format!("MemTotal of {MEMINFO}")),
        None => (runtime.total_memory, "os.totalmem()".to_owned()),
    };
    let limit = hierarchies
        .map_err(Clone::clone)
        .and_then(|hierarchies| group_limit(files, hierarchies));
    match limit {
        Ok(Some(limit)) if limit.bytes < total => Memory {
            limited: Fact::known(true, format!("{} and {total_source}", limit.source)),
            used_mb: used_of_group(files, &limit),
            limit_mb: Fact::known(limit.bytes / MIB, limit.source),
        },
        Ok(_) => Memory {
            limit_mb: Fact::known(total / MIB, total_source),
            limited: Fact::known(false, "no group's limit is below the machine's memory"),
            used_mb: used_of_machine(machine),
        },
        Err(_) if runtime.platform == "darwin" => Memory {
            limit_mb: Fact::known(total / MIB, total_source),
            limited: Fact::known(false, "macOS has no limits for groups of processes"),
            used_mb: used_of_machine(machine),
        },
        Err(reason) => Memory {
            limit_mb: Fact::unknown(reason.clone()),
            used_mb: Fact::unknown(reason.clone()),
            limited: Fact::unknown(reason),
        },
    }
}

/// Bytes that the process's group may still take; `None` where no group's limit is known.
pub fn left_in_group(files: &dyn Files) -> Option<u64> {
    let hierarchies = Hierarchies::read(files).ok()?;
    let limit = group_limit(files, &hierarchies).ok()??;
    let machine = files.read(MEMINFO).ok();
    let total = machine.and_then(|text| meminfo::bytes(&text, "MemTotal"));
    if total.is_some_and(|total| limit.bytes >= total) {
        return None;
    }
    let used_mb = used_of_group(files, &limit).value?;
    Some((limit.bytes - used_mb * MIB).max(0.0) as u64)
}

fn group_limit(files: &dyn Files, hierarchies: &Hierarchies) -> Result<Option<GroupLimit>, String> {
    let group = hierarchies.of_controller(files, "memory")?;
    let mut least: Option<GroupLimit> = None;
    for folder in group.levels() {
        for name in limit_files(&group) {
            let source = format!("{folder}/{name}");
            let Some(text) = read_if_there(files, &source)? else {
                continue;
            };
            let bytes = match group.version {
                Version::V1 => cgroup_v1::memory_limit(&text),
                Version::V2 => cgroup_v2::memory_limit(&text),
            };
            let Some(bytes) = bytes.map_err(|problem| format!("{source} {problem}"))? else {
                continue;
            };
            if least.as_ref().is_none_or(|least| bytes < least.bytes) {
                least = Some(GroupLimit {
                    bytes,
                    version: group.version,
                    folder: folder.to_owned(),
                    source,
                });
            }
        }
    }
    Ok(least)
}

fn limit_files(group: &Group) -> &'static [&'static str] {
    match group.version {
        Version::V1 => &["memory.limit_in_bytes"],
        // Beyond `high` the group is slowed down until nothing works: a limit too.
        Version::V2 => &["memory.max", "memory.high"],
    }
}

/// The kernel frees page cache that has not been used lately before it refuses memory.
fn used_of_group(files: &dyn Files, limit: &GroupLimit) -> Fact<f64> {
    let (name, cache) = match limit.version {
        Version::V1 => ("memory.usage_in_bytes", "total_inactive_file"),
        Version::V2 => ("memory.current", "inactive_file"),
    };
    let path = format!("{}/{name}", limit.folder);
    let used = match read_or_why(files, &path) {
        Ok(text) => match text.trim().parse::<u64>() {
            Ok(bytes) => bytes,
            Err(_) => return Fact::unknown(format!("{path} is malformed")),
        },
        Err(reason) => return Fact::unknown(reason),
    };
    let stat = files.read(&format!("{}/memory.stat", limit.folder)).ok();
    match stat.and_then(|text| flat_keyed::value(&text, cache)) {
        Some(cached) => Fact::known(
            used.saturating_sub(cached) as f64 / MIB,
            format!("{path} less {cache} of memory.stat"),
        ),
        None => Fact::known(used as f64 / MIB, path),
    }
}

fn used_of_machine(machine: Result<String, String>) -> Fact<f64> {
    let text = match machine {
        Ok(text) => text,
        Err(reason) => return Fact::unknown(reason),
    };
    match (
        meminfo::bytes(&text, "MemTotal"),
        meminfo::bytes(&text, "MemAvailable"),
    ) {
        (Some(total), Some(available)) => Fact::known(
            (total - available).max(0.0) / MIB,
            format!("MemTotal less MemAvailable of {MEMINFO}"),
        ),
        _ => Fact::unknown(format!("{MEMINFO} has no MemTotal and MemAvailable")),
    }
}
