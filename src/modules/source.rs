//! The texts of modules, read once and shared by the isolates.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

use oxc_allocator::Allocator;
use oxc_parser::Parser;
use oxc_span::SourceType;

use super::failure::{Code, Failure};
use super::format::Format;
use super::typescript;

/// A module as an isolate compiles it.
#[derive(Debug)]
pub struct SourceFile {
    /// Its real path.
    pub path: PathBuf,
    /// Never [`Format::Undeclared`]: the text has decided.
    pub format: Format,
    /// JavaScript or JSON, without a byte order mark.
    pub text: String,
    /// Where the text's lines stand in the file, when it was compiled: a source map as JSON.
    pub source_map: Option<String>,
    /// What V8 keeps of a compilation, made by one isolate for the others.
    code_cache: Mutex<Option<Arc<[u8]>>>,
    /// Names that a `CommonJS` module exports, as the runtime's lexer found them.
    export_names: OnceLock<String>,
    /// Whether the text has a byte for each character.
    ascii: OnceLock<bool>,
    /// The file as it was when it was read.
    state: Option<FileState>,
}

/// What changes when a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileState {
    size: u64,
    modified: Option<SystemTime>,
}

impl FileState {
    fn of(path: &Path) -> Option<Self> {
        let state = |file: Metadata| Self {
            size: file.len(),
            modified: file.modified().ok(),
        };
        fs::metadata(path).ok().map(state)
    }
}

/// Every source that was read, by path.
#[derive(Debug, Default)]
pub struct Sources(Mutex<HashMap<PathBuf, Arc<SourceFile>>>);

impl Sources {
    /// The file's source, read now or earlier. One that was written meanwhile is read again.
    ///
    /// # Errors
    /// When it cannot be read or compiled to JavaScript; that is not remembered.
    pub fn load(&self, path: &Path, format: Format) -> Result<Arc<SourceFile>, Failure> {
        let state = FileState::of(path);
        let is_current = |known: &Arc<SourceFile>| known.state == state;
        if let Some(known) = self.lock().get(path)
            && is_current(known)
        {
            return Ok(Arc::clone(known));
        }
        let read = Arc::new(SourceFile {
            state,
            ..SourceFile::read(path, format)?
        });
        let mut known = self.lock();
        // Two threads may read the same file at once; both get what the first one kept.
        if let Some(other) = known.get(path).filter(|other| is_current(other)) {
            return Ok(Arc::clone(other));
        }
        known.insert(path.to_owned(), Arc::clone(&read));
        Ok(read)
    }

    /// The source of a file that was loaded, as it was then.
    pub fn loaded(&self, path: &Path) -> Option<Arc<SourceFile>> {
        self.lock().get(path).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PathBuf, Arc<SourceFile>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SourceFile {
    /// A source that no file holds.
    pub fn of_text(path: PathBuf, format: Format, text: String) -> Self {
        Self {
            path,
            format,
            text,
            source_map: None,
            code_cache: Mutex::default(),
            export_names: OnceLock::new(),
            ascii: OnceLock::new(),
            state: None,
        }
    }

    fn read(path: &Path, format: Format) -> Result<Self, Failure> {
        let name = path.display();
        if format == Format::Wasm {
            return Err(Failure::new(
                Code::UnknownExtension,
                format!(
                    "'{name}' is WebAssembly, which cannot be imported: pass its bytes or the compiled module as \
                     an argument"
                ),
            ));
        }
        if format == Format::Addon {
            return Err(Failure::new(
                Code::NativeAddon,
                format!(
                    "'{name}' is a native addon, which no isolate can load: call it on the main thread and pass \
                     what it gives as an argument"
                ),
            ));
        }
        let bytes = fs::read(path).map_err(|error| {
            Failure::new(Code::Unreadable, format!("cannot read '{name}': {error}"))
        })?;
        // As Node's decoder does: what is no UTF-8 becomes U+FFFD.
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        };
        let mut file = Self::of_text(path.to_owned(), format, text);
        if file.text.starts_with('\u{feff}') {
            file.text.drain(..'\u{feff}'.len_utf8());
        }
        if format != Format::Json {
            file.prepare()?;
        }
        Ok(file)
    }

    /// Makes JavaScript of it, and decides what kind.
    fn prepare(&mut self) -> Result<(), Failure> {
        if self.text.starts_with("#!") {
            // A comment of the same length: columns stay.
            self.text.replace_range(..2, "//");
        }
        let mut is_module = None;
        if typescript::is_typescript(&self.path) {
            let compiled = typescript::compile(&self.path, &self.text)?;
            self.text = compiled.text;
            self.source_map = compiled.source_map;
            is_module = Some(compiled.is_module);
        }
        // Where package.json wants CommonJS a compiler makes it of TypeScript's `export`: it is no
        // mistake there.
        let compilers_decide = self.format == Format::CommonJs
            && is_module == Some(true)
            && self.path.extension().is_some_and(|it| it != "cts");
        if self.format == Format::Undeclared || compilers_decide {
            let is_module = is_module.unwrap_or_else(|| has_module_syntax(&self.text));
            self.format = if is_module {
                Format::Module
            } else {
                Format::CommonJs
            };
        }
        Ok(())
    }

    /// What V8 keeps of a compilation of this text.
    pub fn code_cache(&self) -> Option<Arc<[u8]>> {
        self.lock_code_cache().clone()
    }

    /// Whether the text has a byte for each character: then V8 can use it where it is.
    pub fn is_ascii(&self) -> bool {
        *self.ascii.get_or_init(|| self.text.is_ascii())
    }

    /// The names that a `CommonJS` module exports, once they are known.
    pub fn export_names(&self) -> Option<&str> {
        self.export_names.get().map(String::as_str)
    }

    /// Keeps them; the first answer stays.
    pub fn keep_export_names(&self, names: String) {
        // Another isolate was faster, with the same answer.
        let _ = self.export_names.set(names);
    }

    /// Keeps it for the isolates to come, unless another was faster.
    pub fn keep_code_cache(&self, bytes: &[u8]) {
        self.lock_code_cache().get_or_insert_with(|| bytes.into());
    }

    fn lock_code_cache(&self) -> MutexGuard<'_, Option<Arc<[u8]>>> {
        self.code_cache
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the text can only be an ECMAScript module: `import`, `export` or `import.meta` at work.
/// Text that is `CommonJS` too is `CommonJS`, as for Node.
fn has_module_syntax(text: &str) -> bool {
    // Parsing costs milliseconds for a bundle, and most files without a declared type have neither.
    if !text.contains("import") && !text.contains("export") {
        return false;
    }
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, text, SourceType::unambiguous()).parse();
    parsed.module_record.has_module_syntax && parsed.diagnostics.is_empty()
}
