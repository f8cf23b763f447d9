//! Folders of files, gone when the test is.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder under the system's temporary one.
pub struct Folder(PathBuf);

impl Folder {
    /// Makes it, with these files.
    pub fn with(files: &[(&str, &str)]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "offloop-modules-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        // The resolver answers with real paths, and a temporary folder may be a link.
        let path = std::env::temp_dir().canonicalize().unwrap().join(name);
        let folder = Self(path);
        for (file, text) in files {
            folder.write(file, text);
        }
        folder
    }

    /// Adds a file, and the folders above it.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Adds a symbolic link.
    #[cfg(unix)]
    pub fn link(&self, at: &str, to: &str) {
        std::os::unix::fs::symlink(self.path(to), self.path(at)).unwrap();
    }

    /// The path of a file in it.
    pub fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Left behind only if it was never made.
        let _ = fs::remove_dir_all(&self.0);
    }
}
