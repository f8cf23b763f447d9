//! How many cores the process can really keep busy: a fraction.

use super::environment::Environment;
use super::fact::Fact;
use super::facts::Limit;

/// Lambda gives one CPU a 1,769 MB.
const LAMBDA_MB_PER_CORE: f64 = 1769.0;

/// The least of what limits it. A limit that is not known is named: the true number may be lower.
pub fn effective_cores(
    allowed: &Fact<f64>,
    quota: &Fact<Limit>,
    environment: &Environment<'_>,
) -> Fact<f64> {
    let mut limits: Vec<(f64, String)> = Vec::new();
    let mut not_known = Vec::new();
    match allowed.value {
        Some(cores) => limits.push((cores, format!("allowedCores {cores}"))),
        None => not_known.push("allowedCores"),
    }
    match quota.value {
        Some(Limit::At(cores)) => limits.push((cores, format!("cpuQuota {cores}"))),
        Some(Limit::None) => {}
        None => not_known.push("cpuQuota"),
    }
    if let Some(memory) = environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE") {
        match memory.value.parse::<f64>() {
            Ok(mb) if mb > 0.0 && mb.is_finite() => {
                let source = format!("{} {mb} / {LAMBDA_MB_PER_CORE}", memory.source);
                limits.push((mb / LAMBDA_MB_PER_CORE, source));
            }
            _ => not_known.push("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"),
        }
    }
    let missing = if not_known.is_empty() {
        String::new()
    } else {
        format!("; not known: {}", not_known.join(", "))
    };
    let names: Vec<&str> = limits.iter().map(|(_, source)| source.as_str()).collect();
    let source = format!("computed: the least of {}{missing}", names.join(", "));
    match limits.iter().map(|(cores, _)| *cores).reduce(f64::min) {
        Some(least) => Fact::known(least, source),
        None => Fact::unknown(format!("nothing limits it{missing}")),
    }
}
