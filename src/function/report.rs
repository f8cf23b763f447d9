//! The question asked about a function and the answer given.

/// What is known of a live function before its text is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct InspectInput<'i> {
    /// The text of `Function.prototype.toString`.
    pub text: &'i str,
    /// 0-based line that V8 reports for the function, the script's line offset included.
    pub line: i32,
    /// 0-based UTF-16 column that V8 reports for the function: its parameter list, or the first
    /// character of an arrow function. The script's column offset is included on its first line.
    pub column: i32,
    /// Line offset of the script's origin.
    pub line_offset: i32,
    /// Column offset of the script's origin; it counts on the script's first line only.
    pub column_offset: i32,
    /// The whole script that the function stands in, when it is known.
    pub source: Option<&'i str>,
    /// Whether the script is a `CommonJS` module: sloppy, with `require`, `module`, `exports`,
    /// `__filename` and `__dirname` given by Node's module wrapper.
    pub commonjs: bool,
    /// Names that travel with the function by the option `context`.
    pub context_names: &'i [String],
    /// The function's strictness where V8 shows it; `None` where only the text can tell.
    pub strict: Option<bool>,
}

/// What a function's text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionKind {
    /// A declaration or a function expression.
    Function,
    /// An arrow function.
    Arrow,
    /// A method of an object literal or a class.
    Method,
    /// The function behind a `get` accessor.
    Getter,
    /// The function behind a `set` accessor.
    Setter,
    /// A class: it can only be constructed, so it cannot be a task.
    Class,
    /// No function that the parser understands; `message` says why.
    Unparsable,
}

impl FunctionKind {
    /// The kind as the JavaScript side spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Arrow => "arrow",
            Self::Method => "method",
            Self::Getter => "getter",
            Self::Setter => "setter",
            Self::Class => "class",
            Self::Unparsable => "unparsable",
        }
    }
}

/// Why a captured name cannot travel with its function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaptureKind {
    /// A variable at the top of its module or script.
    Module,
    /// A variable of an enclosing function or block.
    Local,
    /// An `import` binding, or a variable filled by `await import(…)`.
    Import,
    /// A variable filled by `require(…)`.
    Require,
    /// A parameter of an enclosing function.
    Parameter,
    /// A class.
    Class,
    /// Another function.
    Function,
    /// `this` of what surrounds an arrow function.
    This,
    /// `super` of a method.
    Super,
    /// `new.target` of what surrounds an arrow function.
    NewTarget,
    /// `arguments` of what surrounds an arrow function.
    Arguments,
    /// A `#private` name of the class around the function.
    Private,
    /// `import.meta`.
    ImportMeta,
    /// One of the names that Node's `CommonJS` wrapper gives to a module.
    CommonJs,
    /// A helper that a transpiler, bundler or coverage tool put beside the user's code.
    Helper,
}

impl CaptureKind {
    /// The kind as the JavaScript side spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Module => "module",
            Self::Local => "local",
            Self::Import => "import",
            Self::Require => "require",
            Self::Parameter => "parameter",
            Self::Class => "class",
            Self::Function => "function",
            Self::This => "this",
            Self::Super => "super",
            Self::NewTarget => "new.target",
            Self::Arguments => "arguments",
            Self::Private => "private",
            Self::ImportMeta => "import.meta",
            Self::CommonJs => "commonjs",
            Self::Helper => "helper",
        }
    }
}

/// Why the value of a captured name cannot be made again elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It belongs to a call of an enclosing function, or to a block.
    Local,
    /// It is declared with `let`.
    Let,
    /// It is given another value somewhere.
    Reassigned,
    /// Running code made it.
    Computed,
    /// An object that others may change.
    MayChange,
    /// A module out of the bundle that the source is.
    Bundled,
    /// It is called what no variable of a wrapper may be called.
    Name,
    /// The kind says it.
    Kind,
}

impl Reason {
    /// The reason as the JavaScript side spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Let => "let",
            Self::Reassigned => "reassigned",
            Self::Computed => "computed",
            Self::MayChange => "may-change",
            Self::Bundled => "bundled",
            Self::Name => "name",
            Self::Kind => "kind",
        }
    }
}

/// As what a captured name travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TravelKind {
    /// Imported where the task runs.
    Import,
    /// Required where the task runs.
    Require,
    /// By source.
    Function,
    /// By source, evaluated there.
    Class,
    /// A value that the source says by itself.
    Literal,
    /// A compiler's or coverage tool's, by source.
    Helper,
    /// What Node gives to a `CommonJS` module, of the function's file.
    CommonJs,
    /// `import.meta` of the function's file.
    ImportMeta,
}

impl TravelKind {
    /// The kind as the JavaScript side spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Require => "require",
            Self::Function => "function",
            Self::Class => "class",
            Self::Literal => "literal",
            Self::Helper => "helper",
            Self::CommonJs => "commonjs",
            Self::ImportMeta => "import.meta",
        }
    }
}

/// A name that travels with the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Travel {
    /// The name as written.
    pub name: String,
    /// As what.
    pub kind: TravelKind,
    /// The module that an `import` or `require` names.
    pub from: Option<String>,
    /// 0-based line of the first use in the file.
    pub line: i32,
    /// 0-based UTF-16 column of the first use in the file.
    pub column: i32,
}

/// A declaration that travels: text that is compiled with an origin of its own, as a function body
/// that returns what src/runtime/units.js describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Where it stands: the same in every function of the same script.
    pub id: u32,
    /// What goes before the text: one line.
    pub prefix: String,
    /// The text, as it stands in the source.
    pub body: String,
    /// What goes after it.
    pub suffix: String,
    /// Line of the origin.
    pub line: i32,
    /// Column of the origin; may be negative.
    pub column: i32,
}

/// A name of the function's surroundings that the function needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// The name as written; private names keep their `#`.
    pub name: String,
    /// 0-based line of the first use in the file.
    pub line: i32,
    /// 0-based UTF-16 column of the first use in the file.
    pub column: i32,
    /// What the name is bound to.
    pub kind: CaptureKind,
    /// The module that an `import` or `require` names.
    pub from: Option<String>,
    /// Why it cannot travel.
    pub reason: Reason,
    /// The declaration that uses it, where that is not the function itself.
    pub by: Option<String>,
}

/// A name that nothing in the source binds and that neither ECMAScript nor a task provides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlobalUse {
    /// The name as written.
    pub name: String,
    /// 0-based line of the first use in the file; a use outside `typeof` goes first.
    pub line: i32,
    /// 0-based UTF-16 column of that use.
    pub column: i32,
    /// Whether the name occurs only as the operand of `typeof`, where a missing name is no error.
    pub only_typeof: bool,
}

/// What a function is, what it needs and how to compile it somewhere else.
///
/// `wrapper_prefix + wrapper_body + wrapper_suffix` is a function **body** (for V8's
/// `CompileFunction`) that returns the function. It is called with the link of the function's file,
/// or with undefined unless `linked`, and where there are units with a function that takes what was
/// imported and answers the values of the module (src/runtime/units.js). Compiled with an origin of
/// `line + line_shift` and `column + column_shift`, every character of the body has the line and
/// column that it has in the user's file. All three are empty for
/// [`FunctionKind::Class`] and [`FunctionKind::Unparsable`].
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, one JavaScript property each"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionReport {
    /// What the text is.
    pub kind: FunctionKind,
    /// Whether it is an async function or async generator.
    pub r#async: bool,
    /// Whether it is a generator or async generator.
    pub generator: bool,
    /// Whether it runs in strict mode.
    pub strict: bool,
    /// Its name as the source gives it, empty when it has none.
    pub name: String,
    /// The parser's words, with line and column, for [`FunctionKind::Unparsable`].
    pub message: String,
    /// What goes before the body: always one line.
    pub wrapper_prefix: String,
    /// The text from the position that V8 reports to its end.
    pub wrapper_body: String,
    /// What goes after the body: begins with a line feed, so that a trailing comment ends there.
    pub wrapper_suffix: String,
    /// What to add to the function's line for the origin.
    pub line_shift: i32,
    /// What to add to the function's column for the origin; the sum may be negative.
    pub column_shift: i32,
    /// Whether the text was found in the source at the function's position. If not, the captures
    /// come from the text alone and names shadowed outside it are unknown.
    pub source_matched: bool,
    /// What cannot travel, in the order of first use.
    pub captures: Vec<Capture>,
    /// What travels, in the order of first use.
    pub travels: Vec<Travel>,
    /// Declarations that travel, in the order of the source.
    pub units: Vec<Unit>,
    /// Specifiers of the modules that are imported before the function is made.
    pub imports: Vec<String>,
    /// Whether the wrapper is called with a link: it loads modules.
    pub linked: bool,
    /// Names left to the global object, in the order of first use.
    pub globals: Vec<GlobalUse>,
}

impl FunctionReport {
    /// A report without a function to compile.
    pub(super) fn without_wrapper(kind: FunctionKind) -> Self {
        Self {
            kind,
            r#async: false,
            generator: false,
            strict: false,
            name: String::new(),
            message: String::new(),
            wrapper_prefix: String::new(),
            wrapper_body: String::new(),
            wrapper_suffix: String::new(),
            line_shift: 0,
            column_shift: 0,
            source_matched: false,
            captures: Vec::new(),
            travels: Vec::new(),
            units: Vec::new(),
            imports: Vec::new(),
            linked: false,
            globals: Vec::new(),
        }
    }
}
