//! Functions on their way to a task: what V8 knows of them, what their text captures.

use napi::bindgen_prelude::{Env, Unknown};
use napi_derive::napi;

use super::functions::NativeUnit;
use super::value;
use crate::function::{self, InspectInput};
use crate::isolate::ffi;

/// What V8 knows of `fn`: its text, where it stands, its realm.
#[napi(ts_args_type = "fn: Function", ts_return_type = "FunctionDescription")]
pub fn describe<'env>(env: &'env Env, function: Unknown<'env>) -> Unknown<'env> {
    // SAFETY: called by JavaScript with a function (lib/function-source.js checks).
    let description = unsafe { ffi::ol_describe(value::to_bridge(&function)) };
    // SAFETY: the bridge made the handle during this call.
    unsafe { value::from_bridge(env, description) }
}

/// Whether `fn` is strict, where V8 shows it; null where only its text can tell.
#[napi(ts_args_type = "fn: Function", ts_return_type = "boolean | null")]
pub fn strict_probe<'env>(env: &'env Env, function: Unknown<'env>) -> Unknown<'env> {
    // SAFETY: called by JavaScript with a function (lib/function-source.js checks).
    let strict = unsafe { ffi::ol_strict_probe(value::to_bridge(&function)) };
    // SAFETY: the bridge made the handle during this call.
    unsafe { value::from_bridge(env, strict) }
}

/// The source of the script with this id, when one of its functions is on the stack; else null.
#[napi(ts_return_type = "string | null")]
pub fn enclosing_source(env: &Env, script_id: i32) -> Unknown<'_> {
    // SAFETY: called by JavaScript on the environment's thread.
    let source = unsafe { ffi::ol_enclosing_source(script_id) };
    // SAFETY: the bridge made the handle during this call.
    unsafe { value::from_bridge(env, source) }
}

/// The built-in error constructors of the realm in which `fn` was made, by name.
#[napi(
    ts_args_type = "fn: Function",
    ts_return_type = "Record<string, ErrorConstructor>"
)]
pub fn realm_errors<'env>(env: &'env Env, function: Unknown<'env>) -> Unknown<'env> {
    // SAFETY: called by JavaScript with a function (lib/function-source.js checks).
    let errors = unsafe { ffi::ol_realm_errors(value::to_bridge(&function)) };
    // SAFETY: the bridge made the handle during this call.
    unsafe { value::from_bridge(env, errors) }
}

/// A function's text and place.
#[napi(object, use_nullable = true)]
pub struct InspectionInput {
    /// Text of the function.
    pub text: String,
    /// 0-based, as V8 reports it.
    pub line: i32,
    /// 0-based UTF-16 units, as V8 reports it.
    pub column: i32,
    /// Of the script's origin.
    pub line_offset: i32,
    /// Of the script's origin.
    pub column_offset: i32,
    /// The whole script, when it is known.
    pub source: Option<String>,
    /// Whether the script is a `CommonJS` module.
    pub commonjs: bool,
    /// Names that the `context` option provides.
    pub context_names: Vec<String>,
    /// Whether the function is known to be strict.
    pub strict: Option<bool>,
}

/// A name that cannot travel.
#[napi(object, object_from_js = false)]
pub struct CaptureReport {
    /// As written.
    pub name: String,
    /// 0-based, in the file.
    pub line: i32,
    /// 0-based UTF-16 units, in the file.
    pub column: i32,
    /// What it is bound to.
    pub kind: &'static str,
    /// The module, of an import or a require.
    pub from: Option<String>,
    /// Why it cannot travel, as `Reason` in src/function/report.rs spells it.
    pub reason: &'static str,
    /// The declaration that uses it, where that is not the function itself.
    pub by: Option<String>,
}

/// A name that travels.
#[napi(object, object_from_js = false)]
pub struct TravelReport {
    /// As written.
    pub name: String,
    /// As what, as `TravelKind` in src/function/report.rs spells it.
    pub kind: &'static str,
    /// The module, of an import or a require.
    pub from: Option<String>,
    /// 0-based, in the file.
    pub line: i32,
    /// 0-based UTF-16 units, in the file.
    pub column: i32,
}

/// A name left to the global object.
#[napi(object, object_from_js = false)]
pub struct GlobalReport {
    /// As written.
    pub name: String,
    /// 0-based, in the file.
    pub line: i32,
    /// 0-based UTF-16 units, in the file.
    pub column: i32,
    /// Whether it only occurs under `typeof`.
    pub only_typeof: bool,
}

/// What a function is and what it needs; see `FunctionReport` in src/function/report.rs.
#[napi(object, object_from_js = false)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about a function"
)]
pub struct Inspection {
    /// `function`, `arrow`, `method`, `getter`, `setter`, `class` or `unparsable`.
    pub kind: &'static str,
    /// An async function.
    pub r#async: bool,
    /// A generator.
    pub generator: bool,
    /// Strict mode.
    pub strict: bool,
    /// The function's own name, or empty.
    pub name: String,
    /// The parser's message, when unparsable.
    pub message: String,
    /// Text before the body, on one line.
    pub wrapper_prefix: String,
    /// The function's text.
    pub wrapper_body: String,
    /// Text after it.
    pub wrapper_suffix: String,
    /// Added to the line that V8 reports.
    pub line_shift: i32,
    /// Added to the column that V8 reports.
    pub column_shift: i32,
    /// Whether the text was found in the source.
    pub source_matched: bool,
    /// What cannot travel.
    pub captures: Vec<CaptureReport>,
    /// What travels.
    pub travels: Vec<TravelReport>,
    /// Declarations that travel.
    pub units: Vec<NativeUnit>,
    /// Specifiers of the modules that are imported for it.
    pub imports: Vec<String>,
    /// Whether the wrapper takes the link, the way to modules.
    pub linked: bool,
    /// What is left to the global object.
    pub globals: Vec<GlobalReport>,
}

/// Reads a function's text, in its enclosing source when that is known.
#[napi]
#[allow(
    clippy::needless_pass_by_value,
    reason = "napi-derive hands objects over by value"
)]
pub fn inspect_function(input: InspectionInput) -> Inspection {
    let report = function::inspect(&InspectInput {
        text: &input.text,
        line: input.line,
        column: input.column,
        line_offset: input.line_offset,
        column_offset: input.column_offset,
        source: input.source.as_deref(),
        commonjs: input.commonjs,
        context_names: &input.context_names,
        strict: input.strict,
    });
    Inspection {
        kind: report.kind.as_str(),
        r#async: report.r#async,
        generator: report.generator,
        strict: report.strict,
        name: report.name,
        message: report.message,
        wrapper_prefix: report.wrapper_prefix,
        wrapper_body: report.wrapper_body,
        wrapper_suffix: report.wrapper_suffix,
        line_shift: report.line_shift,
        column_shift: report.column_shift,
        source_matched: report.source_matched,
        linked: report.linked,
        captures: report
            .captures
            .into_iter()
            .map(|capture| CaptureReport {
                name: capture.name,
                line: capture.line,
                column: capture.column,
                kind: capture.kind.as_str(),
                from: capture.from,
                reason: capture.reason.as_str(),
                by: capture.by,
            })
            .collect(),
        travels: report
            .travels
            .into_iter()
            .map(|travel| TravelReport {
                name: travel.name,
                kind: travel.kind.as_str(),
                from: travel.from,
                line: travel.line,
                column: travel.column,
            })
            .collect(),
        units: report
            .units
            .into_iter()
            .map(|unit| NativeUnit {
                id: unit.id,
                prefix: unit.prefix,
                body: unit.body,
                suffix: unit.suffix,
                line: unit.line,
                column: unit.column,
            })
            .collect(),
        imports: report.imports,
        globals: report
            .globals
            .into_iter()
            .map(|global| GlobalReport {
                name: global.name,
                line: global.line,
                column: global.column,
                only_typeof: global.only_typeof,
            })
            .collect(),
    }
}
