//! `/proc/self/status`.

/// The process's id, in the namespace of this `/proc`.
pub fn pid(text: &str) -> Option<u32> {
    field(text, "Pid")?.parse().ok()
}

/// CPUs that the process may run on, as a list: taskset and cpusets counted. It may name CPUs that do not exist.
pub fn cpus_allowed(text: &str) -> Option<&str> {
    field(text, "Cpus_allowed_list")
}

fn field<'text>(text: &'text str, name: &str) -> Option<&'text str> {
    text.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .map(str::trim)
}
