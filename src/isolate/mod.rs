//! A safe isolate over the bridge: made, entered, run, stopped, disposed of. Decides no policy.

mod answers;
mod cpu_time;
pub(crate) mod ffi;
mod function;
mod host;
mod modules;
mod operation;
mod outcome;
mod payload;
mod policy;
mod poller;
mod progress;
mod switch;

use std::cell::Cell;
use std::ffi::c_void;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

pub use answers::answer;
pub use cpu_time::thread_cpu_time;
pub use function::{ContextValues, FunctionSpec, Link, Source, Unit};
pub use host::{Host, HostCall, Loss};
pub use operation::{Handle, Operation};
pub use outcome::{Outcome, RunResult};
pub use payload::Payload;
pub use policy::Policy;
pub use poller::{Ready, can_watch};
pub use progress::ProgressValue;
pub use switch::Switch;

use crate::modules::Access;
use crate::runtime;

/// What an isolate is made with.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// JavaScript heap and array buffers together, in bytes.
    pub memory: u64,
}

/// Says that this thread may be given up: when V8 cannot go on here, it sleeps for ever instead of
/// ending the process.
pub fn this_thread_may_park() {
    ffi::ol_thread_may_park();
}

/// How a task is run.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunOptions {
    /// The result's buffers are moved instead of copied.
    pub move_buffers: bool,
    /// In a context of its own, dropped afterwards.
    pub fresh: bool,
    /// Somebody listens to `offloop.progress`.
    pub tells_progress: bool,
}

/// One task as its isolate sees it.
pub struct Call<'a> {
    /// For what is told of it while it runs.
    pub task: u64,
    /// What to call.
    pub function: &'a FunctionSpec,
    /// What to call first in a context that has seen no task yet.
    pub init: Option<&'a FunctionSpec>,
    /// With what.
    pub arguments: Option<Payload>,
    /// How.
    pub options: RunOptions,
    /// What a user's own isolate is asked for; without it `function` is called.
    pub operation: Option<&'a Operation>,
    /// Where it would wait, it is left pending.
    pub may_pend: bool,
}

/// One bare V8 isolate. Any thread may enter it, one at a time; dropping it disposes of it.
pub struct Isolate {
    id: u64,
    raw: NonNull<ffi::OlIsolate>,
    state: ManuallyDrop<Box<host::HostState>>,
    switch: Arc<Switch>,
    pumped: Cell<Instant>,
    heap_used: Cell<u64>,
    /// The poller may hold its loop's descriptor.
    watched: bool,
    worker_data: Option<Arc<Payload>>,
    facts: Option<Arc<str>>,
    /// `freed_shares` when it last looked for copies to drop.
    seen_freed: Cell<u64>,
}

/// How many shared values were freed since the process began.
pub fn freed_shares() -> u64 {
    ffi::ol_shares_freed()
}

/// What V8 posts to an isolate is looked after at least this often while tasks run.
const PUMP_EVERY: Duration = Duration::from_millis(20);

// SAFETY: the bridge locks the isolate (`v8::Locker`) on every entry and sets the stack limit of
// the entering thread; `&mut self` keeps two threads from trying at once.
unsafe impl Send for Isolate {}

impl Isolate {
    /// Makes an isolate on this thread. Without a policy its code may do everything.
    ///
    /// # Errors
    /// A sentence that says what the process is short of: descriptors, memory, a V8 platform.
    pub fn new(
        limits: Limits,
        policy: Option<&Policy>,
        host: Arc<dyn Host>,
    ) -> Result<Self, String> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let progress = Arc::default();
        let state = Box::new(host::HostState::new(
            id,
            host,
            Arc::clone(&progress),
            policy.is_some(),
            policy.map_or(Access::All, |policy| policy.modules.clone()),
        ));
        let names: Vec<ffi::OlText> = match policy {
            None => runtime::LAZY_GLOBALS
                .iter()
                .map(|name| ffi::OlText::borrow(name))
                .collect(),
            Some(policy) => policy
                .globals
                .iter()
                .map(|name| ffi::OlText::borrow(name))
                .collect(),
        };
        let options = ffi::OlIsolateOptions {
            policy: policy.map_or(0, Policy::flags),
            memory_limit: limits.memory,
            prelude: ffi::OlText::borrow(runtime::PRELUDE),
            units: ffi::OlText::borrow(runtime::UNITS),
            lazy_globals: names.as_ptr(),
            lazy_global_count: names.len(),
            calls: &raw const host::CALLS,
            host: std::ptr::from_ref::<host::HostState>(&state)
                .cast_mut()
                .cast::<c_void>(),
        };
        let mut error = ffi::OlMessage {
            data: std::ptr::null_mut(),
            length: 0,
        };
        // SAFETY: `options` borrows from this frame, `state` and statics; the bridge copies what it
        // keeps, but for `calls` (static) and `host` (boxed, dropped after the isolate).
        let raw = unsafe { ffi::ol_isolate_new(&raw const options, &raw mut error) };
        let Some(raw) = NonNull::new(raw) else {
            return Err(ffi::take_message(error));
        };
        let switch = Arc::new(Switch::new(raw, progress));
        answers::enter(id, &switch);
        Ok(Self {
            id,
            raw,
            state: ManuallyDrop::new(state),
            switch,
            pumped: Cell::new(Instant::now()),
            heap_used: Cell::new(0),
            watched: false,
            worker_data: None,
            facts: None,
            seen_freed: Cell::new(freed_shares()),
        })
    }

    /// `freed_shares` when it last looked for copies to drop.
    pub fn seen_freed(&self) -> u64 {
        self.seen_freed.get()
    }

    /// What its tasks read as `offloop.workerData`, each context a copy of its own.
    pub fn set_worker_data(&mut self, data: Arc<Payload>) {
        // SAFETY: nobody has entered it; `data` is kept until the isolate is disposed of.
        unsafe { ffi::ol_isolate_worker_data(self.raw.as_ptr(), data.as_raw()) };
        self.worker_data = Some(data);
    }

    /// What its code may read of the process, as JSON. Without it there is nothing to read.
    pub fn set_facts(&mut self, facts: Arc<str>) {
        // SAFETY: not entered by anybody else (`&mut self`); the text lives as long as the isolate.
        unsafe { ffi::ol_isolate_facts(self.raw.as_ptr(), ffi::OlText::borrow(&facts)) };
        self.facts = Some(facts);
    }

    /// Unique within the process.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Whether a thread of V8's was lost in it: then it stays as it is, for ever.
    pub fn is_lost(&self) -> bool {
        self.state.lost.load(Ordering::Acquire)
    }

    /// From here on, until it is told or the isolate is dropped, `ready` hears when a run that was left
    /// pending may go on: when there is something to do, or after `wait`. Only if [`can_watch`].
    pub fn watch(&mut self, wait: Option<Duration>, ready: Weak<dyn Ready>) {
        self.watched = true;
        // SAFETY: `raw` is live until `self` is dropped; the descriptor stays open as long.
        let fd = unsafe { ffi::ol_isolate_backend_fd(self.raw.as_ptr()) };
        poller::watch(self.id, fd, wait, ready);
    }

    /// `ready` was told.
    pub fn watch_is_over(&mut self) {
        self.watched = false;
    }

    /// Enters the isolate on this thread for as long as `body` runs.
    ///
    /// `stack_limit` is the lowest address of this thread's stack that JavaScript may use.
    pub fn enter<R>(&mut self, stack_limit: usize, body: impl FnOnce(&mut Entered<'_>) -> R) -> R {
        struct Visit<'a, F, R> {
            isolate: &'a Isolate,
            body: Option<F>,
            result: Option<std::thread::Result<R>>,
        }

        extern "C" fn visit<F: FnOnce(&mut Entered<'_>) -> R, R>(data: *mut c_void) {
            // SAFETY: `data` is the `Visit` below, which outlives the call and is not aliased.
            let visit = unsafe { &mut *data.cast::<Visit<'_, F, R>>() };
            let Some(body) = visit.body.take() else {
                return;
            };
            let mut entered = Entered {
                isolate: visit.isolate,
                thread: PhantomData,
            };
            // A panic must not unwind through V8's frames.
            visit.result = Some(catch_unwind(AssertUnwindSafe(|| body(&mut entered))));
        }

        fn visitor<F: FnOnce(&mut Entered<'_>) -> R, R>(
            _: &Visit<'_, F, R>,
        ) -> extern "C" fn(*mut c_void) {
            visit::<F, R>
        }

        let mut call = Visit {
            isolate: &*self,
            body: Some(body),
            result: None,
        };
        let visitor = visitor(&call);
        let raw = self.raw.as_ptr();
        // SAFETY: `raw` is live until `self` is dropped, and `&mut self` makes this the only entry.
        unsafe { ffi::ol_isolate_enter(raw, stack_limit, visitor, (&raw mut call).cast()) };
        match call.result {
            Some(Ok(result)) => result,
            Some(Err(panic)) => resume_unwind(panic),
            None => unreachable!("the bridge calls the visitor exactly once"),
        }
    }
}

impl RunOptions {
    fn flags(self) -> u32 {
        let flag = |on: bool, flag: u32| if on { flag } else { 0 };
        flag(self.move_buffers, ffi::RUN_MOVE)
            | flag(self.fresh, ffi::RUN_FRESH)
            | flag(self.tells_progress, ffi::RUN_PROGRESS)
    }
}

impl Drop for Isolate {
    fn drop(&mut self) {
        answers::remove(self.id);
        if self.watched {
            poller::forget(self.id);
        }
        // After this no other thread can reach the isolate any more.
        self.switch.disconnect();
        if self.is_lost() {
            // Disposing of it would wait for the thread that is lost.
            return;
        }
        // SAFETY: `self` owns it, and nobody has entered it: `enter` borrows `self`.
        unsafe { ffi::ol_isolate_dispose(self.raw.as_ptr()) };
        // SAFETY: dropped once, here; the isolate, which had a pointer to it, is gone.
        unsafe { ManuallyDrop::drop(&mut self.state) };
    }
}

/// An isolate that this thread has entered.
pub struct Entered<'a> {
    isolate: &'a Isolate,
    /// Neither `Send` nor `Sync`: an entry belongs to its thread.
    thread: PhantomData<*mut ()>,
}

impl Entered<'_> {
    /// Runs one task to its end.
    pub fn run(&mut self, call: Call<'_>) -> Outcome {
        self.isolate.state.task.store(call.task, Ordering::Relaxed);
        let mut outcome = Outcome::NONE;
        let operation = call.operation.map(Operation::to_raw);
        let arguments = Payload::into_raw(call.arguments);
        let flags = call.options.flags() | if call.may_pend { ffi::RUN_PEND } else { 0 };
        let mut run = |function: *const ffi::OlFunction, init: *const ffi::OlFunction| {
            let call = ffi::OlCall {
                function,
                init,
                arguments,
                flags,
                operation: operation
                    .as_ref()
                    .map_or(std::ptr::null(), std::ptr::from_ref),
            };
            // SAFETY: entered by this thread; the call borrows from this frame and the caller's, and
            // consumes the arguments, once; the outcome is written before it returns.
            unsafe { ffi::ol_isolate_run(self.raw(), &raw const call, &raw mut outcome) };
        };
        let mut run_with = |init: *const ffi::OlFunction| {
            if call.operation.is_none_or(Operation::calls) {
                call.function.with_raw(|function| run(function, init));
            } else {
                run(std::ptr::null(), init);
            }
        };
        match call.init {
            Some(init) => init.with_raw(|init| run_with(init)),
            None => run_with(std::ptr::null()),
        }
        Outcome::take(&outcome)
    }

    /// Goes on with the run of `task`, which was left pending.
    pub fn go_on(&mut self, task: u64) -> Outcome {
        self.isolate.state.task.store(task, Ordering::Relaxed);
        let mut outcome = Outcome::NONE;
        // SAFETY: entered by this thread; the outcome is written before it returns.
        unsafe { ffi::ol_isolate_continue(self.raw(), &raw mut outcome) };
        Outcome::take(&outcome)
    }

    /// Waits until a run that was left pending may go on, for `wait` at most. [`Switch::poke`] ends it.
    pub fn wait(&self, wait: Option<Duration>) {
        let wait = wait.map_or(-1, |wait| {
            i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)
        });
        // SAFETY: entered by this thread.
        unsafe { ffi::ol_isolate_wait(self.raw(), wait) };
    }

    /// After a stop and [`resume`](Self::resume): ends what the stopped run left, and keeps its
    /// globals.
    pub fn end_run(&mut self) {
        // SAFETY: entered by this thread.
        unsafe { ffi::ol_isolate_end_run(self.raw()) };
    }

    /// Drops what nobody refers to any more.
    pub fn forget(&mut self, handle: Handle) {
        let (kind, id) = handle.to_raw();
        // SAFETY: entered by this thread.
        unsafe { ffi::ol_isolate_forget(self.raw(), kind, id) };
    }

    /// The way to stop a run from another thread.
    pub fn switch(&self) -> &Arc<Switch> {
        &self.isolate.switch
    }

    /// Withdraws a stop that has done its work, or came too late.
    pub fn resume(&mut self) {
        self.isolate.switch.resume();
        // SAFETY: entered by this thread.
        unsafe { ffi::ol_isolate_resume(self.raw()) };
    }

    /// Throws the context away: globals, compiled functions, timers.
    pub fn reset_context(&mut self) {
        // SAFETY: entered by this thread.
        unsafe { ffi::ol_isolate_reset_context(self.raw()) };
    }

    /// Between tasks: runs what V8 has posted to the isolate, unless that was done a moment ago.
    /// Doing it each time would hold up the next of many short tasks. Returns the bytes of heap and
    /// array buffers in use when it was last done.
    pub fn pump(&mut self) -> u64 {
        let isolate = self.isolate;
        if isolate.seen_freed.get() < freed_shares() {
            self.tidy();
        }
        if isolate.heap_used.get() > 0 && isolate.pumped.get().elapsed() < PUMP_EVERY {
            return isolate.heap_used.get();
        }
        isolate.state.task.store(0, Ordering::Relaxed);
        // SAFETY: entered by this thread.
        unsafe { ffi::ol_isolate_pump(self.raw()) };
        isolate.heap_used.set(self.heap_used());
        isolate.pumped.set(Instant::now());
        isolate.heap_used.get()
    }

    /// Drops copies of shared values that were freed. Returns the bytes of heap and array buffers in
    /// use after it.
    pub fn tidy(&mut self) -> u64 {
        self.isolate.seen_freed.set(freed_shares());
        // SAFETY: entered by this thread.
        unsafe { ffi::ol_isolate_tidy(self.raw()) };
        self.isolate.heap_used.set(self.heap_used());
        self.isolate.heap_used.get()
    }

    /// Bytes of heap and array buffers in use now.
    pub fn heap_used(&self) -> u64 {
        // SAFETY: entered by this thread.
        unsafe { ffi::ol_isolate_heap_used(self.raw()) }
    }

    fn raw(&self) -> *mut ffi::OlIsolate {
        self.isolate.raw.as_ptr()
    }
}
