//! What an isolate asks of Rust about modules.
//!
//! As in host.rs, every function here is called from C++: a panic is caught.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use super::ffi::{self, OlModule, OlText};
use super::host::{slice, state};
use crate::modules::{Code, Failure, Format, Found, Request, SourceFile, library};

/// What keeps an answer's texts alive until the bridge has done with them.
enum Owner {
    Texts([String; 3]),
    Source(Arc<SourceFile>, Option<Arc<[u8]>>),
}

const EMPTY: OlText = OlText {
    data: std::ptr::null(),
    length: 0,
};

/// Writes an answer whose texts `owner` keeps.
fn answer(result: *mut OlModule, kind: u32, format: Format, owner: Owner) {
    // A box's contents stay where they are.
    let owner = Box::new(owner);
    let mut module = OlModule {
        kind,
        format: format as u32,
        name: EMPTY,
        text: EMPTY,
        suffix: EMPTY,
        exports: EMPTY,
        cache: EMPTY,
        ascii: 0,
        owner: std::ptr::null_mut(),
    };
    match &*owner {
        Owner::Texts([name, text, suffix]) => {
            module.name = OlText::borrow(name);
            module.text = OlText::borrow(text);
            module.suffix = OlText::borrow(suffix);
        }
        Owner::Source(source, cache) => {
            module.text = OlText::borrow(&source.text);
            module.ascii = u32::from(source.is_ascii());
            if let Some(names) = source.export_names() {
                module.exports = OlText::borrow(names);
            }
            if let Some(bytes) = cache {
                module.cache = OlText {
                    data: bytes.as_ptr(),
                    length: bytes.len(),
                };
            }
        }
    }
    module.owner = Box::into_raw(owner).cast::<c_void>();
    // SAFETY: the bridge passes a valid place for the answer; `owner` keeps the texts alive.
    unsafe { result.write(module) };
}

fn fail(result: *mut OlModule, failure: Failure) {
    let texts = [
        failure.code.as_str().to_owned(),
        failure.message,
        String::new(),
    ];
    answer(
        result,
        ffi::MODULE_FAILED,
        Format::Unknown,
        Owner::Texts(texts),
    );
}

fn give(result: *mut OlModule, source: Arc<SourceFile>) {
    let format = source.format;
    let cache = source.code_cache();
    answer(
        result,
        ffi::MODULE_SOURCE,
        format,
        Owner::Source(source, cache),
    );
}

/// A panic's answer.
fn broken(what: &str) -> Failure {
    Failure {
        code: Code::Unreadable,
        message: format!("{what} failed inside offloop; please report it"),
    }
}

/// # Safety
/// The bridge lends the text for the call.
unsafe fn text<'a>(text: OlText) -> std::borrow::Cow<'a, str> {
    // SAFETY: by the contract above.
    String::from_utf8_lossy(unsafe { slice(text.data, text.length) })
}

pub(super) extern "C" fn on_resolve(
    host: *mut c_void,
    specifier: OlText,
    from: OlText,
    request: u32,
    result: *mut OlModule,
) {
    // SAFETY: called by the bridge with the pointer it was given.
    let state = unsafe { state(host) };
    // SAFETY: the bridge lends the text for the call.
    let specifier = unsafe { text(specifier) };
    // SAFETY: likewise.
    let from = unsafe { text(from) };
    let request = if request == 1 {
        Request::Require
    } else {
        Request::Import
    };
    let found = catch_unwind(AssertUnwindSafe(|| {
        library().resolve(&specifier, Path::new(&*from), request, &state.modules)
    }));
    match found {
        Ok(Ok(Found::File {
            path,
            format,
            suffix,
        })) => {
            let Ok(path) = path.into_os_string().into_string() else {
                let message = format!("the path of '{specifier}' is not Unicode");
                let code = Code::Unreadable;
                return fail(result, Failure { code, message });
            };
            let texts = [path, String::new(), suffix];
            answer(result, ffi::MODULE_FILE, format, Owner::Texts(texts));
        }
        Ok(Ok(Found::Builtin(name))) => {
            let texts = [name, String::new(), String::new()];
            answer(
                result,
                ffi::MODULE_BUILTIN,
                Format::CommonJs,
                Owner::Texts(texts),
            );
        }
        Ok(Err(failure)) => fail(result, failure),
        Err(_) => fail(result, broken(&format!("resolving '{specifier}'"))),
    }
}

pub(super) extern "C" fn on_source(
    host: *mut c_void,
    path: OlText,
    format: u32,
    result: *mut OlModule,
) {
    // SAFETY: called by the bridge with the pointer it was given.
    let state = unsafe { state(host) };
    // SAFETY: the bridge lends the text for the call.
    let path = unsafe { text(path) };
    let format = Format::from_number(format).unwrap_or(Format::Unknown);
    let source = catch_unwind(AssertUnwindSafe(|| {
        library().source(Path::new(&*path), format, &state.modules)
    }));
    match source {
        Ok(Ok(source)) => give(result, source),
        Ok(Err(failure)) => fail(result, failure),
        Err(_) => fail(result, broken(&format!("reading '{path}'"))),
    }
}

pub(super) extern "C" fn on_builtin(name: OlText, result: *mut OlModule) {
    // SAFETY: the bridge lends the text for the call.
    let name = unsafe { text(name) };
    let source = catch_unwind(|| {
        if name.is_empty() {
            Some(library().loader())
        } else {
            library().builtin(&name)
        }
    });
    match source {
        Ok(Some(source)) => give(result, source),
        Ok(None) => fail(
            result,
            Failure {
                code: Code::NotFound,
                message: format!("there is no module '{name}'"),
            },
        ),
        Err(_) => fail(result, broken(&format!("reading '{name}'"))),
    }
}

pub(super) extern "C" fn on_builtin_names(result: *mut OlModule) {
    let names = catch_unwind(|| library().builtin_names().join("\n")).unwrap_or_default();
    let texts = [String::new(), names, String::new()];
    answer(
        result,
        ffi::MODULE_SOURCE,
        Format::Unknown,
        Owner::Texts(texts),
    );
}

/// # Safety
/// `owner` is one that an answer had, and not yet given back.
unsafe fn source_of<'a>(owner: *mut c_void) -> Option<&'a Arc<SourceFile>> {
    // SAFETY: by the contract above.
    match unsafe { owner.cast::<Owner>().as_ref() } {
        Some(Owner::Source(source, _)) => Some(source),
        _ => None,
    }
}

pub(super) extern "C" fn on_keep_code(owner: *mut c_void, bytes: OlText) {
    // SAFETY: called by the bridge with the owner of an answer that it holds.
    let source = unsafe { source_of(owner) };
    // SAFETY: the bridge lends the bytes for the call.
    let bytes = unsafe { slice(bytes.data, bytes.length) };
    let _ = catch_unwind(AssertUnwindSafe(|| {
        if let Some(source) = source {
            source.keep_code_cache(bytes);
        }
    }));
}

pub(super) extern "C" fn on_keep_exports(owner: *mut c_void, names: OlText) {
    // SAFETY: called by the bridge with the owner of an answer that it holds.
    let source = unsafe { source_of(owner) };
    // SAFETY: the bridge lends the text for the call.
    let names = unsafe { text(names) };
    let _ = catch_unwind(AssertUnwindSafe(|| {
        if let Some(source) = source {
            source.keep_export_names(names.into_owned());
        }
    }));
}

pub(super) extern "C" fn on_module_free(owner: *mut c_void) {
    // SAFETY: made by `answer`, given back exactly once.
    let owner = unsafe { Box::from_raw(owner.cast::<Owner>()) };
    let _ = catch_unwind(AssertUnwindSafe(|| drop(owner)));
}
