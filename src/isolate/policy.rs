//! What an isolate lets its code do.

use crate::modules::Access;

/// For the code of one isolate.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent settings, each an option of the user's"
)]
pub struct Policy {
    /// Which of the runtime's globals it has.
    pub globals: Vec<String>,
    /// Whether `eval` and `new Function` work.
    pub code_generation: bool,
    /// Whether it has shared memory.
    pub shared_memory: bool,
    /// Whether it has WebAssembly.
    pub wasm: bool,
    /// Whether its clock moves in whole milliseconds.
    pub coarse_clock: bool,
    /// Which modules it may have.
    pub modules: Access,
}

const CONFINED: u32 = 1;
const CODE_GENERATION: u32 = 2;
const SHARED_MEMORY: u32 = 4;
const WASM: u32 = 8;
const COARSE_CLOCK: u32 = 16;

const FORBID_SHARED_MEMORY: u32 = 1;
const FORBID_WASM: u32 = 2;

impl Policy {
    /// As bridge.h numbers it.
    pub(super) fn flags(&self) -> u32 {
        let flag = |on: bool, flag: u32| if on { flag } else { 0 };
        CONFINED
            | flag(self.code_generation, CODE_GENERATION)
            | flag(self.shared_memory, SHARED_MEMORY)
            | flag(self.wasm, WASM)
            | flag(self.coarse_clock, COARSE_CLOCK)
    }

    /// What must not be packed for it, as bridge.h numbers it.
    pub fn forbidden(&self) -> u32 {
        let unless = |allowed: bool, flag: u32| if allowed { 0 } else { flag };
        unless(self.shared_memory, FORBID_SHARED_MEMORY) | unless(self.wasm, FORBID_WASM)
    }
}
