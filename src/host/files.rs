//! The reader: text files below a root.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::PathBuf;

/// More than the longest mount table seen; what is longer is no file of the kernel's.
const MOST_BYTES: u64 = 8 << 20;

/// Files by absolute path.
pub trait Files {
    /// The whole text; bytes that are no UTF-8 become U+FFFD.
    ///
    /// # Errors
    /// The system's.
    fn read(&self, path: &str) -> io::Result<String>;

    /// Whether there is a file or folder that this process may see.
    fn exists(&self, path: &str) -> bool;

    /// Names of the folders in a folder; none where it cannot be read.
    fn folders(&self, path: &str) -> Vec<String>;
}

/// The files below a folder: `/`, or a tree of fixtures.
#[derive(Debug)]
pub struct Root(PathBuf);

impl Root {
    /// `folder` stands for `/`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.join(path.trim_start_matches('/'))
    }
}

impl Files for Root {
    fn read(&self, path: &str) -> io::Result<String> {
        let mut bytes = Vec::new();
        File::open(self.at(path))?
            .take(MOST_BYTES)
            .read_to_end(&mut bytes)?;
        Ok(String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    fn exists(&self, path: &str) -> bool {
        self.at(path).exists()
    }

    fn folders(&self, path: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.at(path)).into_iter().flatten();
        entries
            .filter_map(Result::ok)
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect()
    }
}

/// The text, or why there is none.
///
/// # Errors
/// A phrase that names the path.
pub fn read_or_why(files: &dyn Files, path: &str) -> Result<String, String> {
    files.read(path).map_err(|error| why(path, &error))
}

/// The text, `None` where there is no such file, or why it cannot be read.
///
/// # Errors
/// A phrase that names the path.
pub fn read_if_there(files: &dyn Files, path: &str) -> Result<Option<String>, String> {
    match files.read(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(why(path, &error)),
    }
}

fn why(path: &str, error: &io::Error) -> String {
    if error.kind() == ErrorKind::NotFound {
        format!("no {path}")
    } else {
        format!("{path} cannot be read: {error}")
    }
}
