//! The texts of modules, read once and shared by the isolates.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    /// JavaScript or JSON, without a byte order mark; the bytes of [`Format::Wasm`] are in `bytes`.
    pub text: String,
    /// Of a file that is no text.
    pub bytes: Vec<u8>,
    /// Where the text's lines stand in the file, when it was compiled: a source map as JSON.
    pub source_map: Option<String>,
    /// What V8 keeps of a compilation, made by one isolate for the others.
    code_cache: Mutex<Option<Arc<[u8]>>>,
}

/// Every source that was read, by path.
#[derive(Debug, Default)]
pub struct Sources(Mutex<HashMap<PathBuf, Arc<SourceFile>>>);

impl Sources {
    /// The file's source, read now or earlier.
    ///
    /// # Errors
    /// When it cannot be read or compiled to JavaScript; that is not remembered.
    pub fn load(&self, path: &Path, format: Format) -> Result<Arc<SourceFile>, Failure> {
        if let Some(known) = self.lock().get(path) {
            return Ok(Arc::clone(known));
        }
        // Two threads may read the same file at once; both get what the first one kept.
        let read = Arc::new(SourceFile::read(path, format)?);
        let mut known = self.lock();
        Ok(Arc::clone(known.entry(path.to_owned()).or_insert(read)))
    }

    /// The source of a file that was loaded, if it was.
    pub fn get(&self, path: &Path) -> Option<Arc<SourceFile>> {
        self.lock().get(path).cloned()
    }

    /// Forgets all: the next isolate reads them again.
    pub fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PathBuf, Arc<SourceFile>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SourceFile {
    fn read(path: &Path, format: Format) -> Result<Self, Failure> {
        let name = path.display();
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
        let mut file = Self {
            path: path.to_owned(),
            format,
            text: String::new(),
            bytes: Vec::new(),
            source_map: None,
            code_cache: Mutex::default(),
        };
        if format == Format::Wasm {
            file.bytes = bytes;
            return Ok(file);
        }
        // As Node's decoder does: what is no UTF-8 becomes U+FFFD.
        file.text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        };
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
        if self.format == Format::Undeclared {
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
