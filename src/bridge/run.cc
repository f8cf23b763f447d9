// One task in an entered isolate: compile, read the arguments, call, wait for the result, pack it. A run that would wait
// may be left pending: what it needs to go on is in OlIsolate::run.
#include "isolate.h"
#include "operation.h"

using offloop::MakeMessage;
using offloop::Name;
using offloop::Packed;
using offloop::PackStatus;
using offloop::ScriptKey;
using v8::Array;
using v8::Context;
using v8::Function;
using v8::HandleScope;
using v8::Isolate;
using v8::Local;
using v8::MaybeLocal;
using v8::Object;
using v8::Promise;
using v8::String;
using v8::TryCatch;
using v8::Value;

namespace {

class Task {
 public:
  Task(offloop::Realm* realm, Local<Context> context, TryCatch* failure, OlOutcome* outcome)
      : self_(realm->owner),
        realm_(realm),
        isolate_(self_->v8()),
        context_(context),
        failure_(failure),
        outcome_(outcome) {}

  // Calls the pool's `init`, and waits for it on this thread. False: the outcome says why the context cannot be used.
  bool Initialise(const OlFunction& init) {
    Local<Function> function;
    Local<Value> result;
    bool called = Compiled(init).ToLocal(&function) &&
                  function->Call(context_, v8::Undefined(isolate_), 0, nullptr).ToLocal(&result);
    if (!called) Threw();
    if (called && !Stopped() && (!result->IsObject() || Settle(result))) return true;
    if (outcome_->kind == OL_OUTCOME_THROWN || outcome_->kind == OL_OUTCOME_UNSETTLED) {
      outcome_->kind = OL_OUTCOME_INIT_FAILED;
    }
    return false;
  }

  void Begin(const OlCall& call, std::unique_ptr<OlPayload> arguments) {
    self_->run.move_buffers = (call.flags & OL_RUN_MOVE) != 0;
    self_->run.may_pend = (call.flags & OL_RUN_PEND) != 0;
    Local<Value> result;
    if (call.function == nullptr) {
      if (!offloop::Operate(self_, context_, *call.operation, arguments.get()).ToLocal(&result)) return Threw();
    } else if (!Call(call, std::move(arguments)).ToLocal(&result)) {
      return Threw();
    }
    Local<Promise> promise;
    if (result->IsObject()) {
      if (!AsPromise(result, &promise)) return Threw();
      if (!promise.IsEmpty()) {
        self_->run.promise.Reset(isolate_, promise);
        return Continue();
      }
    }
    Finish(result);
  }

  // Goes on until the promise settles, or until there is nothing to do.
  void Continue() {
    Local<Promise> promise = self_->run.promise.Get(isolate_);
    if (Wait(promise) && Fulfilled(promise)) Finish(promise->Result());
  }

 private:
  // ── the function ───────────────────────────────────────────────────────────────────────────────────────────

  MaybeLocal<Value> Call(const OlCall& call, std::unique_ptr<OlPayload> arguments) {
    self_->run.tells_progress = (call.flags & OL_RUN_PROGRESS) != 0;
    Local<Function> function;
    if (!Compiled(*call.function).ToLocal(&function)) return {};
    std::vector<Local<Value>> values;
    if (!offloop::UnpackArguments(isolate_, context_, arguments.get(), &values)) return {};
    if (arguments) outcome_->clone_in_ns = arguments->clone_ns;
    arguments.reset();
    return function->Call(context_, v8::Undefined(isolate_), static_cast<int>(values.size()), values.data());
  }

  MaybeLocal<Function> Compiled(const OlFunction& function) {
    auto found = realm_->functions.find(function.id);
    if (found != realm_->functions.end()) return found->second.Get(isolate_);
    if (self_->scripts.full()) {
      // All are dropped and compiled again when they are met.
      self_->scripts.Clear();
      realm_->functions.clear();
      realm_->contexts.clear();
      realm_->units.clear();
      // Since V8 12 its compilation cache keeps every script through many collections: a hundred thousand different
      // functions would hold a hundred megabytes. Only this empties it.
      isolate_->LowMemoryNotification();
    }
    Local<Object> scope;
    if (function.context != nullptr && !ContextValues(*function.context).ToLocal(&scope)) return {};
    Local<Function> compiled;
    if (!Made({function.id, ScriptKey::kFunction}, function, scope).ToLocal(&compiled)) return {};
    realm_->functions.emplace(function.id, v8::Global<Function>(isolate_, compiled));
    return compiled;
  }

  MaybeLocal<Function> Made(ScriptKey key, const OlFunction& source, Local<Object> scope) {
    Local<Value> link;
    if (source.linked != 0 && !Link(source).ToLocal(&link)) return {};
    return self_->scripts.Function(realm_, key, source, scope, link);
  }

  // What a linked function's text is called with, its imports loaded: waits for them on this thread. Empty: it threw, or
  // the outcome is told already.
  MaybeLocal<Value> Link(const OlFunction& function) {
    Local<String> from;
    if (!offloop::MakeString(isolate_, function.from).ToLocal(&from)) return {};
    std::vector<Local<Value>> imports;
    for (size_t i = 0; i < function.import_count; i++) {
      Local<String> specifier;
      if (!offloop::MakeString(isolate_, function.imports[i]).ToLocal(&specifier)) return {};
      imports.push_back(specifier);
    }
    Local<Value> arguments[] = {from, Array::New(isolate_, imports.data(), imports.size())};
    Local<Value> link;
    if (!realm_->CallLoader(Name(isolate_, "link"), 2, arguments).ToLocal(&link)) return {};
    if (!link->IsPromise()) return link;
    bool may_pend = std::exchange(self_->run.may_pend, false);
    told_ = !Settle(link);
    self_->run.may_pend = may_pend;
    if (told_) return {};
    return link.As<Promise>()->Result();
  }

  // The `context` option's names, made once per isolate and shared by the functions that were given it.
  MaybeLocal<Object> ContextValues(const OlContextValues& values) {
    auto found = realm_->contexts.find(values.id);
    if (found != realm_->contexts.end()) return found->second.Get(isolate_);
    Local<Value> list;
    if (!offloop::Unpack(isolate_, context_, values.values, offloop::Reading::kCopy).ToLocal(&list)) return {};
    Local<Object> holder = Object::New(isolate_, v8::Null(isolate_), nullptr, nullptr, 0);
    // Kept before its functions are compiled: they may name each other.
    realm_->contexts.emplace(values.id, v8::Global<Object>(isolate_, holder));
    for (size_t i = 0; i < values.count; i++) {
      const OlContextEntry& entry = values.entries[i];
      Local<String> name;
      Local<Value> value = v8::Undefined(isolate_);
      bool made = offloop::MakeString(isolate_, entry.name).ToLocal(&name);
      if (made && entry.function != nullptr) {
        Local<Function> function;
        ScriptKey key{values.id, static_cast<uint32_t>(i)};
        made = Made(key, *entry.function, holder).ToLocal(&function);
        if (made) value = function;
      } else if (made && list->IsArray()) {
        made = list.As<Array>()->Get(context_, static_cast<uint32_t>(i)).ToLocal(&value);
      }
      if (!made || holder->CreateDataProperty(context_, name, value).IsNothing()) {
        realm_->contexts.erase(values.id);
        return {};
      }
    }
    return holder;
  }

  // ── the result ─────────────────────────────────────────────────────────────────────────────────────────────

  // Waits for a promise (or what looks like one). False: the outcome is already told.
  bool Settle(Local<Value> result) {
    Local<Promise> promise;
    if (!AsPromise(result, &promise)) return Threw(), false;
    if (promise.IsEmpty()) return true;
    return Wait(promise) && Fulfilled(promise);
  }

  // False: it was rejected, and the outcome says with what.
  bool Fulfilled(Local<Promise> promise) {
    if (promise->State() == Promise::kFulfilled) return true;
    Forget(promise);
    promise->MarkAsHandled();
    Report(promise->Result());
    return false;
  }

  // The promise that `result` is, or is taken for; none when it is neither. False: reading `then` threw.
  bool AsPromise(Local<Value> result, Local<Promise>* promise) {
    if (result->IsPromise()) {
      *promise = result.As<Promise>();
      return true;
    }
    Local<Value> then;
    if (!result.As<Object>()->Get(context_, Name(isolate_, "then")).ToLocal(&then)) return false;
    if (!then->IsFunction()) return true;
    Local<Promise::Resolver> resolver;
    if (!Promise::Resolver::New(context_).ToLocal(&resolver) || resolver->Resolve(context_, result).IsNothing()) {
      return false;
    }
    *promise = resolver->GetPromise();
    return true;
  }

  // False: the outcome is told, be it that the run is pending.
  bool Wait(Local<Promise> promise) {
    bool looked = false;
    for (;;) {
      offloop::DeliverAnswers(self_, context_);
      realm_->DrainMicrotasks();
      if (Stopped()) return false;
      if (promise->State() != Promise::kPending) return true;
      if (UncaughtMeanwhile(promise)) return false;
      if (!uv_loop_alive(&self_->loop) && self_->run.pending == 0) {
        // What V8 has posted (finalizers, say) does not keep the loop alive, yet may settle the promise.
        uv_run(&self_->loop, UV_RUN_NOWAIT);
        realm_->DrainMicrotasks();
        if (Stopped()) return false;
        if (promise->State() != Promise::kPending) return true;
        if (uv_loop_alive(&self_->loop) || self_->run.pending > 0) continue;
        outcome_->kind = OL_OUTCOME_UNSETTLED;
        return false;
      }
      HandleScope handles(isolate_);
      // The wake-up handle ends the wait when the task is stopped, and keeps the loop waiting for results of V8's own
      // threads, whose handle does not.
      auto* wake = reinterpret_cast<uv_handle_t*>(&self_->wake);
      uv_ref(wake);
      if (!self_->run.may_pend) {
        // What it waits for may be another isolate's, which must have a thread.
        bool shares_threads = self_->policy.confined();
        if (shares_threads) self_->calls->waits(self_->host, 1);
        uv_run(&self_->loop, UV_RUN_ONCE);
        if (shares_threads) self_->calls->waits(self_->host, 0);
      } else if (!looked) {
        uv_run(&self_->loop, UV_RUN_NOWAIT);
        looked = true;
      } else {
        // JavaScript has run since the loop last looked at the clock.
        uv_update_time(&self_->loop);
        outcome_->wait_ms = uv_backend_timeout(&self_->loop);
        looked = false;
      }
      uv_unref(wake);
      if (outcome_->wait_ms != 0) {
        outcome_->kind = OL_OUTCOME_PENDING;
        return false;
      }
    }
  }

  // An error that nobody handled ends a task that is still waiting.
  bool UncaughtMeanwhile(Local<Promise> promise) {
    for (offloop::Rejection& rejection : self_->run.rejections) {
      if (rejection.promise == promise) continue;
      self_->Uncaught(context_, rejection.reason.Get(isolate_));
    }
    self_->run.rejections.clear();
    auto& uncaught = self_->run.uncaught;
    if (uncaught.empty()) return false;
    outcome_->kind = OL_OUTCOME_THROWN;
    outcome_->payload = uncaught.front().release();
    uncaught.erase(uncaught.begin());
    return true;
  }

  void Forget(Local<Promise> promise) {
    auto& rejections = self_->run.rejections;
    for (size_t i = 0; i < rejections.size(); i++) {
      if (rejections[i].promise != promise) continue;
      rejections.erase(rejections.begin() + static_cast<ptrdiff_t>(i));
      return;
    }
  }

  void Finish(Local<Value> result) {
    offloop::PackOptions options = self_->Packing();
    options.move = self_->run.move_buffers;
    options.moved = self_->run.moved.empty() ? nullptr : &self_->run.moved;
    Packed packed = offloop::Pack(isolate_, context_, result, false, options);
    switch (packed.status) {
      case PackStatus::kPacked:
        outcome_->kind = OL_OUTCOME_VALUE;
        outcome_->payload = packed.payload.release();
        return;
      case PackStatus::kTerminated:
        outcome_->kind = OL_OUTCOME_STOPPED;
        return;
      case PackStatus::kOutOfMemory:
        outcome_->kind = OL_OUTCOME_MEMORY;
        return;
      case PackStatus::kNotCloneable:
        outcome_->kind = OL_OUTCOME_NOT_CLONEABLE;
        outcome_->message = MakeMessage(packed.problem.data(), packed.problem.size());
        return;
    }
  }

  // ── what went wrong ────────────────────────────────────────────────────────────────────────────────────────

  bool Stopped() {
    if (!self_->stopped() && !isolate_->IsExecutionTerminating()) return false;
    outcome_->kind = OL_OUTCOME_STOPPED;
    return true;
  }

  void Threw() {
    if (told_) return;
    if (failure_->HasTerminated() || Stopped()) {
      outcome_->kind = OL_OUTCOME_STOPPED;
      return;
    }
    Local<Value> error = failure_->Exception();
    failure_->Reset();
    Report(error);
  }

  void Report(Local<Value> error) {
    // The allocator's refusal shows as a plain RangeError of V8's.
    if (self_->allocator->TakeRefusal() && error->IsNativeError()) {
      outcome_->kind = OL_OUTCOME_MEMORY;
      return;
    }
    std::unique_ptr<OlPayload> record = offloop::RecordError(isolate_, context_, error, self_);
    if (!record) {
      outcome_->kind = OL_OUTCOME_STOPPED;
      return;
    }
    outcome_->kind = OL_OUTCOME_THROWN;
    outcome_->payload = record.release();
  }

  OlIsolate* self_;
  offloop::Realm* realm_;
  Isolate* isolate_;
  Local<Context> context_;
  TryCatch* failure_;
  OlOutcome* outcome_;
  bool told_ = false;  // the outcome is
};

// What is left when a result has settled: rejections that nobody handled are the pool's to tell, the rest is dropped.
void TellAndForget(OlIsolate* self, Local<Context> context) {
  for (offloop::Rejection& rejection : self->run.rejections) {
    if (self->stopped()) break;
    self->Uncaught(context, rejection.reason.Get(self->v8()));
  }
  self->TellUncaught();
}

// One phase of a run, init or task, each with a scope of its own: what it leaves is dropped outside of it, unless it is
// left pending.
template <typename Phase>
void InRealm(offloop::Realm* realm, OlOutcome* outcome, Phase phase) {
  OlIsolate* self = realm->owner;
  HandleScope handles(self->v8());
  Local<Context> context = realm->context.Get(self->v8());
  Context::Scope scope(context);
  TryCatch failure(self->v8());
  phase(Task(realm, context, &failure, outcome));
  if (outcome->kind != OL_OUTCOME_PENDING) TellAndForget(self, context);
}

// Whether the context may be used for tasks. One whose `init` failed is not: the next task makes another.
bool Prepare(offloop::Realm* realm, const OlFunction* init, OlOutcome* outcome) {
  if (init == nullptr || realm->initialised) return true;
  InRealm(realm, outcome, [&](Task task) { realm->initialised = task.Initialise(*init); });
  bool ready = realm->initialised && !realm->owner->stopped();
  realm->owner->EndRun();
  return ready;
}

// The realm's part of the end of a run, unless it is left pending.
void LeaveRealm(OlIsolate* self, const OlOutcome& outcome) {
  if (outcome.kind == OL_OUTCOME_PENDING) return;
  if (self->fresh) {
    self->realm->KeepCode();
    // Dropped first: nothing in it needs to be reset.
    self->realm.reset();
    self->EndRun();
    self->realm = std::move(self->ordinary);
    self->fresh = false;
  } else {
    self->EndRun();
  }
}

void RunIn(OlIsolate* self, const OlCall& call, std::unique_ptr<OlPayload> arguments, OlOutcome* outcome) {
  offloop::RealmInUse place(self, call.operation);
  self->fresh = (call.flags & OL_RUN_FRESH) != 0;
  if (self->fresh) self->ordinary = std::move(self->realm);
  self->DropFreedShares();
  offloop::Realm* realm = place.realm();
  if (realm != nullptr && !Prepare(realm, call.init, outcome)) {
    self->realm.reset();
  } else if (realm != nullptr) {
    InRealm(realm, outcome, [&](Task task) { task.Begin(call, std::move(arguments)); });
  }
  LeaveRealm(self, *outcome);
}

// Whether the isolate can go on after the run, unless that is left pending.
void Judge(OlIsolate* self, OlOutcome* outcome) {
  if (outcome->kind == OL_OUTCOME_PENDING || !self->memory_hit.load(std::memory_order_acquire)) return;
  outcome->kind = OL_OUTCOME_MEMORY;
  outcome->spent = 1;
}

constexpr OlOutcome kStopped = {OL_OUTCOME_STOPPED, 0, 0, nullptr, {nullptr, 0}, 0};

}  // namespace

extern "C" {

void ol_isolate_run(OlIsolate* self, const OlCall* call, OlOutcome* outcome) {
  *outcome = kStopped;
  std::unique_ptr<OlPayload> arguments(call->arguments);
  HandleScope handles(self->v8());
  static_cast<void>(self->allocator->TakeRefusal());
  if (call->operation == nullptr || !offloop::ManageContexts(self, *call->operation, outcome)) {
    RunIn(self, *call, std::move(arguments), outcome);
  }
  Judge(self, outcome);
}

void ol_isolate_continue(OlIsolate* self, OlOutcome* outcome) {
  *outcome = kStopped;
  HandleScope handles(self->v8());
  if (self->realm) InRealm(self->realm.get(), outcome, [](Task task) { task.Continue(); });
  LeaveRealm(self, *outcome);
  Judge(self, outcome);
}

}  // extern "C"
