//! PM2: recognised by the variables that it gives its processes.

use super::environment::{Environment, Variable};
use super::fact::Fact;
use super::json;

/// What PM2 tells.
pub struct Pm2 {
    /// `fork_mode` or `cluster_mode`.
    pub exec_mode: Option<Variable>,
    /// How many processes of this app it was told to run.
    pub instances: Option<Variable>,
    id: Variable,
}

/// `None` without PM2.
pub fn pm2(environment: &Environment<'_>) -> Option<Pm2> {
    // In cluster mode PM2 hands over one JSON, which its wrapper unpacks into process.env. A worker thread may have been
    // given another environment.
    let packed = environment
        .get("pm2_env")
        .or_else(|| environment.at_start("pm2_env").ok().flatten());
    let get = |name: &str| {
        environment.get(name).or_else(|| {
            let packed = packed.as_ref()?;
            json::top_level(&packed.value, name).map(|value| Variable {
                value,
                source: format!("{name} of {}", packed.source),
            })
        })
    };
    Some(Pm2 {
        id: get("pm_id")?,
        exec_mode: get("exec_mode"),
        instances: get("instances"),
    })
}

/// `none`, `pm2-fork` or `pm2-cluster`.
pub fn process_manager(pm2: Option<&Pm2>) -> Fact<&'static str> {
    let Some(pm2) = pm2 else {
        return Fact::known("none", "no variable pm_id, which PM2 sets");
    };
    match &pm2.exec_mode {
        Some(mode) if mode.value == "cluster_mode" => {
            Fact::known("pm2-cluster", mode.source.clone())
        }
        Some(mode) if mode.value == "fork_mode" => Fact::known("pm2-fork", mode.source.clone()),
        Some(mode) => Fact::unknown(format!("{} is {:?}", mode.source, mode.value)),
        None => Fact::unknown(format!("{} without exec_mode", pm2.id.source)),
    }
}
