//! Why a module cannot be had.

use std::path::Path;

use oxc_resolver::ResolveError;

use super::resolver::Request;

/// The codes that Node gives the same failures: packages look at them to find out whether an
/// optional dependency is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Nothing is there, for `require`.
    NotFound,
    /// Nothing is there, for `import`.
    EsNotFound,
    /// The package does not export that path.
    NotExported,
    /// The package has no such `#name`.
    ImportNotDefined,
    /// An `exports` or `imports` entry leads nowhere.
    InvalidTarget,
    /// A package.json that cannot be read.
    InvalidConfig,
    /// A specifier that Node does not take.
    InvalidSpecifier,
    /// A file that is there and cannot be read, or is no text.
    Unreadable,
    /// TypeScript or JSON that cannot be parsed.
    Syntax,
    /// A `.node` file.
    NativeAddon,
    /// A file that is none of JavaScript, TypeScript and JSON.
    UnknownExtension,
    /// Outside the folder that the isolate is confined to.
    Confined,
}

impl Code {
    const fn missing(request: Request) -> Self {
        match request {
            Request::Require => Self::NotFound,
            Request::Import => Self::EsNotFound,
        }
    }

    /// As `error.code` spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "MODULE_NOT_FOUND",
            Self::EsNotFound => "ERR_MODULE_NOT_FOUND",
            Self::NotExported => "ERR_PACKAGE_PATH_NOT_EXPORTED",
            Self::ImportNotDefined => "ERR_PACKAGE_IMPORT_NOT_DEFINED",
            Self::InvalidTarget => "ERR_INVALID_PACKAGE_TARGET",
            Self::InvalidConfig => "ERR_INVALID_PACKAGE_CONFIG",
            Self::InvalidSpecifier => "ERR_INVALID_MODULE_SPECIFIER",
            Self::Unreadable => "ERR_LOAD",
            Self::Syntax => "ERR_INVALID_SYNTAX",
            Self::NativeAddon => "ERR_DLOPEN_DISABLED",
            Self::UnknownExtension => "ERR_UNKNOWN_FILE_EXTENSION",
            Self::Confined => "ERR_ACCESS_DENIED",
        }
    }
}

/// A module that cannot be had, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure.
    pub code: Code,
    /// A sentence that names the module and what was looked for.
    pub message: String,
}

impl Failure {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// The isolate has no modules.
    pub(super) fn off(specifier: &str) -> Self {
        Self::new(
            Code::Confined,
            format!(
                "cannot load '{specifier}': this isolate has no modules. Make it with modules: {{ root }}, the folder \
                 that they may come from"
            ),
        )
    }

    /// Nothing is there.
    pub(super) fn missing(request: Request, specifier: &str, from: &Path) -> Self {
        Self::new(
            Code::missing(request),
            format!(
                "cannot find module '{specifier}', needed by '{}'",
                from.display()
            ),
        )
    }

    /// What the resolver says, with the code that Node has for it.
    pub(super) fn of_resolution(
        error: &ResolveError,
        request: Request,
        specifier: &str,
        from: &Path,
    ) -> Self {
        let missing = Code::missing(request);
        let code = match error {
            ResolveError::PackagePathNotExported { .. } => Code::NotExported,
            ResolveError::PackageImportNotDefined(..) => Code::ImportNotDefined,
            ResolveError::InvalidPackageTarget(..) => Code::InvalidTarget,
            ResolveError::InvalidPackageConfig(_)
            | ResolveError::InvalidPackageConfigDefault(_)
            | ResolveError::InvalidPackageConfigDirectory(_)
            | ResolveError::Json(_) => Code::InvalidConfig,
            ResolveError::InvalidModuleSpecifier(..) | ResolveError::Specifier(_) => {
                Code::InvalidSpecifier
            }
            ResolveError::IOError(_) => Code::Unreadable,
            _ => missing,
        };
        if code == missing {
            return Self::missing(request, specifier, from);
        }
        let from = from.display();
        let message = if let ResolveError::Json(json) = error {
            let path = json.path.display();
            format!(
                "'{path}' is no valid package.json ({json}), looked at for '{specifier}', needed by '{from}'"
            )
        } else {
            format!("cannot load '{specifier}', needed by '{from}': {error}")
        };
        Self::new(code, message)
    }
}
