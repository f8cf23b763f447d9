//! The class behind `Isolate` in lib/isolate.js: a pool of one isolate that is never replaced.

use std::sync::Arc;

use napi::bindgen_prelude::{Env, Error, Result, Unknown};
use napi_derive::napi;

use super::environment::Environment;
use super::functions::{Functions, NativeContext, NativeSource};
use super::pool::{limit, to_bytes, to_id};
use super::refusal::{Refusal, no_refusal, refuse, refuse_packing};
use super::value;
use crate::host;
use crate::isolate::{FunctionSpec, Handle, Operation, Payload, Policy, Source, ffi};
use crate::modules::Access;
use crate::pool::{Pool, PoolConfig, Setup, Sink};
use crate::task::Task;

/// `flags` of `submit`: the result's buffers are moved.
const MOVE: u32 = 1;
/// Somebody listens to the call's progress.
const PROGRESS: u32 = 8;

/// MiB of JavaScript stack, as a pool has it by default.
const STACK_MB: f64 = 4.0;

/// An isolate's settings; lib/isolate-options.js has validated them.
#[napi(object)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent settings, each an option of the user's"
)]
pub struct NativeIsolateOptions {
    /// MiB for heap and array buffers.
    pub memory_limit_mb: f64,
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
    /// The real path of the folder that modules may come from; none without it.
    pub modules_root: Option<String>,
    /// What `process` and `os` say in it, as JSON; nothing without it.
    pub facts: Option<String>,
    /// Threads that all isolates of this environment share; the first one's number counts.
    pub threads: u32,
}

/// A user's own isolate.
#[napi]
pub struct NativeOwnIsolate {
    pool: Pool,
    functions: Functions,
    forbidden: u32,
}

#[napi]
impl NativeOwnIsolate {
    /// The isolate itself is made with the first operation, on a thread.
    #[napi(constructor)]
    pub fn new(options: NativeIsolateOptions) -> Result<Self> {
        let environment = Environment::current()
            .ok_or_else(|| Error::from_reason("this Node environment is shutting down"))?;
        let policy = Policy {
            globals: options.globals,
            code_generation: options.code_generation,
            shared_memory: options.shared_memory,
            wasm: options.wasm,
            coarse_clock: options.coarse_clock,
            modules: options
                .modules_root
                .map_or(Access::None, |root| Access::Inside(root.into())),
        };
        let forbidden = policy.forbidden();
        let config = PoolConfig {
            name: "isolate".into(),
            min_threads: 0,
            max_threads: 1,
            max_suspended: 0,
            max_queue: None,
            idle_timeout: None,
            memory_limit: to_bytes(options.memory_limit_mb),
            stack_size: usize::try_from(to_bytes(STACK_MB)).unwrap_or(usize::MAX),
            record_timing: false,
            memory_left: host::memory_left,
            setup: Setup {
                facts: options.facts.map(Into::into),
                ..Setup::default()
            },
            policy: Some(policy),
        };
        let threads = environment.isolate_threads(options.threads.max(1) as usize);
        let pool = Pool::on(threads, config, Arc::clone(&environment) as Arc<dyn Sink>);
        environment.adopt(&pool);
        Ok(Self {
            functions: Functions::new(pool.id(), forbidden),
            pool,
            forbidden,
        })
    }

    /// Unique within the process, among pools, too.
    #[napi(getter)]
    pub fn id(&self) -> u32 {
        self.pool.id()
    }

    /// Interns a function under an id that the caller chose.
    #[napi(ts_return_type = "Refusal | null")]
    pub fn define<'env>(
        &mut self,
        env: &'env Env,
        function_id: f64,
        name: String,
        source: NativeSource,
        context: Option<NativeContext<'env>>,
    ) -> Result<Refusal<'env>> {
        self.functions
            .define(env, function_id, name, source, context)
    }

    /// Drops an interned function. Calls that have it keep it.
    #[napi]
    pub fn forget(&mut self, function_id: f64) {
        self.functions.forget(function_id);
    }

    /// Queues a call in one of its contexts. A timeout of 0 is none.
    #[napi(ts_return_type = "Refusal | null")]
    pub fn submit<'env>(
        &self,
        env: &'env Env,
        task_id: f64,
        function_id: f64,
        context_id: f64,
        arguments: Unknown<'env>,
        transfer_list: Unknown<'env>,
        timeout_ms: f64,
        queue_timeout_ms: f64,
        flags: u32,
    ) -> Result<Refusal<'env>> {
        let Some(function) = self.functions.get(function_id) else {
            return refuse(
                env,
                "OFFLOOP_ERR_INVALID_OPTION",
                "the function is not interned",
            );
        };
        if self.pool.check().is_err() {
            return self.refuse_closed(env);
        }
        let mut refusal = no_refusal();
        // SAFETY: called by JavaScript with an array; the transfer list is an array or nothing.
        let payload = unsafe {
            ffi::ol_pack_allowed(
                value::to_bridge(&arguments),
                1,
                value::to_bridge(&transfer_list),
                self.forbidden,
                &raw mut refusal,
            )
        };
        if refusal.code != 0 {
            return refuse_packing(env, &refusal, "arguments");
        }
        let mut task = Task::new(
            to_id(task_id),
            Arc::clone(function),
            Payload::from_raw(payload),
            0,
            limit(timeout_ms),
            limit(queue_timeout_ms),
            flags & MOVE != 0,
        );
        task.options.tells_progress = flags & PROGRESS != 0;
        task.operation = Some(Operation::Call {
            context: to_id(context_id),
        });
        self.queue(env, task)
    }

    /// Queues an operation: kinds are those of lib/isolate-operation.js. A timeout of 0 is none.
    #[napi(ts_return_type = "Refusal | null")]
    pub fn operate<'env>(
        &self,
        env: &'env Env,
        task_id: f64,
        kind: u32,
        context_id: f64,
        script_id: f64,
        text: String,
        filename: String,
        value: Unknown<'env>,
        timeout_ms: f64,
    ) -> Result<Refusal<'env>> {
        let (context, script) = (to_id(context_id), to_id(script_id));
        let Some(operation) = Operation::from_parts(kind, context, script, text, filename) else {
            return refuse(
                env,
                "OFFLOOP_ERR_INVALID_OPTION",
                "an isolate has no such operation",
            );
        };
        if self.pool.check().is_err() {
            return self.refuse_closed(env);
        }
        let mut refusal = no_refusal();
        // SAFETY: called by JavaScript; any value may be packed.
        let payload = unsafe {
            ffi::ol_pack_allowed(
                value::to_bridge(&value),
                0,
                std::ptr::null_mut(),
                self.forbidden,
                &raw mut refusal,
            )
        };
        if refusal.code != 0 {
            let what = format!("the value of {}", operation.name());
            return refuse_packing(env, &refusal, &what);
        }
        let mut task = Task::new(
            to_id(task_id),
            Arc::new(nothing_to_call(operation.name())),
            Payload::from_raw(payload),
            0,
            limit(timeout_ms),
            None,
            false,
        );
        task.operation = Some(operation);
        self.queue(env, task)
    }

    /// A script or context that JavaScript has collected: the kind of operation that made it, and its id.
    #[napi]
    pub fn forget_handle(&self, kind: u32, id: f64) {
        if let Some(handle) = Handle::from_parts(kind, to_id(id)) {
            self.pool.own().forget(handle);
        }
    }

    /// Gives up on a call or an operation. `true`: no completion will follow.
    #[napi]
    pub fn cancel(&self, task_id: f64) -> bool {
        self.pool.cancel(to_id(task_id))
    }

    /// Fails what it was asked for, then disposes of it; a completion says when all is done.
    #[napi]
    pub fn destroy(&self) {
        self.pool.destroy();
    }

    /// Whether a run was ever stopped halfway.
    #[napi(getter)]
    pub fn interrupted(&self) -> bool {
        self.pool.own().was_interrupted()
    }

    /// Milliseconds of CPU time.
    #[napi(getter)]
    pub fn cpu_time_ms(&self) -> f64 {
        self.pool.own().cpu_time().as_secs_f64() * 1000.0
    }

    /// Milliseconds at work, what is under way included.
    #[napi(getter)]
    pub fn wall_time_ms(&self) -> f64 {
        self.pool.snapshot().busy.as_secs_f64() * 1000.0
    }

    fn queue<'env>(&self, env: &'env Env, task: Task) -> Result<Refusal<'env>> {
        match self.pool.submit(task) {
            Ok(()) => Ok(None),
            Err(_) => self.refuse_closed(env),
        }
    }

    fn refuse_closed<'env>(&self, env: &'env Env) -> Result<Refusal<'env>> {
        match self.pool.own().loss() {
            Some(why) => refuse(env, "OFFLOOP_ERR_ISOLATE_LOST", why),
            None => refuse(
                env,
                "OFFLOOP_ERR_CLOSED",
                "this isolate was disposed of and does nothing any more",
            ),
        }
    }
}

/// What stands for the function of an operation that calls none: it has a name.
fn nothing_to_call(name: String) -> FunctionSpec {
    FunctionSpec {
        id: 0,
        name,
        source: Source::default(),
        context: None,
    }
}
