//! Where a specifier leads, by Node's algorithm.

use std::path::{Path, PathBuf};

use oxc_resolver::{ResolveError, ResolveOptions};

use super::failure::{Code, Failure};
use super::format::Format;
use super::typescript::is_typescript;

/// How a module is asked for: the two have conditions and rules of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// `require(specifier)`
    Require,
    /// `import … from 'specifier'` and `import(specifier)`
    Import,
}

/// Where a specifier leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// To a file: its real path.
    File {
        /// Symbolic links resolved.
        path: PathBuf,
        /// What it is.
        format: Format,
        /// `?query` and `#fragment` of an import: they make another module of the same file.
        suffix: String,
    },
    /// To a module of Node's own: its name without `node:`.
    Builtin(String),
}

/// Resolves specifiers. One per process: what it has seen of the file system it remembers, and
/// shares between its parts.
pub struct Resolver {
    require: oxc_resolver::Resolver,
    import: oxc_resolver::Resolver,
    /// For imports of TypeScript files, where what runs them completes specifiers.
    lenient_import: oxc_resolver::Resolver,
}

/// TypeScript's files are named, in imports, by what they compile to.
const COMPILED_FROM: [(&str, &[&str]); 4] = [
    (".js", &[".js", ".ts", ".tsx"]),
    (".mjs", &[".mjs", ".mts"]),
    (".cjs", &[".cjs", ".cts"]),
    (".jsx", &[".jsx", ".tsx"]),
];

impl Default for Resolver {
    fn default() -> Self {
        let require = oxc_resolver::Resolver::new(options(Request::Require));
        let import = require.clone_with_options(options(Request::Import));
        let lenient_import = require.clone_with_options(ResolveOptions {
            extensions: options(Request::Require).extensions,
            fully_specified: false,
            ..options(Request::Import)
        });
        Self {
            require,
            import,
            lenient_import,
        }
    }
}

fn options(request: Request) -> ResolveOptions {
    let names = |list: &[&str]| -> Vec<String> { list.iter().map(ToString::to_string).collect() };
    let (conditions, extensions) = match request {
        Request::Require => (
            ["node", "require", "module-sync", "node-addons"],
            names(&[".js", ".json", ".node", ".ts", ".tsx", ".mts", ".cts"]),
        ),
        // For what a package's `main` names; a specifier says all.
        Request::Import => (
            ["node", "import", "module-sync", "node-addons"],
            names(&[".js", ".json", ".node"]),
        ),
    };
    ResolveOptions {
        condition_names: names(&conditions),
        extensions,
        extension_alias: COMPILED_FROM
            .iter()
            .map(|(compiled, from)| ((*compiled).to_owned(), names(from)))
            .collect(),
        fully_specified: request == Request::Import,
        // NODE_PATH is CommonJS's alone.
        node_path: request == Request::Require,
        builtin_modules: true,
        module_type: true,
        ..ResolveOptions::default()
    }
}

impl Resolver {
    /// Where `specifier` leads when the module `from` (a file's path) asks for it. With `root`, only
    /// files inside that folder can be had.
    ///
    /// # Errors
    /// When nothing is there, or what is there must not be loaded.
    pub fn resolve(
        &self,
        specifier: &str,
        from: &Path,
        request: Request,
        root: Option<&Path>,
    ) -> Result<Found, Failure> {
        let plain = match (request, file_path(specifier)) {
            (Request::Import, Some(path)) => path?,
            // No URL is a path for Node's `require`.
            (Request::Require, Some(_)) => return Err(Failure::missing(request, specifier, from)),
            (_, None) => specifier.to_owned(),
        };
        let resolver = match request {
            Request::Require => &self.require,
            Request::Import if is_typescript(from) => &self.lenient_import,
            Request::Import => &self.import,
        };
        let directory = from.parent().unwrap_or(from);
        let mut found = resolver.resolve(directory, &plain);
        if !matches!(found, Ok(_) | Err(ResolveError::Builtin { .. })) {
            // What was not there a moment ago may be there now.
            self.forget();
            found = resolver.resolve(directory, &plain);
        }
        let resolution = match found {
            Ok(resolution) => resolution,
            Err(ResolveError::Builtin { resolved, .. }) => {
                let name = resolved.strip_prefix("node:").unwrap_or(&resolved);
                return Ok(Found::Builtin(name.to_owned()));
            }
            Err(error) => {
                return Err(Failure::of_resolution(&error, request, specifier, from));
            }
        };
        let suffix = [resolution.query(), resolution.fragment()]
            .into_iter()
            .flatten()
            .collect();
        let format = Format::of(resolution.path(), resolution.module_type());
        let path = resolution.into_path_buf();
        if let Some(root) = root {
            confine(&path, root, specifier, from)?;
        }
        Ok(Found::File {
            path,
            format,
            suffix,
        })
    }

    /// Forgets what it has seen: files may have come and gone.
    pub fn forget(&self) {
        // They share one cache.
        self.require.clear_cache();
    }
}

/// The path that a `file:` URL names; `None` for anything else.
fn file_path(specifier: &str) -> Option<Result<String, Failure>> {
    let rest = specifier.strip_prefix("file:")?;
    let invalid = || {
        Failure::new(
            Code::InvalidSpecifier,
            format!("'{specifier}' is no file: URL of an absolute path"),
        )
    };
    let path = rest.strip_prefix("//").unwrap_or(rest);
    let path = path.strip_prefix("localhost").unwrap_or(path);
    if !path.starts_with('/') {
        return Some(Err(invalid()));
    }
    Some(percent_decoded(path).ok_or_else(invalid))
}

/// `None`: not UTF-8, or an encoded slash, which Node refuses too.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let [high, low, tail @ ..] = tail else {
            return None;
        };
        let digit = |byte: &u8| char::from(*byte).to_digit(16);
        let byte = u8::try_from(digit(high)? * 16 + digit(low)?).ok()?;
        if byte == b'/' || byte == 0 {
            return None;
        }
        bytes.push(byte);
        rest = tail;
    }
    String::from_utf8(bytes).ok()
}

/// The path is real: neither a symbolic link nor `..` is left in it.
fn confine(path: &Path, root: &Path, specifier: &str, from: &Path) -> Result<(), Failure> {
    if path.starts_with(root) {
        return Ok(());
    }
    let (from, root) = (from.display(), root.display());
    // Where it leads to is not told: the folder's contents outside are none of the isolate's business.
    Err(Failure::new(
        Code::Confined,
        format!(
            "'{specifier}', needed by '{from}', is outside the folder '{root}' that modules may come from"
        ),
    ))
}
