//! Files in memory.

use std::collections::BTreeMap;
use std::io;

use crate::host::files::Files;

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
}
