#include "modules.h"

#include "isolate.h"

namespace offloop {

using v8::Array;
using v8::Context;
using v8::Data;
using v8::FixedArray;
using v8::Function;
using v8::Isolate;
using v8::Local;
using v8::MaybeLocal;
using v8::Module;
using v8::Object;
using v8::Promise;
using v8::String;
using v8::Value;

uint32_t Modules::Add(Isolate* isolate, Local<Module> module, Local<Function> evaluate) {
  uint32_t id = ++last_;
  Record& record = records_[id];
  record.module.Reset(isolate, module);
  if (!evaluate.IsEmpty()) record.evaluate.Reset(isolate, evaluate);
  by_hash_.emplace(module->GetIdentityHash(), id);
  return id;
}

Modules::Record* Modules::Get(uint32_t id) {
  auto found = records_.find(id);
  return found == records_.end() ? nullptr : &found->second;
}

Modules::Record* Modules::Find(Isolate* isolate, Local<Module> module, uint32_t* id) {
  auto [next, end] = by_hash_.equal_range(module->GetIdentityHash());
  for (; next != end; ++next) {
    Record* record = Get(next->second);
    if (record == nullptr || record->module.Get(isolate) != module) continue;
    if (id != nullptr) *id = next->second;
    return record;
  }
  return nullptr;
}

void Modules::Drop(Isolate* isolate, uint32_t id) {
  Record* record = Get(id);
  if (record == nullptr) return;
  auto [next, end] = by_hash_.equal_range(record->module.Get(isolate)->GetIdentityHash());
  for (; next != end; ++next) {
    if (next->second != id) continue;
    by_hash_.erase(next);
    break;
  }
  records_.erase(id);
}

MaybeLocal<Promise> ImportDynamically(Local<Context> context, Local<Data> options, Local<Value> referrer,
                                      Local<String> specifier, Local<FixedArray> attributes) {
  OlIsolate* self = OlIsolate::Entered();
  Isolate* isolate = self->v8();
  Realm* realm = self->RealmOf(context);
  if (realm == nullptr) {
    isolate->ThrowException(v8::Exception::Error(Name(isolate, "this context has ended: it imports nothing more")));
    return {};
  }
  // A task's function says where its modules resolve from.
  Local<Value> from = v8::Undefined(isolate);
  if (options->IsFixedArray() && options.As<FixedArray>()->Length() == 1) {
    Local<Data> only = abi::At(context, options.As<FixedArray>(), 0);
    if (only->IsValue() && only.As<Value>()->IsString()) from = only.As<Value>();
  }
  std::vector<Local<Value>> pairs;
  for (int i = 0; i < attributes->Length(); i++) pairs.push_back(abi::At(context, attributes, i).As<Value>());
  Local<Value> arguments[] = {specifier, Array::New(isolate, pairs.data(), pairs.size()), referrer, from};
  Local<Value> promise;
  if (!realm->CallLoader(Name(isolate, "importDynamically"), 4, arguments).ToLocal(&promise)) return {};
  if (promise->IsPromise()) return promise.As<Promise>();
  isolate->ThrowException(v8::Exception::Error(Name(isolate, "import() failed inside offloop; please report it")));
  return {};
}

void InitialiseMeta(Local<Context> context, Local<Module> module, Local<Object> meta) {
  OlIsolate* self = OlIsolate::Entered();
  Realm* realm = self->RealmOf(context);
  uint32_t id = 0;
  if (realm == nullptr || realm->modules.Find(self->v8(), module, &id) == nullptr) return;
  Local<Value> arguments[] = {v8::Integer::NewFromUnsigned(self->v8(), id), meta};
  // An exception is left pending: V8 throws it where `import.meta` stands.
  Ignore(realm->CallLoader(Name(self->v8(), "initialiseMeta"), 2, arguments));
}

}  // namespace offloop
