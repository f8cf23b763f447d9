//! The machine's CPUs, and those that this process may use.

use std::collections::HashSet;

use super::cpu_list::{self, CpuList};
use super::fact::Fact;
use super::files::{Files, read_or_why};
use super::runtime::Runtime;
use super::{proc_stat, proc_status};

const ONLINE: &str = "/sys/devices/system/cpu/online";
const STAT: &str = "/proc/stat";
const STATUS: &str = "/proc/self/status";
const CPUINFO: &str = "/proc/cpuinfo";
const SMT: &str = "/sys/devices/system/cpu/smt/active";
const SIBLINGS: &str = "/sys/devices/system/cpu/cpu*/topology/thread_siblings_list";
/// Linux's own limit; nothing is read for more.
const MOST_CPUS: usize = 8192;

/// The crate `num_cpus`, which asks the system where there are no files to read.
#[derive(Clone, Copy)]
pub struct Counting {
    /// `num_cpus::get`
    pub logical: fn() -> usize,
    /// `num_cpus::get_physical`
    pub physical: fn() -> usize,
}

/// What is known of the CPUs.
pub struct Cpus {
    /// Those in the affinity mask.
    pub allowed: Fact<f64>,
    /// Those of the machine.
    pub logical: Fact<f64>,
    /// Its cores.
    pub physical: Fact<f64>,
    /// Whether cores run more than one thread.
    pub smt: Fact<bool>,
}

/// Reads them all.
pub fn read(files: &dyn Files, runtime: &Runtime, counting: Counting) -> Cpus {
    let online = online(files);
    let logical = logical(online.as_ref(), runtime, counting);
    let physical = physical(files, online.as_ref().ok(), runtime, counting);
    Cpus {
        allowed: allowed(files, online.as_ref().ok(), counting),
        smt: smt(files, &logical, &physical),
        logical,
        physical,
    }
}

struct Online {
    list: CpuList,
    source: &'static str,
}

fn online(files: &dyn Files) -> Result<Online, String> {
    let filled = |list: &CpuList| list.count() > 0;
    if let Some(list) = files
        .read(ONLINE)
        .ok()
        .and_then(|text| cpu_list::parse(&text))
        .filter(filled)
    {
        return Ok(Online {
            list,
            source: ONLINE,
        });
    }
    let stat = read_or_why(files, STAT)?;
    let numbers: Vec<String> = proc_stat::online_cpus(&stat)
        .iter()
        .map(u32::to_string)
        .collect();
    match cpu_list::parse(&numbers.join(",")).filter(filled) {
        Some(list) => Ok(Online { list, source: STAT }),
        None => Err(format!("neither {ONLINE} nor {STAT} lists CPUs")),
    }
}

fn logical(online: Result<&Online, &String>, runtime: &Runtime, counting: Counting) -> Fact<f64> {
    match online {
        Ok(online) => Fact::known(online.list.count() as f64, online.source),
        // There it counts what the process may use, not what the machine has.
        Err(reason) if runtime.platform == "linux" => Fact::unknown(reason),
        Err(_) => Fact::known((counting.logical)() as f64, "num_cpus"),
    }
}

/// Masks may name CPUs that are not there (a virtual machine that could get more), so only those online count.
fn allowed(files: &dyn Files, online: Option<&Online>, counting: Counting) -> Fact<f64> {
    let status = files.read(STATUS).ok();
    let mask = status
        .as_deref()
        .and_then(proc_status::cpus_allowed)
        .and_then(cpu_list::parse);
    let (count, source) = match (mask, online) {
        (Some(mask), Some(Online { list, source })) => (
            mask.count_common(list),
            format!("Cpus_allowed_list of {STATUS}, those of {source}"),
        ),
        _ => ((counting.logical)() as u64, "num_cpus".to_owned()),
    };
    if count == 0 {
        return Fact::unknown(format!("{source} has no CPU"));
    }
    Fact::known(count as f64, source)
}

fn physical(
    files: &dyn Files,
    online: Option<&Online>,
    runtime: &Runtime,
    counting: Counting,
) -> Fact<f64> {
    if let Some(cores) = online.and_then(|online| cores_by_siblings(files, &online.list)) {
        return Fact::known(cores as f64, SIBLINGS);
    }
    // On Linux num_cpus finds cores there, and without them tells the CPUs that the process may use.
    let tells = || {
        files.read(CPUINFO).is_ok_and(|text| {
            text.lines()
                .any(|line| line.split(':').next().map(str::trim) == Some("cpu cores"))
        })
    };
    if runtime.platform == "linux" && !tells() {
        return Fact::unknown(format!("no {SIBLINGS}, and no 'cpu cores' in {CPUINFO}"));
    }
    Fact::known((counting.physical)() as f64, "num_cpus")
}

/// Threads of one core have the same list.
fn cores_by_siblings(files: &dyn Files, online: &CpuList) -> Option<usize> {
    let lists = online
        .numbers(MOST_CPUS)
        .map(|cpu| {
            let path = format!("/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list");
            let list = files.read(&path).ok()?;
            cpu_list::parse(&list).filter(|list| list.count() > 0)?;
            Some(list.trim().to_owned())
        })
        .collect::<Option<HashSet<String>>>()?;
    Some(lists.len())
}

fn smt(files: &dyn Files, logical: &Fact<f64>, physical: &Fact<f64>) -> Fact<bool> {
    match (
        files.read(SMT).as_deref().map(str::trim),
        logical.value,
        physical.value,
    ) {
        (Ok("1"), ..) => Fact::known(true, SMT),
        (Ok("0"), ..) => Fact::known(false, SMT),
        (_, Some(logical), Some(physical)) => Fact::known(
            logical > physical,
            "computed from logicalCores and physicalCores",
        ),
        _ => Fact::unknown(format!("no {SMT}, and the cores are not known")),
    }
}
