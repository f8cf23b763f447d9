//! What a function is, what it captures and how its text is compiled elsewhere.
//!
//! Pure: texts in, a [`FunctionReport`] out. Nothing here touches V8, the file system or Node.

mod bindings;
mod captures;
mod free_names;
mod globals;
mod helpers;
mod inspect;
mod locate;
mod names;
mod parse;
mod positions;
mod report;
mod text;
mod wrapper;

#[cfg(test)]
mod tests;

pub use inspect::inspect;
pub use report::InspectInput;
#[cfg(test)]
use report::{Capture, CaptureKind, FunctionKind, FunctionReport, GlobalUse};
