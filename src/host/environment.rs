//! Environment variables: those of `process.env`, and those that the process was started with.

use std::collections::HashMap;

use super::files::{Files, read_or_why};
use super::runtime::Runtime;

const ENVIRON: &str = "/proc/self/environ";

/// Every name that a fact may come from; lib/host.js passes those that `process.env` has.
pub const VARIABLES: &[&str] = &[
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "CLOUD_RUN_JOB",
    "DYNO",
    "ECS_CONTAINER_METADATA_URI",
    "ECS_CONTAINER_METADATA_URI_V4",
    "FLY_MACHINE_ID",
    "FUNCTIONS_WORKER_RUNTIME",
    "KUBERNETES_SERVICE_HOST",
    "K_SERVICE",
    "NETLIFY",
    "NODE_UNIQUE_ID",
    "NOMAD_ALLOC_ID",
    "RENDER",
    "UV_THREADPOOL_SIZE",
    "VERCEL",
    "WEBSITE_INSTANCE_ID",
    "WEB_CONCURRENCY",
    "container",
    "exec_mode",
    "instances",
    "pm2_env",
    "pm_id",
];

/// A variable's value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Never empty.
    pub value: String,
    /// `process.env.X`, or `X in /proc/self/environ`.
    pub source: String,
}

/// Both environments.
///
/// On the main thread `process.env` is the truth, but for what Node has deleted. A worker thread has a copy that may be
/// anything, so what the process was started with completes it.
pub struct Environment<'runtime> {
    current: &'runtime HashMap<String, String>,
    initial: Result<HashMap<String, String>, String>,
    main_thread: bool,
}

impl<'runtime> Environment<'runtime> {
    /// Never asks the C library: Node may be changing the environment on another thread.
    pub fn read(files: &dyn Files, runtime: &'runtime Runtime) -> Self {
        Self {
            current: &runtime.variables,
            initial: read_or_why(files, ENVIRON).map(|text| parse(&text)),
            main_thread: runtime.main_thread,
        }
    }

    /// The variable, unless it is missing or empty.
    pub fn get(&self, name: &str) -> Option<Variable> {
        debug_assert!(VARIABLES.contains(&name), "{name} is not in VARIABLES");
        match self.current.get(name) {
            Some(value) if !value.is_empty() => Some(Variable {
                value: value.clone(),
                source: format!("process.env.{name}"),
            }),
            None if !self.main_thread => self.at_start(name).ok().flatten(),
            _ => None,
        }
    }

    /// The variable as the process was started with it.
    ///
    /// # Errors
    /// Why that cannot be known.
    pub fn at_start(&self, name: &str) -> Result<Option<Variable>, String> {
        let initial = self.initial.as_ref().map_err(Clone::clone)?;
        let value = initial.get(name).filter(|value| !value.is_empty());
        Ok(value.map(|value| Variable {
            value: value.clone(),
            source: format!("{name} in {ENVIRON}"),
        }))
    }
}

/// `NAME=value` entries, each ended by NUL. Of a name that occurs twice, the first counts, as for `getenv`.
fn parse(text: &str) -> HashMap<String, String> {
    let mut variables = HashMap::new();
    for entry in text.split('\0') {
        if let Some((name, value)) = entry.split_once('=')
            && VARIABLES.contains(&name)
        {
            variables
                .entry(name.to_owned())
                .or_insert_with(|| value.to_owned());
        }
    }
    variables
}
