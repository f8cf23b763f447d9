//! What a function is, what it captures and how its text is compiled elsewhere.
//!
//! Pure: texts in, a [`FunctionReport`] out. Nothing here touches V8, the file system or Node.

mod bindings;
mod bound;
mod changes;
mod compiled;
mod exports;
mod fate;
mod free_names;
mod globals;
mod helpers;
mod inspect;
mod javascript;
mod literals;
mod locate;
mod names;
mod needs;
mod parse;
mod piece;
mod plan;
mod positions;
mod report;
mod rewrite;
mod text;
mod unit;
mod wrapper;

#[cfg(test)]
mod tests;

pub use inspect::inspect;
pub use report::InspectInput;
#[cfg(test)]
use report::{CaptureKind, FunctionKind, FunctionReport, Reason};
