//! The class behind `Pool` in lib/pool.js.

use std::sync::Arc;
use std::time::Duration;

use napi::bindgen_prelude::{Env, Error, Result, Unknown};
use napi_derive::napi;

use super::environment::Environment;
use super::functions::{Functions, NativeContext, NativeSource};
use super::refusal::{Refusal, no_refusal, refuse, refuse_packing};
use super::setup::NativeSetup;
use super::value;
use crate::cpu_clock::CpuClock;
use crate::host;
use crate::isolate::Payload;
use crate::isolate::ffi;
use crate::pool::{Durations, Pool, PoolConfig, Refused, Setup, Sink};
use crate::task::Task;

/// `flags` of `submit`: the result's buffers are moved.
const MOVE: u32 = 1;
/// The task's times are told before its result.
const TIMED: u32 = 2;
/// It runs in a context of its own.
const FRESH: u32 = 4;
/// Somebody listens to the task's progress.
const PROGRESS: u32 = 8;

/// One mebibyte.
const MIB: u64 = 1 << 20;

/// A pool's settings; lib/options.js has validated them.
#[napi(object)]
pub struct NativePoolOptions {
    /// For thread names and messages.
    pub name: String,
    /// Isolates that are kept although they are idle.
    pub min_threads: u32,
    /// Tasks that run at the same time.
    pub max_threads: u32,
    /// Tasks that may be set aside while they wait.
    pub max_suspended: u32,
    /// Tasks that may wait; `Infinity` is no limit.
    pub max_queue: f64,
    /// Milliseconds; `Infinity` is for ever.
    pub idle_timeout_ms: f64,
    /// MiB for heap and array buffers of one isolate.
    pub memory_limit_mb: f64,
    /// MiB of JavaScript stack.
    pub stack_size_mb: f64,
    /// Whether the times of tasks are counted.
    pub record_timing: bool,
    /// What `process` and `os` of tasks say: lib/process-facts.js, as JSON.
    pub facts: String,
}

/// A pool's numbers.
#[napi(object)]
pub struct NativeStats {
    /// Isolates that exist.
    pub threads: u32,
    /// Of these, idle ones.
    pub idle_threads: u32,
    /// Tasks that wait.
    pub queued: u32,
    /// Tasks that run.
    pub running: u32,
    /// Of these, those that are set aside while they wait.
    pub suspended: u32,
    /// Isolates made.
    pub isolates_created: f64,
    /// Isolates disposed of.
    pub isolates_disposed: f64,
    /// Isolates lost.
    pub isolates_lost: f64,
    /// Isolates recycled.
    pub isolates_recycled: f64,
    /// Isolates whose run did not stop in time.
    pub isolates_wedged: f64,
    /// Isolates that V8 gave up.
    pub isolates_parked: f64,
    /// Threads started in the place of lost ones.
    pub threads_replaced: f64,
    /// Milliseconds that threads spent with tasks, those under way too.
    pub busy_ms: f64,
}

/// An isolate of a pool.
#[napi(object)]
pub struct NativeIsolate {
    /// Unique within the process.
    pub id: f64,
    /// Whether a task is running in it.
    pub busy: bool,
    /// Tasks that have ended in it.
    pub tasks: f64,
    /// Milliseconds with tasks, the one under way too.
    pub busy_ms: f64,
    /// Bytes of heap and array buffers, as last seen.
    pub heap_used: f64,
}

/// Durations counted since they were last taken: each `[nanoseconds, how many, …]`, ascending.
#[napi(object)]
pub struct NativeDurations {
    /// From being queued to the beginning.
    pub waits: Vec<f64>,
    /// From the beginning to the end.
    pub runs: Vec<f64>,
    /// To clone arguments.
    pub clones_in: Vec<f64>,
    /// To clone results.
    pub clones_out: Vec<f64>,
}

/// A pool of isolates on Rayon's threads.
#[napi]
pub struct NativePool {
    pool: Pool,
    functions: Functions,
}

#[napi]
impl NativePool {
    /// Makes a pool; its threads start with the first task.
    #[napi(constructor)]
    pub fn new(options: NativePoolOptions, setup: Option<&NativeSetup>) -> Result<Self> {
        let environment = Environment::current()
            .ok_or_else(|| Error::from_reason("this Node environment is shutting down"))?;
        let config = PoolConfig {
            name: options.name,
            min_threads: options.min_threads as usize,
            max_threads: options.max_threads.max(1) as usize,
            max_suspended: options.max_suspended as usize,
            max_queue: options
                .max_queue
                .is_finite()
                .then_some(to_count(options.max_queue)),
            idle_timeout: milliseconds(options.idle_timeout_ms),
            memory_limit: to_bytes(options.memory_limit_mb),
            stack_size: usize::try_from(to_bytes(options.stack_size_mb)).unwrap_or(usize::MAX),
            record_timing: options.record_timing,
            setup: Setup {
                facts: Some(options.facts.into()),
                ..setup.map(|it| it.setup.clone()).unwrap_or_default()
            },
            memory_left: host::memory_left,
            policy: None,
        };
        let pool = Pool::new(config, Arc::clone(&environment) as Arc<dyn Sink>);
        environment.adopt(&pool);
        Ok(Self {
            functions: Functions::new(pool.id(), 0),
            pool,
        })
    }

    /// Unique within the process.
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

    /// Drops an interned function. Tasks that have it keep it.
    #[napi]
    pub fn forget(&mut self, function_id: f64) {
        self.functions.forget(function_id);
    }

    /// Queues a call. A timeout of 0 is none.
    #[napi(ts_return_type = "Refusal | null")]
    pub fn submit<'env>(
        &self,
        env: &'env Env,
        task_id: f64,
        function_id: f64,
        arguments: Unknown<'env>,
        transfer_list: Unknown<'env>,
        timeout_ms: f64,
        queue_timeout_ms: f64,
        cpu_timeout_ms: f64,
        priority: i32,
        flags: u32,
    ) -> Result<Refusal<'env>> {
        let Some(function) = self.functions.get(function_id) else {
            return refuse(
                env,
                "OFFLOOP_ERR_INVALID_OPTION",
                "the function is not interned",
            );
        };
        // Before packing, which may take buffers away from the caller.
        if let Err(refused) = self.pool.check() {
            return self.refuse_task(env, refused, &function.name);
        }
        let mut refusal = no_refusal();
        // SAFETY: called by JavaScript with an array; the transfer list is an array or nothing.
        let payload = unsafe {
            ffi::ol_pack_arguments(
                value::to_bridge(&arguments),
                value::to_bridge(&transfer_list),
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
            priority,
            limit(timeout_ms),
            limit(queue_timeout_ms),
            flags & MOVE != 0,
        );
        task.timed = flags & TIMED != 0;
        task.options.fresh = flags & FRESH != 0;
        task.options.tells_progress = flags & PROGRESS != 0;
        task.cpu = CpuClock::new(limit(cpu_timeout_ms));
        match self.pool.submit(task) {
            Ok(()) => Ok(None),
            Err(refused) => self.refuse_task(env, refused, &function.name),
        }
    }

    /// Gives up on a task. `true`: no completion will follow.
    #[napi]
    pub fn cancel(&self, task_id: f64) -> bool {
        self.pool.cancel(to_id(task_id))
    }

    /// Gives up on every task that waits; their ids.
    #[napi]
    pub fn cancel_queued(&self) -> Vec<f64> {
        self.pool
            .cancel_queued()
            .into_iter()
            .map(|id| id as f64)
            .collect()
    }

    /// Sees to it that `count` isolates exist; an answer to `request` says when they do.
    #[napi]
    pub fn warm_up(&self, count: u32, request: f64) {
        self.pool.warm_up(count as usize, to_id(request));
    }

    /// Replaces every isolate; an answer to `request` says when those of now are gone.
    #[napi]
    pub fn recycle(&self, request: f64) {
        self.pool.recycle(to_id(request));
    }

    /// Has idle isolates drop their copies of shared values that were freed.
    #[napi]
    pub fn drop_freed_shares(&self) {
        self.pool.tidy();
    }

    /// The pool's numbers.
    #[napi]
    pub fn stats(&self) -> NativeStats {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let now = self.pool.snapshot();
        NativeStats {
            threads: count(now.threads),
            idle_threads: count(now.threads.saturating_sub(now.working)),
            queued: count(now.queued),
            running: count(now.running),
            suspended: count(now.suspended),
            isolates_created: now.isolates_created as f64,
            isolates_disposed: now.isolates_disposed as f64,
            isolates_lost: now.isolates_lost as f64,
            isolates_recycled: now.isolates_recycled as f64,
            isolates_wedged: now.isolates_wedged as f64,
            isolates_parked: now.isolates_parked as f64,
            threads_replaced: now.threads_replaced as f64,
            busy_ms: now.busy.as_secs_f64() * 1000.0,
        }
    }

    /// The pool's isolates, oldest first.
    #[napi]
    pub fn isolates(&self) -> Vec<NativeIsolate> {
        let isolates = self.pool.isolates().into_iter();
        isolates
            .map(|isolate| NativeIsolate {
                id: isolate.id as f64,
                busy: isolate.busy,
                tasks: isolate.tasks as f64,
                busy_ms: isolate.busy_time.as_secs_f64() * 1000.0,
                heap_used: isolate.heap_used as f64,
            })
            .collect()
    }

    /// Durations counted since the last call.
    #[napi]
    pub fn take_durations(&self) -> NativeDurations {
        let taken = self.pool.take_durations();
        NativeDurations {
            waits: flat(&taken.waits),
            runs: flat(&taken.runs),
            clones_in: flat(&taken.clones_in),
            clones_out: flat(&taken.clones_out),
        }
    }

    /// Finishes the tasks it has; a completion says when all is done.
    #[napi]
    pub fn close(&self) {
        self.pool.close();
    }

    /// Fails the tasks it has, then closes.
    #[napi]
    pub fn destroy(&self) {
        self.pool.destroy();
    }

    fn refuse_task<'env>(
        &self,
        env: &'env Env,
        refused: Refused,
        task: &str,
    ) -> Result<Refusal<'env>> {
        match refused {
            Refused::Full => refuse(
                env,
                "OFFLOOP_ERR_QUEUE_FULL",
                &format!(
                    "task '{task}' was refused: the queue is at its limit of {} (maxQueue)",
                    self.pool.max_queue().unwrap_or(usize::MAX)
                ),
            ),
            Refused::Closed => refuse(
                env,
                "OFFLOOP_ERR_CLOSED",
                &format!("task '{task}' was refused: the pool is closed"),
            ),
        }
    }
}

fn flat(durations: &Durations) -> Vec<f64> {
    durations
        .pairs()
        .flat_map(|(nanoseconds, count)| [nanoseconds as f64, count as f64])
        .collect()
}

pub(super) fn to_id(number: f64) -> u64 {
    number as u64
}

fn to_count(number: f64) -> usize {
    number as usize
}

pub(super) fn to_bytes(mebibytes: f64) -> u64 {
    (mebibytes * MIB as f64) as u64
}

/// 0 is none, as is what no clock can tell.
pub(super) fn limit(milliseconds_or_none: f64) -> Option<Duration> {
    (milliseconds_or_none > 0.0)
        .then(|| milliseconds(milliseconds_or_none))
        .flatten()
}

fn milliseconds(number: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(number / 1000.0).ok()
}
