// The globals of a context, made when first asked for, and the errors that runs leave behind.
#include "isolate.h"
#include "native.h"

using v8::Context;
using v8::Function;
using v8::HandleScope;
using v8::Isolate;
using v8::Local;
using v8::MaybeLocal;
using v8::Object;
using v8::String;
using v8::TryCatch;
using v8::Value;

namespace {

// The prelude's value of that name, empty with an exception pending or where there is none.
MaybeLocal<Value> Find(Local<v8::Name> name, const v8::PropertyCallbackInfo<Value>& info,
                       std::initializer_list<const char*> path) {
  OlIsolate* self = OlIsolate::Entered();
  Isolate* isolate = info.GetIsolate();
  if (self == nullptr) return {};
  Local<Context> context = isolate->GetCurrentContext();
  Local<Object> prelude;
  offloop::Realm* realm = self->RealmOf(context);
  if (realm == nullptr || !realm->Prelude().ToLocal(&prelude)) return {};
  Local<Value> holder = prelude;
  for (const char* step : path) {
    Local<String> key;
    if (!holder->IsObject() || !String::NewFromUtf8(isolate, step).ToLocal(&key) ||
        !holder.As<Object>()->Get(context, key).ToLocal(&holder)) {
      return {};
    }
  }
  if (!holder->IsObject()) return {};
  return holder.As<Object>()->Get(context, name);
}

// For lazy data properties, which V8 then keeps. Nothing that the getter runs may be a task's: V8 aborts where the
// property has changed meanwhile.
void Serve(Local<v8::Name> name, const v8::PropertyCallbackInfo<Value>& info,
           std::initializer_list<const char*> path) {
  Local<Value> value;
  if (Find(name, info, path).ToLocal(&value)) info.GetReturnValue().Set(value);
}

using Getter = v8::AccessorNameGetterCallback;

// A plain property in place of the lazy one. Fails only where the global object was frozen.
void Keep(Local<Context> context, Local<v8::Name> name, Local<Value> value) {
  // Defined over it, the value would go to its setter.
  if (context->Global()->Delete(context, name).FromMaybe(false)) {
    offloop::Ignore(context->Global()->DefineOwnProperty(context, name, value, v8::DontEnum));
  }
}

// First access of a lazy global. Modules may be loaded for it, whose code a task can make call its own: the property is
// then replaced here, not by V8.
void ServeGlobal(Local<v8::Name> name, const v8::PropertyCallbackInfo<Value>& info) {
  Local<Context> context = info.GetIsolate()->GetCurrentContext();
  Local<Value> value;
  if (!Find(name, info, {}).ToLocal(&value)) return;
  info.GetReturnValue().Set(value);
  // Asked for again while its module is being loaded: what is not there yet is not kept.
  if (!value->IsUndefined()) Keep(context, name, value);
}

void ReplaceGlobal(Local<v8::Name> name, Local<Value> value, const v8::PropertyCallbackInfo<void>& info) {
  Keep(info.GetIsolate()->GetCurrentContext(), name, value);
}

void ServeWasm(Local<v8::Name> name, const v8::PropertyCallbackInfo<Value>& info) {
  Serve(name, info, {"hooks", "wasm"});
}
void ServeAtomics(Local<v8::Name> name, const v8::PropertyCallbackInfo<Value>& info) { Serve(name, info, {"hooks"}); }

MaybeLocal<Object> GlobalObject(Local<Context> context, Local<String> name) {
  Local<Value> value;
  if (!context->Global()->Get(context, name).ToLocal(&value) || !value->IsObject()) return {};
  return value.As<Object>();
}

// Sets builtin `name` aside for the prelude to wrap (native.originals) and serves the wrapper when it is first used.
bool Wrap(Local<Context> context, Local<Object> originals, Local<Object> holder, Local<String> name,
          Getter serve, v8::PropertyAttribute attributes) {
  Local<Value> original;
  return holder->Get(context, name).ToLocal(&original) && !originals->Set(context, name, original).IsNothing() &&
         !holder->SetLazyDataProperty(context, name, serve, Local<Value>(), attributes).IsNothing();
}

// V8's asynchronous WebAssembly and Atomics.waitAsync settle from outside the isolate: wrapped, so that a task that
// waits for them is not taken for one that nothing can settle.
bool WrapAsyncBuiltins(offloop::Realm* realm, Local<Context> context) {
  Isolate* isolate = realm->owner->v8();
  Local<Object> originals = Object::New(isolate);
  Local<Object> wasm;
  if (GlobalObject(context, offloop::Name(isolate, "WebAssembly")).ToLocal(&wasm)) {
    // Wired to Node's streaming loader, which reads an environment that our contexts do not have.
    if (wasm->Delete(context, offloop::Name(isolate, "compileStreaming")).IsNothing() ||
        wasm->Delete(context, offloop::Name(isolate, "instantiateStreaming")).IsNothing() ||
        !Wrap(context, originals, wasm, offloop::Name(isolate, "compile"), ServeWasm, v8::None) ||
        !Wrap(context, originals, wasm, offloop::Name(isolate, "instantiate"), ServeWasm, v8::None)) {
      return false;
    }
  }
  Local<Object> atomics;
  if (GlobalObject(context, offloop::Name(isolate, "Atomics")).ToLocal(&atomics) &&
      !Wrap(context, originals, atomics, offloop::Name(isolate, "waitAsync"), ServeAtomics, v8::DontEnum)) {
    return false;
  }
  realm->originals.Reset(isolate, originals);
  return true;
}

}  // namespace

namespace offloop {

bool InstallGlobals(Realm* realm, Local<Context> context) {
  Isolate* isolate = realm->owner->v8();
  for (const std::string& name : realm->owner->lazy_globals) {
    Local<String> key;
    if (!String::NewFromUtf8(isolate, name.data(), v8::NewStringType::kInternalized, static_cast<int>(name.size()))
             .ToLocal(&key)) {
      return false;
    }
    if (context->Global()
            ->SetNativeDataProperty(context, key, ServeGlobal, ReplaceGlobal, Local<Value>(), v8::DontEnum)
            .IsNothing()) {
      return false;
    }
  }
  return WrapAsyncBuiltins(realm, context);
}

void FireTimer(OlIsolate* self, uint32_t id) {
  Isolate* isolate = self->v8();
  if (self->stopped()) return;
  if (!self->realm) return;
  HandleScope handles(isolate);
  Local<Context> context = self->realm->context.Get(isolate);
  v8::Context::Scope scope(context);
  TryCatch failure(isolate);
  Local<Value> argument = v8::Integer::NewFromUnsigned(isolate, id);
  offloop::Ignore(self->CallHook(context, Name(isolate, "fire"), 1, &argument));  // `failure` tells
  if (failure.HasTerminated()) return;
  if (failure.HasCaught()) self->Uncaught(context, failure.Exception());
  self->DrainMicrotasks();
}

}  // namespace offloop

void OlIsolate::Uncaught(Local<v8::Context> current, Local<Value> error) {
  constexpr size_t kMostRecords = 16;
  if (run.uncaught.size() >= kMostRecords) return;
  std::unique_ptr<OlPayload> record = offloop::RecordError(isolate_, current, error, this);
  if (record) run.uncaught.push_back(std::move(record));
}

void OlIsolate::TellUncaught() {
  for (std::unique_ptr<OlPayload>& record : run.uncaught) calls->uncaught(host, record.release());
  run.uncaught.clear();
}
