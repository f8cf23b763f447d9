// Making, entering, stopping and disposing of an isolate.
#include "isolate.h"

#include <poll.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "descriptors.h"
#include "env.h"

using offloop::MakeMessage;
using v8::HandleScope;
using v8::HeapStatistics;
using v8::Isolate;
using v8::Local;
using v8::Locker;

namespace {

thread_local OlIsolate* entered = nullptr;

// Node's default settles nothing when microtasks run only on request.
void SettleWasm(Isolate* isolate, Local<v8::Context> context, Local<v8::Promise::Resolver> resolver,
                Local<v8::Value> result, v8::WasmAsyncSuccess success) {
  static_cast<void>(isolate);
  // Fails only while the isolate is being terminated, and the task with it.
  offloop::Ignore(success == v8::WasmAsyncSuccess::kSuccess ? resolver->Resolve(context, result)
                                                            : resolver->Reject(context, result));
}

void OnRejection(v8::PromiseRejectMessage message) {
  OlIsolate* self = OlIsolate::Entered();
  if (self == nullptr) return;
  std::vector<offloop::Rejection>& rejections = self->run.rejections;
  Local<v8::Promise> promise = message.GetPromise();
  if (message.GetEvent() == v8::kPromiseRejectWithNoHandler) {
    Isolate* isolate = self->v8();
    rejections.push_back({{isolate, promise}, {isolate, message.GetValue()}});
  } else if (message.GetEvent() == v8::kPromiseHandlerAddedAfterReject) {
    for (size_t i = 0; i < rejections.size(); i++) {
      if (rejections[i].promise != promise) continue;
      rejections.erase(rejections.begin() + static_cast<ptrdiff_t>(i));
      break;
    }
  }
}

}  // namespace

OlIsolate::OlIsolate(const OlIsolateOptions& options)
    : calls(options.calls),
      host(options.host),
      policy(options.policy),
      memory_limit(options.memory_limit),
      prelude_source(options.prelude.data, options.prelude.length),
      units_source(options.units.data, options.units.length),
      born_ns(uv_hrtime()),
      allocator(std::make_shared<offloop::CountingAllocator>(options.memory_limit)),
      loss_(this) {
  for (size_t i = 0; i < options.lazy_global_count; i++) {
    lazy_globals.emplace_back(options.lazy_globals[i].data, options.lazy_globals[i].length);
  }
  uv_timeval64_t now;
  born_epoch_ms = uv_gettimeofday(&now) == 0 ? static_cast<double>(now.tv_sec) * 1e3 + now.tv_usec / 1e3 : 0;
}

OlIsolate::~OlIsolate() = default;

OlIsolate* OlIsolate::Entered() { return entered; }

double OlIsolate::TimeOrigin() const { return policy.coarse_clock() ? std::floor(born_epoch_ms) : born_epoch_ms; }

offloop::PackOptions OlIsolate::Packing() const {
  offloop::PackOptions options;
  options.forbidden = policy.forbidden();
  // A text that is mentioned a thousand times is written a thousand times, into memory that nothing else counts.
  if (policy.confined()) options.most_bytes = memory_limit;
  return options;
}

size_t OlIsolate::NearHeapLimit(void* data, size_t current, size_t initial) {
  static_cast<void>(initial);
  auto* self = static_cast<OlIsolate*>(data);
  // V8's default limit may be below what the user allowed.
  if (current < self->memory_limit) return self->memory_limit;
  // A second time would be for ever: a builtin that allocates without an end cannot be terminated. V8 gives up then,
  // and the thread is parked.
  if (self->raised_) return current;
  self->raised_ = true;
  uint64_t slack = self->calls->slack(self->host);
  self->OverLimit();
  return current + slack;
}

void OlIsolate::AfterMarkCompact(Isolate* isolate, v8::GCType, v8::GCCallbackFlags, void* data) {
  auto* self = static_cast<OlIsolate*>(data);
  HeapStatistics statistics;
  isolate->GetHeapStatistics(&statistics);
  self->allocator->SetHeapUsed(statistics.used_heap_size());
  if (statistics.used_heap_size() + statistics.external_memory() > self->memory_limit) self->OverLimit();
}

bool OlIsolate::HasRoom(size_t bytes) {
  if (allocator->HasRoom(bytes)) return true;
  // Much of what is counted may be garbage, as it may be when V8 finds no room for an array buffer.
  isolate_->LowMemoryNotification();
  if (!allocator->Reserve(bytes)) return false;
  allocator->Release(bytes);
  return true;
}

void OlIsolate::OverLimit() {
  bool first = !memory_hit.exchange(true, std::memory_order_acq_rel);
  isolate_->TerminateExecution();
  if (first) calls->over_limit(host);
}

extern "C" {

OlIsolate* ol_isolate_new(const OlIsolateOptions* options, OlMessage* error) {
  *error = {nullptr, 0};
  auto fail = [&](const std::string& why) {
    *error = MakeMessage(why.data(), why.size());
    return nullptr;
  };
  node::MultiIsolatePlatform* platform = offloop::Platform();
  if (platform == nullptr) return fail("the environment has no V8 platform");
  // libuv and Node abort the process when they run out of descriptors halfway through.
  offloop::DescriptorCheck descriptors;
  if (!descriptors.enough()) return fail(descriptors.Problem());

  auto self = std::make_unique<OlIsolate>(*options);
  offloop::AtHand at_hand(self.get());
  if (int code = uv_loop_init(&self->loop); code != 0) return fail(std::string("no event loop: ") + uv_strerror(code));
  if (int code = uv_async_init(&self->loop, &self->wake, [](uv_async_t*) {}); code != 0) {
    uv_loop_close(&self->loop);
    return fail(std::string("no wake-up handle: ") + uv_strerror(code));
  }
  uv_unref(reinterpret_cast<uv_handle_t*>(&self->wake));

  node::IsolateSettings settings;
  settings.flags = node::SHOULD_NOT_SET_PROMISE_REJECTION_CALLBACK | node::SHOULD_NOT_SET_PREPARE_STACK_TRACE_CALLBACK;
  settings.allow_wasm_code_generation_callback = self->policy.wasm_callback();
  settings.fatal_error_callback = self->loss_.fatal();
  settings.oom_error_callback = self->loss_.out_of_memory();
  // Without a snapshot argument Node takes the blob of its first isolate, which all isolates of a process must share.
  Isolate* isolate = node::NewIsolate(self->allocator, &self->loop, platform, nullptr, settings);
  if (isolate == nullptr) {
    uv_close(reinterpret_cast<uv_handle_t*>(&self->wake), nullptr);
    uv_run(&self->loop, UV_RUN_DEFAULT);
    uv_loop_close(&self->loop);
    return fail("V8 could not make an isolate");
  }
  self->isolate_ = isolate;
  self->platform_ = platform;
  isolate->SetFatalErrorHandler(self->loss_.fatal());
  isolate->SetOOMErrorHandler(self->loss_.out_of_memory());
  isolate->SetPromiseRejectCallback(OnRejection);
  isolate->SetWasmAsyncResolvePromiseCallback(SettleWasm);
  isolate->SetHostImportModuleDynamicallyCallback(offloop::ImportDynamically);
  isolate->SetHostInitializeImportMetaObjectCallback(offloop::InitialiseMeta);
  self->policy.Apply(isolate);
  isolate->SetCaptureStackTraceForUncaughtExceptions(false);
  // Removing the callback restores V8's limit to what is named here: the only public way to lower it afterwards, and
  // one that no command-line flag overrides.
  isolate->AddNearHeapLimitCallback(OlIsolate::NearHeapLimit, self.get());
  isolate->RemoveNearHeapLimitCallback(OlIsolate::NearHeapLimit, self->memory_limit);
  isolate->AddNearHeapLimitCallback(OlIsolate::NearHeapLimit, self.get());
  isolate->AddGCEpilogueCallback(OlIsolate::AfterMarkCompact, self.get(), v8::kGCTypeMarkSweepCompact);
  self->timers.Open(
      &self->loop,
      [](void* data, uint32_t id) {
        auto* owner = static_cast<OlIsolate*>(data);
        offloop::FireTimer(owner, id);
      },
      self.get());
  return self.release();
}

void ol_isolate_dispose(OlIsolate* self) {
  offloop::AtHand at_hand(self);
  Isolate* isolate = self->isolate_;
  {
    Locker locker(isolate);
    Isolate::Scope scope(isolate);
    HandleScope handles(isolate);
    OlIsolate* outer = std::exchange(entered, self);
    isolate->CancelTerminateExecution();
    self->EndRun();
    self->DropContext();
    self->created.clear();
    self->compiled.clear();
    self->held.Clear();
    self->scripts.Clear();
    // V8 links it to the isolate's own queue, which is freed with it.
    self->dead_microtasks.reset();
    entered = outer;
  }
  uv_close(reinterpret_cast<uv_handle_t*>(&self->wake), nullptr);
  bool finished = false;
  // Before it is unregistered: afterwards Node knows nothing of it.
  self->platform_->AddIsolateFinishedCallback(isolate, [](void* flag) { *static_cast<bool*>(flag) = true; }, &finished);
  offloop::abi::DisposeIsolate(self->platform_, isolate);
  while (!finished) uv_run(&self->loop, UV_RUN_ONCE);
  uv_run(&self->loop, UV_RUN_DEFAULT);
  if (uv_loop_close(&self->loop) != 0) {
    fprintf(stderr, "offloop: an isolate's event loop was still busy when it was disposed of\n");
  }
  delete self;
}

void ol_isolate_enter(OlIsolate* self, uintptr_t stack_limit, void (*body)(void*), void* data) {
  Isolate* isolate = self->isolate_;
  Locker locker(isolate);
  Isolate::Scope scope(isolate);
  // V8 sets its own limit, from --stack-size, when an isolate is first locked: ours comes from this thread's bounds.
  isolate->SetStackLimit(stack_limit);
  HandleScope handles(isolate);
  offloop::AtHand at_hand(self);
  OlIsolate* outer = std::exchange(entered, self);
  body(data);
  entered = outer;
}

void ol_isolate_terminate(OlIsolate* self) {
  self->terminating_.store(true, std::memory_order_release);
  self->isolate_->TerminateExecution();
  uv_async_send(&self->wake);
}

void ol_isolate_poke(OlIsolate* self) { uv_async_send(&self->wake); }

void ol_isolate_wait(OlIsolate* self, int64_t wait_ms) {
  pollfd loop{uv_backend_fd(&self->loop), POLLIN, 0};
  int most = static_cast<int>(std::min<int64_t>(wait_ms, std::numeric_limits<int>::max()));
  // Too early (a signal, say) is no harm: the run is left pending again.
  static_cast<void>(poll(&loop, 1, most));
}

int ol_isolate_backend_fd(OlIsolate* self) { return uv_backend_fd(&self->loop); }

void ol_isolate_resume(OlIsolate* self) {
  self->terminating_.store(false, std::memory_order_release);
  self->isolate_->CancelTerminateExecution();
}

void ol_isolate_worker_data(OlIsolate* self, OlPayload* data) { self->worker_data = data; }

void ol_isolate_facts(OlIsolate* self, OlText facts) { self->facts = facts; }

void ol_isolate_reset_context(OlIsolate* self) {
  HandleScope handles(self->v8());
  self->EndRun();
  self->DropContext();
}

void ol_isolate_pump(OlIsolate* self) {
  HandleScope handles(self->v8());
  self->DropFreedShares();
  for (offloop::Realm* realm : self->realms) realm->KeepCode();
  uv_run(&self->loop, UV_RUN_NOWAIT);
  // Finalizers ran outside any task: what they left behind is nobody's.
  self->TellUncaught();
  self->EndRun();
}

void ol_isolate_tidy(OlIsolate* self) {
  constexpr size_t kWorthCollecting = 16 << 20;
  HandleScope handles(self->v8());
  self->DropFreedShares();
  if (self->dropped_bytes < kWorthCollecting) return;
  // Without a task nothing else would make V8 look.
  self->v8()->LowMemoryNotification();
  self->dropped_bytes = 0;
}

int ol_isolate_is_stopped(OlIsolate* self) { return self->stopped() ? 1 : 0; }

int ol_isolate_has_room(OlIsolate* self, size_t bytes) { return self->HasRoom(bytes) ? 1 : 0; }

uint64_t ol_isolate_heap_used(OlIsolate* self) {
  HeapStatistics statistics;
  self->v8()->GetHeapStatistics(&statistics);
  return statistics.used_heap_size() + statistics.external_memory();
}

}  // extern "C"
