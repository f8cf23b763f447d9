//! What a file is, before it is read.

use std::path::Path;

use oxc_resolver::ModuleType;

/// How a module's text is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A body for Node's `CommonJS` wrapper.
    CommonJs = 1,
    /// An ECMAScript module.
    Module,
    /// JSON text.
    Json,
    /// Neither the name nor a package.json says: `CommonJS`, unless the text is an ECMAScript
    /// module's.
    Undeclared,
    /// A native addon, which no isolate can load.
    Addon,
    /// WebAssembly bytes.
    Wasm,
    /// Of an extension that Node does not know; `require` takes it for `CommonJS`, `import` refuses.
    Unknown,
}

impl Format {
    /// What the resolver and the file's name say.
    pub(super) fn of(path: &Path, declared: Option<ModuleType>) -> Self {
        match declared {
            Some(ModuleType::Module) => Self::Module,
            Some(ModuleType::CommonJs) => Self::CommonJs,
            Some(ModuleType::Json) => Self::Json,
            Some(ModuleType::Wasm) => Self::Wasm,
            Some(ModuleType::Addon) => Self::Addon,
            None => match path.extension().and_then(|extension| extension.to_str()) {
                None | Some("js" | "ts" | "tsx" | "jsx") => Self::Undeclared,
                Some(_) => Self::Unknown,
            },
        }
    }

    /// The format of that number, as src/runtime/loader/ numbers them.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        [
            Self::CommonJs,
            Self::Module,
            Self::Json,
            Self::Undeclared,
            Self::Addon,
            Self::Wasm,
            Self::Unknown,
        ]
        .into_iter()
        .find(|format| *format as u32 == number)
    }
}
