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

fn borrow(id: u64, source: &Source, context: *const ffi::OlContextValues) -> ffi::OlFunction {
    ffi::OlFunction {
        id,
        prefix: ffi::OlText::borrow(&source.prefix),
        body: ffi::OlText::borrow(&source.body),
        suffix: ffi::OlText::borrow(&source.suffix),
        resource: ffi::OlText::borrow(&source.resource),
        line: source.line,
        column: source.column,
        context,
    }
}

impl FunctionSpec {
    /// The bridge's view of a function without a context, which borrows from `self`.
    pub(super) fn as_raw(&self) -> ffi::OlFunction {
        borrow(self.id, &self.source, std::ptr::null())
    }

    /// Calls `body` with the bridge's view of this function, which borrows from `self`.
    pub(super) fn with_raw<R>(&self, body: impl FnOnce(&ffi::OlFunction) -> R) -> R {
        let Some(context) = &self.context else {
            return body(&borrow(self.id, &self.source, std::ptr::null()));
        };
        let functions: Vec<Option<ffi::OlFunction>> = context
            .entries
            .iter()
            .map(|(_, source)| {
                source
                    .as_ref()
                    .map(|source| borrow(0, source, std::ptr::null()))
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
        body(&borrow(self.id, &self.source, &raw const values))
    }
}
