//! What an isolate needs in order to compile a function.

use std::sync::Arc;

use super::ffi;
use super::payload::Payload;

/// A function's source, wrapped so that V8 reports the positions of the user's own file:
/// `prefix + body + suffix` is a function body that returns the function.
#[derive(Debug)]
pub struct Source {
    /// Text before the function, on one line.
    pub prefix: String,
    /// The function's own text, from its parameter list on (arrows: whole).
    pub body: String,
    /// Text after the function.
    pub suffix: String,
    /// Script name: a path or a `file:` URL.
    pub resource: String,
    /// Line of the prefix's first character, 0-based.
    pub line: i32,
    /// Its column, 0-based; negative when the prefix is longer than what precedes the function.
    pub column: i32,
    /// What it needs of modules.
    pub link: Link,
}

/// What a function needs of modules.
#[derive(Debug, Default)]
pub struct Link {
    /// Whether the text takes the link as its argument.
    pub linked: bool,
    /// Path of the file that modules resolve from.
    pub from: String,
    /// Specifiers of the modules that it is given.
    pub imports: Vec<String>,
}

/// The names that the `context` option gives a function.
#[derive(Debug)]
pub struct ContextValues {
    /// Identity: functions given the same object share one copy in each isolate.
    pub id: u64,
    /// Names, and the sources of those that are functions.
    pub entries: Vec<(String, Option<Source>)>,
    /// An array as long as `entries`; `undefined` stands where a function is.
    pub values: Option<Payload>,
}

/// An interned function.
#[derive(Debug)]
pub struct FunctionSpec {
    /// Unique within the process.
    pub id: u64,
    /// For messages: the function's name, or the task's.
    pub name: String,
    /// Its source.
    pub source: Source,
    /// Names that it is given beside its arguments.
    pub context: Option<Arc<ContextValues>>,
}

/// The bridge's view of a source, which borrows from it and from `imports`, its own.
fn borrow(
    id: u64,
    source: &Source,
    imports: &[ffi::OlText],
    context: *const ffi::OlContextValues,
) -> ffi::OlFunction {
    ffi::OlFunction {
        id,
        prefix: ffi::OlText::borrow(&source.prefix),
        body: ffi::OlText::borrow(&source.body),
        suffix: ffi::OlText::borrow(&source.suffix),
        resource: ffi::OlText::borrow(&source.resource),
        line: source.line,
        column: source.column,
        context,
        linked: u32::from(source.link.linked),
        from: ffi::OlText::borrow(&source.link.from),
        imports: imports.as_ptr(),
        import_count: imports.len(),
    }
}

fn borrow_imports(source: &Source) -> Vec<ffi::OlText> {
    let imports = source.link.imports.iter();
    imports.map(|it| ffi::OlText::borrow(it)).collect()
}

impl FunctionSpec {
    /// Calls `body` with the bridge's view of this function, which borrows from `self`.
    pub(super) fn with_raw<R>(&self, body: impl FnOnce(&ffi::OlFunction) -> R) -> R {
        let imports = borrow_imports(&self.source);
        let Some(context) = &self.context else {
            return body(&borrow(self.id, &self.source, &imports, std::ptr::null()));
        };
        let sources: Vec<Option<(Vec<ffi::OlText>, &Source)>> = context
            .entries
            .iter()
            .map(|(_, source)| source.as_ref().map(|it| (borrow_imports(it), it)))
            .collect();
        let functions: Vec<Option<ffi::OlFunction>> = sources
            .iter()
            .map(|function| {
                let function = function.as_ref();
                function.map(|(imports, source)| borrow(0, source, imports, std::ptr::null()))
            })
            .collect();
        let entries: Vec<ffi::OlContextEntry> = context
            .entries
            .iter()
            .zip(&functions)
            .map(|((name, _), function)| ffi::OlContextEntry {
                name: ffi::OlText::borrow(name),
                function: function
                    .as_ref()
                    .map_or(std::ptr::null(), std::ptr::from_ref),
            })
            .collect();
        let values = ffi::OlContextValues {
            id: context.id,
            entries: entries.as_ptr(),
            count: entries.len(),
            values: context
                .values
                .as_ref()
                .map_or(std::ptr::null_mut(), Payload::as_raw),
        };
        body(&borrow(self.id, &self.source, &imports, &raw const values))
    }
}
