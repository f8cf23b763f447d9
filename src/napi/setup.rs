//! What a pool puts into each new context: read and packed before the pool is made, which may make
//! isolates at once.

use std::sync::Arc;

use napi::bindgen_prelude::{Env, Result, Unknown};
use napi_derive::napi;

use super::functions::NativeSource;
use super::refusal::{Refusal, no_refusal, refuse_packing};
use super::value;
use crate::isolate::{FunctionSpec, Payload, ffi};
use crate::pool::Setup;

/// The options `workerData` and `init` of a pool.
#[napi]
pub struct NativeSetup {
    pub(super) setup: Setup,
}

#[napi]
impl NativeSetup {
    /// `init` is called once in each context; `name` is the function's.
    #[napi(constructor)]
    pub fn new(init: Option<NativeSource>, name: String) -> Self {
        let init = init.map(|source| {
            Arc::new(FunctionSpec {
                // Functions that are interned begin at 1.
                id: 0,
                name,
                source: source.into(),
                context: None,
            })
        });
        let setup = Setup {
            init,
            ..Setup::default()
        };
        Self { setup }
    }

    /// Takes what tasks read as `offloop.workerData`.
    #[napi(ts_return_type = "Refusal | null")]
    pub fn pack<'env>(
        &mut self,
        env: &'env Env,
        worker_data: Unknown<'env>,
    ) -> Result<Refusal<'env>> {
        let mut refusal = no_refusal();
        // SAFETY: called by JavaScript; any value may be packed.
        let payload =
            unsafe { ffi::ol_pack_data(value::to_bridge(&worker_data), &raw mut refusal) };
        if refusal.code != 0 {
            return refuse_packing(env, &refusal, "workerData");
        }
        self.setup.worker_data = Payload::from_raw(payload).map(Arc::new);
        Ok(None)
    }
}
