//! The modules of a task: found by Node's algorithm and read, on the thread that needs them.
//!
//! Specifiers and paths in, sources out. Nothing here runs JavaScript or knows V8: what a module's
//! text means to an isolate is the bridge's, in which order modules run is the runtime's.

mod failure;
mod format;
mod library;
mod resolver;
mod source;
mod typescript;

#[cfg(test)]
mod tests;

pub use failure::{Code, Failure};
pub use format::Format;
pub use library::{Access, library};
pub use resolver::{Found, Request};
pub use source::SourceFile;
