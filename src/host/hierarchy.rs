//! Where the process's own group of a controller lies in the file system, and the groups above it.

use super::cgroup::{self, Membership};
use super::files::{Files, read_or_why};
use super::mountinfo::{self, Mount};
use super::proc_status;

const CGROUP: &str = "/proc/self/cgroup";
const MOUNTINFO: &str = "/proc/self/mountinfo";
const STATUS: &str = "/proc/self/status";
/// Each costs a file to read; on a machine with more groups the fact is unknown.
const MOST_CANDIDATES: usize = 512;

/// Which interface a hierarchy has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// A hierarchy of its own for some controllers.
    V1,
    /// The unified one.
    V2,
}

/// The process's group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its interface.
    pub version: Version,
    /// Its folder.
    pub folder: String,
    /// The uppermost folder that is visible.
    pub top: String,
}

impl Group {
    /// Its folder and those above it: a limit on any of them holds.
    pub fn levels(&self) -> Vec<&str> {
        let mut levels = vec![self.folder.as_str()];
        let mut folder = self.folder.as_str();
        while folder.len() > self.top.len() {
            let end = folder.rfind('/').unwrap_or(0).max(self.top.len());
            folder = &folder[..end];
            levels.push(folder);
        }
        levels
    }

    /// `'/a/b up to /a'`, for people.
    pub fn range(&self) -> String {
        if self.folder == self.top {
            self.folder.clone()
        } else {
            format!("{} up to {}", self.folder, self.top)
        }
    }
}

/// What `/proc` tells of the groups; read once for all controllers.
pub struct Hierarchies {
    memberships: String,
    mounts: Vec<Mount>,
    pid: Option<u32>,
}

impl Hierarchies {
    /// # Errors
    /// Which of the two files cannot be read.
    pub fn read(files: &dyn Files) -> Result<Self, String> {
        let memberships = read_or_why(files, CGROUP)?;
        let mounts = mountinfo::parse_cgroup_mounts(&read_or_why(files, MOUNTINFO)?);
        let pid = files
            .read(STATUS)
            .ok()
            .and_then(|text| proc_status::pid(&text));
        Ok(Self {
            memberships,
            mounts,
            pid,
        })
    }

    /// The group that limits `controller`. On hybrid systems that is v1's, whatever `0::` says.
    ///
    /// # Errors
    /// Why it is not to be found.
    pub fn of_controller(&self, files: &dyn Files, controller: &str) -> Result<Group, String> {
        let memberships = cgroup::parse(&self.memberships);
        match memberships
            .iter()
            .find(|line| line.controllers.contains(&controller))
        {
            Some(line) => {
                let has = |mount: &&Mount| {
                    mount.kind == "cgroup"
                        && mount.options.iter().any(|option| option == controller)
                };
                self.find(files, Version::V1, line, has)
            }
            None => self.unified(files),
        }
    }

    /// The group of the unified hierarchy, which hybrid systems have too.
    ///
    /// # Errors
    /// Why it is not to be found.
    pub fn unified(&self, files: &dyn Files) -> Result<Group, String> {
        let memberships = cgroup::parse(&self.memberships);
        let line = memberships
            .iter()
            .find(|line| line.is_unified())
            .ok_or_else(|| format!("{CGROUP} names no such group"))?;
        self.find(files, Version::V2, line, |mount| mount.kind == "cgroup2")
    }

    fn find(
        &self,
        files: &dyn Files,
        version: Version,
        line: &Membership<'_>,
        wanted: impl Fn(&&Mount) -> bool,
    ) -> Result<Group, String> {
        let mut mounts: Vec<&Mount> = self.mounts.iter().filter(wanted).collect();
        // Of several, the one that shows most levels; of equals the last, which may cover the others.
        mounts.reverse();
        mounts.sort_by_key(|mount| mount.root.len());
        let group = |mount: &Mount, folder: String| Group {
            version,
            folder,
            top: mount.point.clone(),
        };
        for mount in &mounts {
            if let Some(folder) = folder_below(mount, line.path)
                && files.exists(&folder)
            {
                return Ok(group(mount, folder));
            }
        }
        // In another namespace than the mount's, the two paths have no common beginning. Then the group's list of
        // processes is the only proof.
        for mount in &mounts {
            if let Some(folder) = candidates(files, mount, line.path)
                .into_iter()
                .find(|folder| self.is_own(files, folder))
            {
                return Ok(group(mount, folder));
            }
        }
        Err(match mounts.first() {
            None => format!(
                "{MOUNTINFO} has no mount for the group {} of {CGROUP}",
                line.path
            ),
            Some(mount) => format!(
                "the group {} of {CGROUP} is not visible below {}, where {} is mounted",
                line.path, mount.point, mount.root
            ),
        })
    }

    fn is_own(&self, files: &dyn Files, folder: &str) -> bool {
        let Some(pid) = self.pid else { return false };
        files
            .read(&format!("{folder}/cgroup.procs"))
            .is_ok_and(|list| list.lines().any(|line| line.parse() == Ok(pid)))
    }
}

/// Where the group `path` is when `mount` shows it by its path.
fn folder_below(mount: &Mount, path: &str) -> Option<String> {
    let below = if mount.root == "/" {
        path
    } else {
        path.strip_prefix(mount.root.as_str())?
    };
    // `/a` is no part of `/ab`; what is above this process's namespace has no name.
    let fits = (below.is_empty() || below.starts_with('/')) && !has_parent_step(below);
    fits.then(|| join(&mount.point, below))
}

/// Where the group `path` may be when the mount's root does not tell.
fn candidates(files: &dyn Files, mount: &Mount, path: &str) -> Vec<String> {
    let mut candidates = vec![mount.point.clone()];
    if has_parent_step(path) {
        return candidates;
    }
    candidates.push(join(&mount.point, path));
    // `/../..`: the namespace begins two levels below the mount, in a group whose name it hides.
    let mut steps = mount.root.split('/').skip(1);
    if steps.clone().all(|step| step == "..") {
        let mut folders = vec![mount.point.trim_end_matches('/').to_owned()];
        while steps.next().is_some() {
            folders = folders
                .iter()
                .flat_map(|above| {
                    let names = files.folders(above).into_iter();
                    names.map(move |name| format!("{above}/{name}"))
                })
                .take(MOST_CANDIDATES)
                .collect();
        }
        candidates.extend(folders.iter().map(|folder| join(folder, path)));
    }
    candidates
}

fn has_parent_step(path: &str) -> bool {
    path.split('/').any(|step| step == "..")
}

fn join(point: &str, below: &str) -> String {
    format!(
        "{}{}",
        point.trim_end_matches('/'),
        below.trim_end_matches('/')
    )
}
