//! Pressure stall information: `/proc/pressure/cpu`, `cpu.pressure`.

/// The `some` line: time in which at least one task waited for a CPU.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pressure {
    /// Share of the last 10 seconds, 0 to 1.
    pub avg10: f64,
    /// Microseconds since the start.
    pub total_us: u64,
}

/// `some avg10=0.73 avg60=1.31 avg300=4.25 total=49577744`
pub fn parse(text: &str) -> Option<Pressure> {
    let fields = text.lines().find_map(|line| line.strip_prefix("some "))?;
    let field = |name: &str| {
        fields
            .split_whitespace()
            .find_map(|field| field.strip_prefix(name)?.strip_prefix('='))
    };
    let percent: f64 = field("avg10")?.parse().ok()?;
    (0.0..=100.0).contains(&percent).then_some(Pressure {
        avg10: percent / 100.0,
        total_us: field("total")?.parse().ok()?,
    })
}
