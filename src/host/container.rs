//! Whether the process runs in a container, and whose.

use super::cgroup;
use super::environment::Environment;
use super::fact::Fact;
use super::files::Files;
use super::runtime::Runtime;

const CGROUP: &str = "/proc/self/cgroup";
const DOCKER_MARK: &str = "/.dockerenv";
const PODMAN_MARK: &str = "/run/.containerenv";

/// `none`, or whose.
pub fn container(
    files: &dyn Files,
    environment: &Environment<'_>,
    runtime: &Runtime,
    orchestrator: &Fact<&'static str>,
) -> Fact<&'static str> {
    if runtime.platform != "linux" {
        return Fact::unknown("containers are recognised on Linux only");
    }
    if orchestrator.value == Some("kubernetes") {
        return Fact::known("kubernetes", orchestrator.source.clone());
    }
    for (mark, container) in [(PODMAN_MARK, "podman"), (DOCKER_MARK, "docker")] {
        if files.exists(mark) {
            return Fact::known(container, mark);
        }
    }
    if let Some(variable) = environment.get("container") {
        let container = match variable.value.as_str() {
            "podman" => "podman",
            "docker" => "docker",
            _ => "other",
        };
        return Fact::known(container, variable.source);
    }
    let groups = files.read(CGROUP).unwrap_or_default();
    match cgroup::parse(&groups)
        .iter()
        .find_map(|line| by_path(line.path))
    {
        Some(container) => Fact::known(container, CGROUP),
        None => Fact::known(
            "none",
            format!(
                "no {DOCKER_MARK}, {PODMAN_MARK} or variable 'container', and no container's group in {CGROUP}"
            ),
        ),
    }
}

/// The groups that runtimes make: `/docker/<id>`, `/system.slice/docker-<id>.scope`, `/kubepods/…`.
fn by_path(path: &str) -> Option<&'static str> {
    path.split('/').find_map(|step| {
        // `docker.service` is Docker itself, on the host.
        let scope = |prefix| {
            step.strip_suffix(".scope")
                .is_some_and(|name| name.starts_with(prefix))
        };
        if step.starts_with("kubepods") {
            Some("kubernetes")
        } else if step == "docker" || scope("docker-") {
            Some("docker")
        } else if step == "libpod_parent" || scope("libpod-") {
            Some("podman")
        } else if step == "lxc" || step.starts_with("lxc.payload") || scope("cri-containerd-") {
            Some("other")
        } else {
            None
        }
    })
}
