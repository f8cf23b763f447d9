//! Who runs the process: an orchestrator, a serverless platform. Known by the variables that they set.

use super::environment::Environment;
use super::fact::Fact;
use super::files::Files;

const KUBERNETES_SECRETS: &str = "/var/run/secrets/kubernetes.io";

/// The first that is there wins.
const ORCHESTRATORS: &[(&str, &[&str])] = &[
    ("kubernetes", &["KUBERNETES_SERVICE_HOST"]),
    (
        "ecs",
        &[
            "ECS_CONTAINER_METADATA_URI_V4",
            "ECS_CONTAINER_METADATA_URI",
        ],
    ),
    ("nomad", &["NOMAD_ALLOC_ID"]),
    ("heroku", &["DYNO"]),
    ("fly", &["FLY_MACHINE_ID"]),
    ("render", &["RENDER"]),
    ("azure-app-service", &["WEBSITE_INSTANCE_ID"]),
];

/// Vercel and Netlify run functions on Lambda: they come before it.
const SERVERLESS: &[(&str, &[&str])] = &[
    ("vercel", &["VERCEL"]),
    ("netlify", &["NETLIFY"]),
    ("lambda", &["AWS_LAMBDA_FUNCTION_NAME"]),
    ("azure-functions", &["FUNCTIONS_WORKER_RUNTIME"]),
    ("cloud-run", &["K_SERVICE", "CLOUD_RUN_JOB"]),
];

/// `none`, or which.
pub fn orchestrator(files: &dyn Files, environment: &Environment<'_>) -> Fact<&'static str> {
    match first(ORCHESTRATORS, environment) {
        // Azure Functions run on the App Service and are no instance of it that one could scale.
        Some(("azure-app-service", _)) if environment.get("FUNCTIONS_WORKER_RUNTIME").is_some() => {
            Fact::known("none", "process.env.FUNCTIONS_WORKER_RUNTIME")
        }
        Some((name, source)) => Fact::known(name, source),
        None if files.exists(KUBERNETES_SECRETS) => Fact::known("kubernetes", KUBERNETES_SECRETS),
        None => Fact::known("none", none_of(ORCHESTRATORS)),
    }
}

/// `none`, or which.
pub fn serverless(environment: &Environment<'_>) -> Fact<&'static str> {
    match first(SERVERLESS, environment) {
        // Knative sets K_SERVICE too, on a Kubernetes of one's own.
        Some(("cloud-run", _)) if environment.get("KUBERNETES_SERVICE_HOST").is_some() => {
            Fact::known("none", "process.env.KUBERNETES_SERVICE_HOST: Knative")
        }
        Some((name, source)) => Fact::known(name, source),
        None => Fact::known("none", none_of(SERVERLESS)),
    }
}

fn first(
    table: &[(&'static str, &[&str])],
    environment: &Environment<'_>,
) -> Option<(&'static str, String)> {
    table.iter().find_map(|(platform, names)| {
        let variable = names.iter().find_map(|name| environment.get(name))?;
        Some((*platform, variable.source))
    })
}

fn none_of(table: &[(&str, &[&str])]) -> String {
    let names: Vec<&str> = table
        .iter()
        .flat_map(|(_, names)| *names)
        .copied()
        .collect();
    format!("none of {} is set", names.join(", "))
}
