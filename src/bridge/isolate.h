// One bare isolate: V8's, its event loop, its realm and what the current run left in it.
#ifndef OFFLOOP_ISOLATE_H_
#define OFFLOOP_ISOLATE_H_

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "allocator.h"
#include "calls.h"
#include "held.h"
#include "loss.h"
#include "payload.h"
#include "policy.h"
#include "realm.h"
#include "scripts.h"
#include "timers.h"

namespace offloop {

// A promise that was rejected while nobody listened.
struct Rejection {
  v8::Global<v8::Promise> promise;
  v8::Global<v8::Value> reason;
};

// Everything that belongs to the run in progress and ends with it.
struct Run {
  std::vector<Rejection> rejections;
  std::vector<v8::Global<v8::ArrayBuffer>> moved;       // marked by offloop.move
  std::vector<std::unique_ptr<OlPayload>> uncaught;     // records of errors that nobody caught, the first few
  int pending = 0;  // WebAssembly compilations, Atomics.waitAsync and calls of host functions under way
  bool tells_progress = false;  // somebody listens to offloop.progress
  bool move_buffers = false;    // of the result
  bool may_pend = false;        // is left where it would wait
  v8::Global<v8::Promise> promise;  // that its end waits for
};

}  // namespace offloop

struct OlIsolate {
  OlIsolate(const OlIsolateOptions& options);
  ~OlIsolate();
  OlIsolate(const OlIsolate&) = delete;
  OlIsolate& operator=(const OlIsolate&) = delete;

  // The isolate that this thread has entered; null outside ol_isolate_enter.
  static OlIsolate* Entered();

  v8::Isolate* v8() const { return isolate_; }
  offloop::Realm* CurrentRealm();  // made on first use; null when V8 could not
  // The living realm that the context belongs to; null when it was dropped.
  offloop::Realm* RealmOf(v8::Local<v8::Context> context);

  // Whether the run was stopped, from outside or by its memory limit. To be asked before JavaScript is entered again: a
  // TryCatch swallows a termination, and V8 forgets it once no JavaScript is left on the stack.
  bool stopped() const {
    return terminating_.load(std::memory_order_acquire) || memory_hit.load(std::memory_order_acquire);
  }

  // Whether the memory limit allows for so many bytes more; collects garbage before it says no.
  bool HasRoom(size_t bytes);
  // Records an error that escaped from a timer, a microtask or a rejected promise.
  void Uncaught(v8::Local<v8::Context> context, v8::Local<v8::Value> error);
  void DrainMicrotasks();
  // Hands errors that no task can be rejected with to the host.
  void TellUncaught();
  // Forgets timers, microtasks, rejections: nothing of one run may happen in the next.
  void EndRun();
  void DropContext();
  // How values leave it.
  offloop::PackOptions Packing() const;
  // Of `performance`.
  double TimeOrigin() const;
  // Drops the copies of shared values that were freed since this was last called.
  void DropFreedShares();
  // Calls a method of the prelude's `hooks`, in the living realm that the context belongs to.
  v8::MaybeLocal<v8::Value> CallHook(v8::Local<v8::Context> context, v8::Local<v8::String> name, int count,
                                     v8::Local<v8::Value>* arguments);

  // What the bridge was given.
  const OlHost* calls;
  void* host;
  offloop::Policy policy;
  uint64_t memory_limit;
  std::string prelude_source;
  std::string units_source;
  std::vector<std::string> lazy_globals;

  uv_loop_t loop;
  uv_async_t wake;  // ends a wait in uv_run from any thread
  uint64_t born_ns;
  double born_epoch_ms;
  std::shared_ptr<offloop::CountingAllocator> allocator;
  std::atomic<bool> memory_hit{false};

  std::vector<offloop::Realm*> realms;  // all that live
  // What dropped contexts point to from then on: V8 may still meet them before they are collected. Never run.
  std::unique_ptr<v8::MicrotaskQueue> dead_microtasks;
  // The one that runs use: timers, microtasks and rejections of `run` are its. May be exchanged between two runs.
  std::unique_ptr<offloop::Realm> realm;
  // The ordinary one, while a run in a fresh one is on or left pending.
  std::unique_ptr<offloop::Realm> ordinary;
  bool fresh = false;
  // Of a user's own isolate: contexts beside the first, and compiled scripts.
  std::unordered_map<uint64_t, std::unique_ptr<offloop::Realm>> created;
  std::unordered_map<uint64_t, v8::Global<v8::UnboundScript>> compiled;
  uint64_t shares_freed = 0;  // SharedValue::Freed() when copies were last dropped
  size_t dropped_bytes = 0;  // of copies that may still wait for a collection
  OlText facts{nullptr, 0};          // what tasks are told of the process; the caller owns it
  OlPayload* worker_data = nullptr;  // the pool's, read again by each context; the caller owns it
  // Task functions and the prelude, compiled once: each context binds what was compiled.
  offloop::Scripts scripts;
  offloop::Timers timers;
  offloop::Run run;
  uint64_t runs = 1;  // number of the run in progress, or of the next one
  offloop::Held held{this};  // what native operations keep
  offloop::Inbox inbox;
  uint64_t last_call = 0;  // number of the last call of a host function; none is used again

 private:
  friend OlIsolate* ol_isolate_new(const OlIsolateOptions*, OlMessage*);
  friend void ol_isolate_dispose(OlIsolate*);
  friend void ol_isolate_enter(OlIsolate*, uintptr_t, void (*)(void*), void*);
  friend void ol_isolate_terminate(OlIsolate*);
  friend void ol_isolate_resume(OlIsolate*);

  static size_t NearHeapLimit(void* data, size_t current, size_t initial);
  static void AfterMarkCompact(v8::Isolate* isolate, v8::GCType type, v8::GCCallbackFlags flags, void* data);
  void OverLimit();

  v8::Isolate* isolate_ = nullptr;
  node::MultiIsolatePlatform* platform_ = nullptr;
  std::atomic<bool> terminating_{false};
  bool raised_ = false;  // V8's limit, above the user's
  offloop::LossHandlers loss_;
};

namespace offloop {

// Installs the lazy globals in a new realm's context.
bool InstallGlobals(Realm* realm, v8::Local<v8::Context> context);

// Calls the prelude's handler for timer `id`.
void FireTimer(OlIsolate* self, uint32_t id);

// What was thrown, as a payload (see ErrorRecord in lib/binding.d.ts); null when even that failed. `self` is null for an
// error of the environment's own isolate.
std::unique_ptr<OlPayload> RecordError(v8::Isolate* isolate, v8::Local<v8::Context> context,
                                       v8::Local<v8::Value> error, OlIsolate* self);

}  // namespace offloop

#endif  // OFFLOOP_ISOLATE_H_
