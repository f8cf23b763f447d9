//! What a user's own isolate does beside calling functions.

use super::ffi;

/// A context of an isolate; [`MAIN`] is its first.
pub type ContextId = u64;

/// The context that every isolate has.
pub const MAIN: ContextId = 0;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Call the task's function in this context.
    Call {
        /// Where.
        context: ContextId,
    },
    /// Run code; its value is the result.
    Evaluate {
        /// Where.
        context: ContextId,
        /// The code.
        code: String,
        /// Shown in stacks.
        filename: String,
    },
    /// Compile code under a number.
    Compile {
        /// The number.
        script: u64,
        /// The code.
        code: String,
        /// Shown in stacks.
        filename: String,
    },
    /// Run what was compiled under this number.
    RunScript {
        /// The number.
        script: u64,
        /// Where.
        context: ContextId,
    },
    /// Make the task's argument a global.
    Set {
        /// Where.
        context: ContextId,
        /// Its name.
        name: String,
    },
    /// Read a global.
    Get {
        /// Where.
        context: ContextId,
        /// Its name.
        name: String,
    },
    /// Make a context under this number.
    CreateContext(ContextId),
    /// Drop it.
    DropContext(ContextId),
    /// V8's figures.
    HeapStatistics,
}

/// A script or a context that nobody refers to any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handle {
    /// Made by [`Operation::Compile`].
    Script(u64),
    /// Made by [`Operation::CreateContext`].
    Context(ContextId),
}

// As bridge.h numbers them.
const CALL: u32 = 0;
const EVALUATE: u32 = 1;
const COMPILE: u32 = 2;
const RUN_SCRIPT: u32 = 3;
const SET: u32 = 4;
const GET: u32 = 5;
const CREATE_CONTEXT: u32 = 6;
const DROP_CONTEXT: u32 = 7;
const HEAP_STATISTICS: u32 = 8;

impl Operation {
    /// From the numbers and texts that JavaScript has. `None`: there is no such kind.
    pub fn from_parts(
        kind: u32,
        context: ContextId,
        script: u64,
        text: String,
        filename: String,
    ) -> Option<Self> {
        Some(match kind {
            EVALUATE => Self::Evaluate {
                context,
                code: text,
                filename,
            },
            COMPILE => Self::Compile {
                script,
                code: text,
                filename,
            },
            RUN_SCRIPT => Self::RunScript { script, context },
            SET => Self::Set {
                context,
                name: text,
            },
            GET => Self::Get {
                context,
                name: text,
            },
            CREATE_CONTEXT => Self::CreateContext(context),
            DROP_CONTEXT => Self::DropContext(context),
            HEAP_STATISTICS => Self::HeapStatistics,
            _ => return None,
        })
    }

    /// Whether it calls the task's function.
    pub(super) fn calls(&self) -> bool {
        matches!(self, Self::Call { .. })
    }

    /// How messages name it.
    pub fn name(&self) -> String {
        match self {
            Self::Call { .. } => "a call".into(),
            Self::Evaluate { filename, .. } | Self::Compile { filename, .. } => filename.clone(),
            Self::RunScript { .. } => "script.run()".into(),
            Self::Set { name, .. } => format!("set('{name}')"),
            Self::Get { name, .. } => format!("get('{name}')"),
            Self::CreateContext(_) => "createContext()".into(),
            Self::DropContext(_) => "context.dispose()".into(),
            Self::HeapStatistics => "heapStatistics()".into(),
        }
    }

    /// The bridge's view of it, which borrows from `self`.
    pub(super) fn to_raw(&self) -> ffi::OlOperation {
        let (kind, context, script, text, filename) = match self {
            Self::Call { context } => (CALL, *context, 0, "", ""),
            Self::Evaluate {
                context,
                code,
                filename,
            } => (EVALUATE, *context, 0, code.as_str(), filename.as_str()),
            Self::Compile {
                script,
                code,
                filename,
            } => (COMPILE, MAIN, *script, code.as_str(), filename.as_str()),
            Self::RunScript { script, context } => (RUN_SCRIPT, *context, *script, "", ""),
            Self::Set { context, name } => (SET, *context, 0, name.as_str(), ""),
            Self::Get { context, name } => (GET, *context, 0, name.as_str(), ""),
            Self::CreateContext(context) => (CREATE_CONTEXT, *context, 0, "", ""),
            Self::DropContext(context) => (DROP_CONTEXT, *context, 0, "", ""),
            Self::HeapStatistics => (HEAP_STATISTICS, MAIN, 0, "", ""),
        };
        ffi::OlOperation {
            kind,
            context,
            script,
            text: ffi::OlText::borrow(text),
            filename: ffi::OlText::borrow(filename),
        }
    }
}

impl Handle {
    /// From the kind of operation that made it and its number.
    pub fn from_parts(kind: u32, id: u64) -> Option<Self> {
        match kind {
            COMPILE => Some(Self::Script(id)),
            CREATE_CONTEXT => Some(Self::Context(id)),
            _ => None,
        }
    }

    pub(super) fn to_raw(self) -> (u32, u64) {
        match self {
            Self::Script(id) => (COMPILE, id),
            Self::Context(id) => (CREATE_CONTEXT, id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_and_handles_have_the_numbers_that_they_are_made_from() {
        for kind in EVALUATE..=HEAP_STATISTICS {
            let made = Operation::from_parts(kind, 5, 7, "text".into(), "file".into());
            let raw = made.as_ref().map(Operation::to_raw);
            assert_eq!(raw.map(|raw| raw.kind), Some(kind));
        }
        assert_eq!(
            Operation::from_parts(CALL, 0, 0, String::new(), String::new()),
            None
        );
        for handle in [Handle::Script(3), Handle::Context(4)] {
            let (kind, id) = handle.to_raw();
            assert_eq!(Handle::from_parts(kind, id), Some(handle));
        }
        assert_eq!(Handle::from_parts(EVALUATE, 1), None);
    }
}
