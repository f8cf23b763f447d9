//! Files in memory, trees on disk, and runtimes.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use crate::host::files::Files;
use crate::host::{Counting, HostFacts, Root, Runtime, read_facts};

/// Path to text; a text of [`DENIED`] is refused.
#[derive(Clone, Default)]
pub struct Memory(BTreeMap<String, String>);

/// The text of a file that may not be read.
pub const DENIED: &str = "\0denied";

impl Memory {
    pub fn new(files: &[(&str, &str)]) -> Self {
        Self::default().with(files)
    }

    pub fn with(mut self, files: &[(&str, &str)]) -> Self {
        for (path, text) in files {
            self.0.insert((*path).to_owned(), (*text).to_owned());
        }
        self
    }
}

impl Files for Memory {
    fn read(&self, path: &str) -> io::Result<String> {
        match self.0.get(path) {
            Some(text) if text == DENIED => Err(io::ErrorKind::PermissionDenied.into()),
            Some(text) => Ok(text.clone()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn exists(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        self.0
            .keys()
            .any(|key| key == path || key.starts_with(&folder))
    }

    fn folders(&self, path: &str) -> Vec<String> {
        let folder = format!("{}/", path.trim_end_matches('/'));
        let below = self.0.keys().filter_map(|key| key.strip_prefix(&folder));
        let names: BTreeSet<&str> = below
            .filter_map(|rest| Some(rest.split_once('/')?.0))
            .collect();
        names.into_iter().map(str::to_owned).collect()
    }
}

/// The tree `fixtures/<name>`.
pub fn tree(name: &str) -> Root {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/host/tests/fixtures");
    Root::new(folder.join(name))
}

/// The main thread of a process on Linux, with these variables.
pub fn main_thread(variables: &[(&str, &str)]) -> Runtime {
    Runtime {
        platform: "linux".to_owned(),
        main_thread: true,
        cluster_worker: false,
        cluster_workers: 0,
        heap_size_limit: 4_294_967_296.0,
        total_memory: 1_073_741_824.0,
        variables: variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

/// A worker thread of it.
pub fn worker_thread(variables: &[(&str, &str)]) -> Runtime {
    Runtime {
        main_thread: false,
        ..main_thread(variables)
    }
}

/// Numbers that no fixture has.
pub const COUNTING: Counting = Counting {
    logical: || 77,
    physical: || 33,
};

/// All facts.
pub fn facts(files: &dyn Files, runtime: &Runtime) -> HostFacts {
    read_facts(files, runtime, COUNTING)
}
