// The environment's side: one wake-up handle on its loop, and the hooks that end everything before Node ends.
#include "env.h"

#include <atomic>
#include <mutex>

#include "host_function.h"
#include "payload.h"
#include "share.h"
#include "views.h"

using v8::Context;
using v8::Function;
using v8::Global;
using v8::HandleScope;
using v8::Isolate;
using v8::Local;
using v8::Object;
using v8::Value;

namespace {

std::atomic<node::MultiIsolatePlatform*> the_platform{nullptr};

}  // namespace

// Three owners: Rust, until ol_env_release; libuv, until the handle is closed; Node's list of AtExit callbacks.
struct OlEnv {
  Isolate* isolate;
  void (*teardown)(void*);
  void* teardown_data;
  bool torn_down = false;
  Global<Context> context;
  Global<Function> on_wake;
  uv_async_t async;
  std::mutex mutex;
  bool open = true;  // guarded by `mutex`: no wake-up may race with uv_close
  std::atomic<int> owners{3};

  void Drop() {
    if (owners.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  void TearDown() {
    if (torn_down) return;
    torn_down = true;
    teardown(teardown_data);
    std::lock_guard<std::mutex> lock(mutex);
    open = false;
  }
};

namespace {

void OnWake(uv_async_t* handle) {
  auto* env = static_cast<OlEnv*>(handle->data);
  if (env->torn_down || env->on_wake.IsEmpty()) return;
  HandleScope handles(env->isolate);
  Local<Context> context = env->context.Get(env->isolate);
  Context::Scope scope(context);
  // Runs microtasks and next ticks afterwards; an error thrown here is an uncaught one, as from any callback.
  offloop::Ignore(node::MakeCallback(env->isolate, context->Global(), env->on_wake.Get(env->isolate), 0, nullptr,
                                     node::async_context{0, 0}));
}

// process.exit(), process.reallyExit(), uncaught errors.
void AtExit(void* data) {
  auto* env = static_cast<OlEnv*>(data);
  env->TearDown();
  env->Drop();
}

// The natural end, and Workers. Node waits for `done`.
void OnCleanup(void* data, void (*done)(void*), void* done_data) {
  auto* env = static_cast<OlEnv*>(data);
  env->TearDown();
  env->on_wake.Reset();
  env->context.Reset();
  offloop::ForgetBufferClass();
  offloop::ForgetShares();
  offloop::ForgetHostFunctions();
  struct Closing {
    OlEnv* env;
    void (*done)(void*);
    void* done_data;
  };
  env->async.data = new Closing{env, done, done_data};
  uv_close(reinterpret_cast<uv_handle_t*>(&env->async), [](uv_handle_t* handle) {
    auto* closing = static_cast<Closing*>(handle->data);
    closing->env->Drop();
    closing->done(closing->done_data);
    delete closing;
  });
}

}  // namespace

namespace offloop {

node::MultiIsolatePlatform* Platform() { return the_platform.load(std::memory_order_acquire); }

}  // namespace offloop

extern "C" {

OlEnv* ol_env_open(void (*teardown)(void* data), void* data) {
  Isolate* isolate = Isolate::GetCurrent();
  HandleScope handles(isolate);
  Local<Context> context = isolate->GetCurrentContext();
  node::Environment* node_env = node::GetCurrentEnvironment(context);
  if (node_env == nullptr) return nullptr;
  if (the_platform.load(std::memory_order_acquire) == nullptr) offloop::abi::KeepLoopsInterruptible();
  the_platform.store(node::GetMultiIsolatePlatform(node_env), std::memory_order_release);

  auto* env = new OlEnv;
  env->isolate = isolate;
  env->teardown = teardown;
  env->teardown_data = data;
  env->context.Reset(isolate, context);
  if (uv_async_init(node::GetCurrentEventLoop(isolate), &env->async, OnWake) != 0) {
    delete env;
    return nullptr;
  }
  env->async.data = env;
  uv_unref(reinterpret_cast<uv_handle_t*>(&env->async));

  Local<Value> buffer;
  Local<Value> prototype;
  if (context->Global()->Get(context, offloop::Name(isolate, "Buffer")).ToLocal(&buffer) && buffer->IsObject() &&
      buffer.As<Object>()->Get(context, offloop::Name(isolate, "prototype")).ToLocal(&prototype) &&
      prototype->IsObject()) {
    offloop::SetBufferClass(isolate, buffer.As<Object>(), prototype.As<Object>());
  }
  node::AtExit(node_env, AtExit, env);
  static_cast<void>(node::AddEnvironmentCleanupHook(isolate, OnCleanup, env).release());
  return env;
}

void ol_env_on_wake(OlEnv* env, OlValue function) {
  env->on_wake.Reset(env->isolate, offloop::FromOpaque(function).As<Function>());
}

void ol_env_wake(OlEnv* env) {
  std::lock_guard<std::mutex> lock(env->mutex);
  if (env->open) uv_async_send(&env->async);
}

void ol_env_hold(OlEnv* env, int hold) {
  if (env->torn_down) return;
  auto* handle = reinterpret_cast<uv_handle_t*>(&env->async);
  hold != 0 ? uv_ref(handle) : uv_unref(handle);
}

void ol_env_release(OlEnv* env) { env->Drop(); }

}  // extern "C"
