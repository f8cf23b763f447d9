//! How many processes of this app share the machine or container.

use super::environment::{Environment, Variable};
use super::fact::Fact;
use super::process_manager::Pm2;
use super::runtime::Runtime;

/// PM2's number, the workers that this process forked, or the number that the platform asked for.
pub fn instances(
    runtime: &Runtime,
    environment: &Environment<'_>,
    pm2: Option<&Pm2>,
    inside_cluster: &Fact<bool>,
) -> Fact<f64> {
    if let Some(instances) = pm2.and_then(|pm2| pm2.instances.as_ref()) {
        return count(instances);
    }
    if runtime.cluster_workers > 0 {
        return Fact::known(f64::from(runtime.cluster_workers), "cluster.workers");
    }
    if let Some(concurrency) = environment.get("WEB_CONCURRENCY") {
        return count(&concurrency);
    }
    match inside_cluster.value {
        Some(false) => Fact::known(1.0, "no PM2, no cluster, no WEB_CONCURRENCY"),
        Some(true) => Fact::unknown(
            "a cluster's worker cannot see how many workers there are, and WEB_CONCURRENCY is not set",
        ),
        None => Fact::unknown(inside_cluster.source.clone()),
    }
}

fn count(variable: &Variable) -> Fact<f64> {
    match variable.value.trim().parse::<u32>() {
        Ok(count) if count > 0 => Fact::known(f64::from(count), variable.source.clone()),
        _ => Fact::unknown(format!(
            "{} is no number of processes: {:?}",
            variable.source, variable.value
        )),
    }
}

/// Cores for each of them.
pub fn cores_per_instance(effective: &Fact<f64>, instances: &Fact<f64>) -> Fact<f64> {
    match (effective.value, instances.value) {
        (Some(cores), Some(instances)) => Fact::known(
            cores / instances,
            format!("computed: effectiveCores {cores} / instances {instances}"),
        ),
        (None, _) => Fact::unknown(format!("effectiveCores: {}", effective.source)),
        (_, None) => Fact::unknown(format!("instances: {}", instances.source)),
    }
}
