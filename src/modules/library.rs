//! What all isolates of the process share of modules.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use super::failure::Failure;
use super::format::Format;
use super::resolver::{Found, Request, Resolver};
use super::source::{SourceFile, Sources};
use crate::runtime;

/// Which modules an isolate may have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Access {
    /// All that the process can read.
    #[default]
    All,
    /// Those inside this folder, given by its real path.
    Inside(PathBuf),
    /// None at all.
    None,
}

/// Sources, and where they are found. One for the process.
#[derive(Default)]
pub struct Library {
    resolver: Resolver,
    sources: Sources,
    /// The loader's own script, compiled in each context that needs it.
    loader: OnceLock<Arc<SourceFile>>,
    /// The folder of modules that stand in for Node's own.
    builtins: Mutex<Option<PathBuf>>,
}

/// The process's library.
pub fn library() -> &'static Library {
    static LIBRARY: LazyLock<Library> = LazyLock::new(Library::default);
    &LIBRARY
}

impl Library {
    /// Where the specifier leads when the module `from` asks for it.
    ///
    /// # Errors
    /// When nothing is there, or the isolate must not have it.
    pub fn resolve(
        &self,
        specifier: &str,
        from: &Path,
        request: Request,
        access: &Access,
    ) -> Result<Found, Failure> {
        match access {
            Access::All => self.resolver.resolve(specifier, from, request, None),
            Access::Inside(root) => {
                // Code from elsewhere looks for its modules in the folder.
                let inside = root.join("offloop");
                let from = if from.starts_with(root) {
                    from
                } else {
                    &inside
                };
                self.resolver.resolve(specifier, from, request, Some(root))
            }
            Access::None => Err(Failure::off(specifier)),
        }
    }

    /// The source of a file that a specifier led to.
    ///
    /// # Errors
    /// When it cannot be read or compiled to JavaScript.
    pub fn source(
        &self,
        path: &Path,
        format: Format,
        access: &Access,
    ) -> Result<Arc<SourceFile>, Failure> {
        let allowed = match access {
            Access::All => true,
            Access::Inside(root) => path.starts_with(root),
            Access::None => false,
        };
        if !allowed {
            return Err(Failure::off(&path.display().to_string()));
        }
        self.sources.load(path, format)
    }

    /// Where the lines of what was compiled stand in the file, as JSON; `None` for a file that runs as
    /// it is, or that no task has loaded.
    pub fn source_map(&self, path: &Path) -> Option<String> {
        self.sources.loaded(path)?.source_map.clone()
    }

    /// The script that decides which module runs when.
    pub fn loader(&self) -> Arc<SourceFile> {
        let script = || {
            let text = runtime::LOADER.to_owned();
            Arc::new(SourceFile::of_text(
                "offloop:loader".into(),
                Format::CommonJs,
                text,
            ))
        };
        Arc::clone(self.loader.get_or_init(script))
    }

    /// Where the modules are that stand in for Node's own: `<name>.js`, ready to run.
    pub fn use_builtins(&self, folder: PathBuf) {
        *self.lock_builtins() = Some(folder);
    }

    /// The source of a module of Node's own; `None`: there is none of that name.
    pub fn builtin(&self, name: &str) -> Option<Arc<SourceFile>> {
        let folder = self.lock_builtins().clone()?;
        // A name comes from a task: it must not lead elsewhere.
        let is_name = |part: &str| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|character| character.is_ascii_alphanumeric() || "_-".contains(character))
        };
        if !name.split('/').all(is_name) {
            return None;
        }
        let path = folder.join(format!("{name}.js"));
        self.sources.load(&path, Format::CommonJs).ok()
    }

    /// The names of all modules of Node's own that there are, sorted.
    pub fn builtin_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        if let Some(folder) = self.lock_builtins().clone() {
            list(&folder, "", &mut names);
        }
        names.sort();
        names
    }

    fn lock_builtins(&self) -> std::sync::MutexGuard<'_, Option<PathBuf>> {
        self.builtins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn list(folder: &Path, prefix: &str, names: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let file = entry.file_name();
        let Some(file) = file.to_str() else { continue };
        if entry.path().is_dir() {
            list(&entry.path(), &format!("{prefix}{file}/"), names);
        } else if let Some(name) = file.strip_suffix(".js") {
            names.push(format!("{prefix}{name}"));
        }
    }
}
