//! What an isolate needs in order to compile a function.

use std::sync::Arc;

use super::ffi;
use super::payload::Payload;

/// A function's source, wrapped so that V8 reports the positions of the user's own file:
/// `prefix + body + suffix` is a function body that returns the function.
#[derive(Debug, Default)]
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
    /// Whose declarations the units are.
    pub module: u64,
    /// Declarations that travel with the function, in the order of the source.
    pub units: Vec<Unit>,
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

/// A declaration that travels with a function: `prefix + body + suffix` is a function body that
/// returns a unit (src/runtime/units.js).
#[derive(Debug)]
pub struct Unit {
    /// The same for every function of its module.
    pub id: u32,
    /// Text before it, on one line.
    pub prefix: String,
    /// Its own text.
    pub body: String,
    /// Text after it.
    pub suffix: String,
    /// Line of the prefix's first character, 0-based.
    pub line: i32,
    /// Its column, 0-based.
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

/// What the bridge's view of a source borrows beside the source.
struct Lists {
    imports: Vec<ffi::OlText>,
    units: Vec<ffi::OlUnit>,
}

impl Lists {
    fn of(source: &Source) -> Self {
        let units = source.units.iter().map(|unit| ffi::OlUnit {
            id: unit.id,
            prefix: ffi::OlText::borrow(&unit.prefix),
            body: ffi::OlText::borrow(&unit.body),
            suffix: ffi::OlText::borrow(&unit.suffix),
            line: unit.line,
            column: unit.column,
        });
        let imports = source.link.imports.iter();
        Self {
            imports: imports.map(|it| ffi::OlText::borrow(it)).collect(),
            units: units.collect(),
        }
    }

    /// The view, which borrows from both.
    fn borrow(
        &self,
        id: u64,
        source: &Source,
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
            imports: self.imports.as_ptr(),
            import_count: self.imports.len(),
            module: source.module,
            units: self.units.as_ptr(),
            unit_count: self.units.len(),
        }
    }
}

impl FunctionSpec {
    /// Calls `body` with the bridge's view of this function, which borrows from `self`.
    pub(super) fn with_raw<R>(&self, body: impl FnOnce(&ffi::OlFunction) -> R) -> R {
        let lists = Lists::of(&self.source);
        let Some(context) = &self.context else {
            return body(&lists.borrow(self.id, &self.source, std::ptr::null()));
        };
        let sources: Vec<Option<(Lists, &Source)>> = context
            .entries
            .iter()
            .map(|(_, source)| source.as_ref().map(|source| (Lists::of(source), source)))
            .collect();
        let functions: Vec<Option<ffi::OlFunction>> = sources
            .iter()
            .map(|function| {
                let function = function.as_ref();
                function.map(|(lists, source)| lists.borrow(0, source, std::ptr::null()))
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
        body(&lists.borrow(self.id, &self.source, &raw const values))
    }
}
