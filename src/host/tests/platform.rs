//! Orchestrators, serverless platforms, containers.

use super::fixture::{Memory, facts, main_thread};
use crate::host::Fact;

fn with(variables: &[(&str, &str)]) -> crate::host::HostFacts {
    facts(&Memory::default(), &main_thread(variables))
}

#[test]
fn orchestrators_by_their_variables() {
    let by_variable = [
        ("KUBERNETES_SERVICE_HOST", "kubernetes"),
        ("ECS_CONTAINER_METADATA_URI", "ecs"),
        ("ECS_CONTAINER_METADATA_URI_V4", "ecs"),
        ("NOMAD_ALLOC_ID", "nomad"),
        ("DYNO", "heroku"),
        ("FLY_MACHINE_ID", "fly"),
        ("RENDER", "render"),
        ("WEBSITE_INSTANCE_ID", "azure-app-service"),
    ];
    for (variable, name) in by_variable {
        let expected = Fact::known(name, format!("process.env.{variable}"));
        assert_eq!(with(&[(variable, "x")]).orchestrator, expected);
        assert_eq!(with(&[(variable, "")]).orchestrator.value, Some("none"));
    }
    assert!(
        with(&[])
            .orchestrator
            .source
            .contains("WEBSITE_INSTANCE_ID is set")
    );
}

#[test]
fn serverless_platforms_by_their_variables() {
    let by_variable = [
        ("AWS_LAMBDA_FUNCTION_NAME", "lambda"),
        ("K_SERVICE", "cloud-run"),
        ("CLOUD_RUN_JOB", "cloud-run"),
        ("VERCEL", "vercel"),
        ("NETLIFY", "netlify"),
        ("FUNCTIONS_WORKER_RUNTIME", "azure-functions"),
    ];
    for (variable, name) in by_variable {
        let expected = Fact::known(name, format!("process.env.{variable}"));
        assert_eq!(with(&[(variable, "x")]).serverless, expected);
    }
    assert_eq!(with(&[]).serverless.value, Some("none"));
}

#[test]
fn platforms_on_platforms() {
    let vercel = with(&[("VERCEL", "1"), ("AWS_LAMBDA_FUNCTION_NAME", "f")]);
    assert_eq!(vercel.serverless.value, Some("vercel"));
    let knative = with(&[("K_SERVICE", "s"), ("KUBERNETES_SERVICE_HOST", "h")]);
    assert_eq!(knative.serverless.value, Some("none"));
    assert_eq!(knative.orchestrator.value, Some("kubernetes"));
    let functions = with(&[
        ("FUNCTIONS_WORKER_RUNTIME", "node"),
        ("WEBSITE_INSTANCE_ID", "i"),
    ]);
    assert_eq!(functions.serverless.value, Some("azure-functions"));
    assert_eq!(functions.orchestrator.value, Some("none"));
}

#[test]
fn lambda_gives_cores_by_memory() {
    let cores = |mb| with(&[("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", mb)]).effective_cores;
    assert_eq!(cores("512").value, Some(512.0 / 1769.0));
    assert_eq!(cores("3538").value, Some(2.0));
    for bad in ["0", "-1", "NaN", "inf", "much"] {
        let fact = cores(bad);
        assert_eq!(fact.value, Some(77.0));
        assert!(
            fact.source
                .contains("not known: cpuQuota, AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        );
    }
}

#[test]
fn containers_by_marks_variables_and_groups() {
    let container = |files: &[(&str, &str)], variables: &[(&str, &str)]| {
        facts(&Memory::new(files), &main_thread(variables)).container
    };
    let value = |files: &[(&str, &str)], variables: &[(&str, &str)]| {
        container(files, variables).value.expect("known on Linux")
    };
    assert_eq!(value(&[("/.dockerenv", "")], &[]), "docker");
    assert_eq!(value(&[("/run/.containerenv", "")], &[]), "podman");
    assert_eq!(value(&[], &[("container", "podman")]), "podman");
    assert_eq!(value(&[], &[("container", "systemd-nspawn")]), "other");
    assert_eq!(
        value(&[("/.dockerenv", "")], &[("KUBERNETES_SERVICE_HOST", "h")]),
        "kubernetes"
    );
    let groups = [
        ("1:cpu:/docker/0a\n", "docker"),
        ("0::/system.slice/docker-0a.scope\n", "docker"),
        ("0::/system.slice/docker.service\n", "none"),
        ("0::/machine.slice/libpod-0a.scope/container\n", "podman"),
        (
            "0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-0a.scope\n",
            "kubernetes",
        ),
        ("0::/lxc.payload.c1/init.scope\n", "other"),
        ("0::/user.slice\n", "none"),
        ("", "none"),
    ];
    for (text, expected) in groups {
        assert_eq!(
            value(&[("/proc/self/cgroup", text)], &[]),
            expected,
            "{text}"
        );
    }
}
