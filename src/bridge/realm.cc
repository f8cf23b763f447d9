// A context's life: made with its globals, used by runs, dropped with everything that was made in it.
#include "realm.h"

#include <algorithm>

#include "isolate.h"
#include "native.h"

namespace offloop {

using v8::Context;
using v8::Function;
using v8::HandleScope;
using v8::Isolate;
using v8::Local;
using v8::MaybeLocal;
using v8::MicrotaskQueue;
using v8::Object;
using v8::TryCatch;
using v8::Value;

Realm::Realm(OlIsolate* isolate) : owner(isolate) { owner->realms.push_back(this); }

std::unique_ptr<Realm> Realm::New(OlIsolate* owner) {
  Isolate* isolate = owner->v8();
  HandleScope handles(isolate);
  std::unique_ptr<Realm> realm(new Realm(owner));
  realm->microtasks = MicrotaskQueue::New(isolate, v8::MicrotasksPolicy::kExplicit);
  Local<Context> made = Context::New(isolate, nullptr, {}, {}, {}, realm->microtasks.get());
  if (made.IsEmpty()) return nullptr;
  realm->context.Reset(isolate, made);
  Context::Scope scope(made);
  TryCatch failure(isolate);
  if (!InstallGlobals(realm.get(), made)) return nullptr;
  // The prelude takes the built-ins before code that is not trusted can change them.
  const Policy& policy = owner->policy;
  if (policy.confined() && (realm->Prelude().IsEmpty() || !policy.Confine(isolate, made))) return nullptr;
  return realm;
}

Realm::~Realm() {
  owner->realms.erase(std::find(owner->realms.begin(), owner->realms.end(), this));
  if (context.IsEmpty()) return;
  Isolate* isolate = owner->v8();
  HandleScope handles(isolate);
  if (!owner->dead_microtasks) {
    owner->dead_microtasks = MicrotaskQueue::New(isolate, v8::MicrotasksPolicy::kExplicit);
  }
  context.Get(isolate)->SetMicrotaskQueue(owner->dead_microtasks.get());
}

MaybeLocal<Object> Realm::Prelude() {
  Isolate* isolate = owner->v8();
  if (!prelude.IsEmpty()) return prelude.Get(isolate);
  v8::EscapableHandleScope handles(isolate);
  Local<Context> current = context.Get(isolate);
  Local<Function> factory;
  Local<Value> made;
  Local<Object> native;
  if (!owner->scripts.Prelude(this).ToLocal(&factory) || !MakeNative(this, current).ToLocal(&native)) return {};
  Local<Value> argument = native;
  if (!factory->Call(current, v8::Undefined(isolate), 1, &argument).ToLocal(&made) || !made->IsObject()) {
    return {};
  }
  prelude.Reset(isolate, made.As<Object>());
  return handles.Escape(made.As<Object>());
}

MaybeLocal<Value> Realm::CallHook(Local<v8::String> name, int count, Local<Value>* arguments) {
  Isolate* isolate = owner->v8();
  Local<Context> current = context.Get(isolate);
  Local<Object> holder;
  Local<Value> hooks;
  Local<Value> hook;
  if (!Prelude().ToLocal(&holder) || !holder->Get(current, Name(isolate, "hooks")).ToLocal(&hooks) ||
      !hooks->IsObject() || !hooks.As<Object>()->Get(current, name).ToLocal(&hook) || !hook->IsFunction()) {
    return {};
  }
  return hook.As<Function>()->Call(current, hooks, count, arguments);
}

void Realm::DrainMicrotasks() {
  // As Node has it: ticks first, and again after the promises' jobs that made some.
  do {
    if (!RunTicks()) return;
    microtasks->PerformCheckpoint(owner->v8());
  } while (!ticks.empty());
}

bool Realm::RunTicks() {
  if (ticks.empty()) return true;
  Isolate* isolate = owner->v8();
  HandleScope handles(isolate);
  Local<Context> current = context.Get(isolate);
  Context::Scope scope(current);
  while (!ticks.empty()) {
    Local<Function> tick = ticks.front().Get(isolate);
    ticks.pop_front();
    TryCatch failure(isolate);
    Ignore(tick->Call(current, v8::Undefined(isolate), 0, nullptr));
    if (failure.HasTerminated()) {
      failure.ReThrow();
      return false;
    }
    if (failure.HasCaught()) owner->Uncaught(current, failure.Exception());
  }
  return true;
}

MaybeLocal<Object> Realm::Loader() {
  Isolate* isolate = owner->v8();
  if (!loader.IsEmpty()) return loader.Get(isolate);
  v8::EscapableHandleScope handles(isolate);
  Local<Context> current = context.Get(isolate);
  Local<Object> tools;
  Local<Object> native;
  Local<Function> factory;
  Local<Value> made;
  auto source = std::make_shared<ModuleAnswer>(owner->calls);
  owner->calls->builtin({nullptr, 0}, source->out());
  if ((*source)->kind != OL_MODULE_SOURCE) {
    isolate->ThrowException(v8::Exception::Error(Name(isolate, "offloop's loader is missing; please report it")));
    return {};
  }
  if (!Prelude().ToLocal(&tools) || !MakeModuleNative(current).ToLocal(&native) ||
      !CompileBody(this, source, Name(isolate, "offloop:loader"), {"native", "prelude"}).ToLocal(&factory)) {
    return {};
  }
  Local<Value> arguments[] = {native, tools};
  if (!factory->Call(current, v8::Undefined(isolate), 2, arguments).ToLocal(&made) || !made->IsObject()) return {};
  loader.Reset(isolate, made.As<Object>());
  return handles.Escape(made.As<Object>());
}

MaybeLocal<Value> Realm::CallLoader(Local<v8::String> name, int count, Local<Value>* arguments) {
  Local<Context> current = context.Get(owner->v8());
  Local<Object> holder;
  Local<Value> method;
  if (!Loader().ToLocal(&holder) || !holder->Get(current, name).ToLocal(&method) || !method->IsFunction()) return {};
  return method.As<Function>()->Call(current, holder, count, arguments);
}

void Realm::KeepCode() {
  if (warm.empty() || owner->stopped()) return;
  Isolate* isolate = owner->v8();
  HandleScope handles(isolate);
  Context::Scope scope(context.Get(isolate));
  TryCatch failure(isolate);
  for (const Warm& compiled : std::exchange(warm, {})) {
    HandleScope each(isolate);
    compiled.Keep(isolate);
  }
}

void Realm::EndRun() {
  Isolate* isolate = owner->v8();
  HandleScope handles(isolate);
  Local<Context> current = context.Get(isolate);
  // A fresh queue is the only way to drop what is still in the old one.
  std::unique_ptr<MicrotaskQueue> empty = MicrotaskQueue::New(isolate, v8::MicrotasksPolicy::kExplicit);
  current->SetMicrotaskQueue(empty.get());
  microtasks = std::move(empty);
  ticks.clear();
  if (continuation_used) {
    Context::Scope scope(current);
    abi::SetContinuationData(isolate, v8::Undefined(isolate));
    continuation_used = false;
  }
  if (prelude.IsEmpty()) return;
  Context::Scope scope(current);
  TryCatch failure(isolate);
  // Fails only while the isolate is being terminated; its context is dropped then.
  Ignore(CallHook(Name(isolate, "reset"), 0, nullptr));
}

}  // namespace offloop

offloop::Realm* OlIsolate::CurrentRealm() {
  if (!realm) realm = offloop::Realm::New(this);
  return realm.get();
}

offloop::Realm* OlIsolate::RealmOf(v8::Local<v8::Context> context) {
  for (offloop::Realm* candidate : realms) {
    if (candidate->context == context) return candidate;
  }
  return nullptr;
}

v8::MaybeLocal<v8::Value> OlIsolate::CallHook(v8::Local<v8::Context> context, v8::Local<v8::String> name, int count,
                                              v8::Local<v8::Value>* arguments) {
  offloop::Realm* own = RealmOf(context);
  if (own == nullptr) return {};
  return own->CallHook(name, count, arguments);
}

void OlIsolate::DrainMicrotasks() {
  if (realm) realm->DrainMicrotasks();
}

void OlIsolate::EndRun() {
  timers.StopAll();
  run = offloop::Run();
  runs++;
  // Their calls are forgotten.
  static_cast<void>(inbox.TakeAll());
  if (realm) realm->EndRun();
}

void OlIsolate::DropContext() {
  realm.reset();
  ordinary.reset();
  fresh = false;
}
