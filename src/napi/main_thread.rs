//! Hooks in the main environment of a process where only Workers have loaded offloop.

use std::panic::catch_unwind;
use std::sync::Once;

use napi_derive::napi;

use super::environment::Environment;
use crate::isolate::ffi;

/// Opens the main thread's environment from a Worker's, unless it is open; once in a process. Without
/// hooks there, the process would end under threads that are still in an isolate, and crash.
///
/// `watch` is the text of a function that the main thread calls with its `process` and a function that
/// takes the exit code.
#[napi]
pub fn reach_main_thread(watch: String) {
    static ASKED: Once = Once::new();
    if Environment::main_opened() {
        return;
    }
    ASKED.call_once(move || {
        // SAFETY: this thread's environment is open, it is JavaScript that called; `watch` lives until
        // the call is over. Both functions only read the main thread's own state, when it calls them.
        unsafe { ffi::ol_main_thread_reach(ffi::OlText::borrow(&watch), open_main, set_code) };
    });
}

extern "C" fn open_main() -> i32 {
    i32::from(matches!(catch_unwind(Environment::open), Ok(Ok(()))))
}

extern "C" fn set_code(code: i32) {
    let _ = catch_unwind(|| {
        if let Some(environment) = Environment::current() {
            environment.set_exit_code(code);
        }
    });
}
