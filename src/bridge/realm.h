// One context of an isolate, and what was made in it: the prelude's objects, compiled functions, microtasks.
#ifndef OFFLOOP_REALM_H_
#define OFFLOOP_REALM_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <unordered_map>

#include "abi.h"
#include "modules.h"
#include "shared_value.h"
#include "sources.h"
#include "units.h"

struct OlIsolate;

namespace offloop {

struct Realm {
  // With the lazy globals installed; null when V8 could not. The isolate must be entered, now and for everything below.
  static std::unique_ptr<Realm> New(OlIsolate* owner);
  ~Realm();
  Realm(const Realm&) = delete;
  Realm& operator=(const Realm&) = delete;

  // The result of the prelude in this context; empty with an exception pending when it failed.
  v8::MaybeLocal<v8::Object> Prelude();
  // Calls a method of the prelude's `hooks`.
  v8::MaybeLocal<v8::Value> CallHook(v8::Local<v8::String> name, int count, v8::Local<v8::Value>* arguments);
  // What decides which module runs when, made when first needed; empty with an exception pending when it failed.
  v8::MaybeLocal<v8::Object> Loader();
  // Calls a method of the loader's.
  v8::MaybeLocal<v8::Value> CallLoader(v8::Local<v8::String> name, int count, v8::Local<v8::Value>* arguments);
  // Hands over the code caches of what was compiled without one.
  void KeepCode();
  void DrainMicrotasks();
  // Runs what process.nextTick was given; false when the run is being stopped.
  bool RunTicks();
  // Drops the microtasks that are left, and what the prelude keeps of the run.
  void EndRun();

  OlIsolate* const owner;
  v8::Global<v8::Context> context;
  v8::Global<v8::Object> originals;  // builtins that the prelude wraps, by name
  v8::Global<v8::Object> prelude;
  v8::Global<v8::Object> loader;
  Modules modules;
  std::vector<Warm> warm;
  std::unique_ptr<v8::MicrotaskQueue> microtasks;
  std::deque<v8::Global<v8::Function>> ticks;  // of process.nextTick, to run before the microtasks
  bool continuation_used = false;              // continuations may carry a frame of AsyncLocalStorage
  std::unordered_map<uint64_t, v8::Global<v8::Function>> functions;
  std::unordered_map<uint64_t, v8::Global<v8::Object>> contexts;  // values of `context` options, by their id
  std::map<ModuleKey, ModuleUnits> units;  // of users' modules
  v8::Global<v8::Function> link_units;     // src/runtime/units.js
  std::unordered_map<uint64_t, SharedCopy> shares;
  bool initialised = false;  // the pool's `init` has succeeded

 private:
  explicit Realm(OlIsolate* isolate);
};

}  // namespace offloop

#endif  // OFFLOOP_REALM_H_
