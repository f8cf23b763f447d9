#include "operation.h"

#include <utility>

namespace offloop {

using v8::Array;
using v8::Context;
using v8::Isolate;
using v8::Local;
using v8::MaybeLocal;
using v8::Number;
using v8::String;
using v8::UnboundScript;
using v8::Value;

namespace {

class Operator {
 public:
  Operator(OlIsolate* self, Local<Context> context, const OlOperation& operation)
      : self_(self), isolate_(self->v8()), context_(context), operation_(operation) {}

  MaybeLocal<Value> Perform(OlPayload* value) {
    switch (operation_.kind) {
      case OL_DO_EVALUATE:
        return Evaluate();
      case OL_DO_COMPILE:
        return Compile();
      case OL_DO_RUN_SCRIPT:
        return RunScript();
      case OL_DO_SET:
        return Set(value);
      case OL_DO_GET:
        return Get();
      case OL_DO_HEAP_STATISTICS:
        return HeapStatistics();
      default:
        return Throw("an isolate was asked for something unknown");
    }
  }

 private:
  MaybeLocal<Value> Evaluate() {
    Local<UnboundScript> script;
    if (!Compiled().ToLocal(&script)) return {};
    return script->BindToCurrentContext()->Run(context_);
  }

  MaybeLocal<Value> Compile() {
    Local<UnboundScript> script;
    if (!Compiled().ToLocal(&script)) return {};
    self_->compiled[operation_.script].Reset(isolate_, script);
    return Nothing();
  }

  MaybeLocal<Value> RunScript() {
    auto found = self_->compiled.find(operation_.script);
    if (found == self_->compiled.end()) return Throw("this script was never compiled");
    return found->second.Get(isolate_)->BindToCurrentContext()->Run(context_);
  }

  MaybeLocal<Value> Set(OlPayload* payload) {
    Local<String> name;
    Local<Value> value;
    if (!MakeString(isolate_, operation_.text).ToLocal(&name) ||
        // Not bound to this operation: a host function in it may be called by later ones.
        !Unpack(isolate_, context_, payload, Reading::kCopy).ToLocal(&value)) {
      return {};
    }
    v8::Maybe<bool> set = context_->Global()->CreateDataProperty(context_, name, value);
    if (set.IsNothing()) return {};
    if (!set.FromJust()) {
      std::string name(operation_.text.data, operation_.text.length);
      return Throw("global '" + name + "' is a fixed one and cannot be set");
    }
    return Nothing();
  }

  MaybeLocal<Value> Get() {
    Local<String> name;
    if (!MakeString(isolate_, operation_.text).ToLocal(&name)) return {};
    return context_->Global()->Get(context_, name);
  }

  // In the order of lib/isolate.js.
  MaybeLocal<Value> HeapStatistics() {
    v8::HeapStatistics now;
    isolate_->GetHeapStatistics(&now);
    const size_t figures[] = {
        now.total_heap_size(),      now.total_heap_size_executable(),    now.total_physical_size(),
        now.total_available_size(), now.used_heap_size(),                now.heap_size_limit(),
        now.malloced_memory(),      now.peak_malloced_memory(),          now.external_memory(),
        self_->allocator->used(),   now.number_of_native_contexts(),     now.number_of_detached_contexts(),
    };
    std::vector<Local<Value>> numbers;
    for (size_t figure : figures) numbers.push_back(Number::New(isolate_, static_cast<double>(figure)));
    return Array::New(isolate_, numbers.data(), numbers.size()).As<Value>();
  }

  MaybeLocal<UnboundScript> Compiled() {
    Local<String> code;
    Local<String> filename;
    if (!MakeString(isolate_, operation_.text).ToLocal(&code) ||
        !MakeString(isolate_, operation_.filename).ToLocal(&filename)) {
      Throw("this code is longer than V8 allows");
      return {};
    }
    v8::ScriptCompiler::Source source(code, abi::Origin(isolate_, filename, 0, 0));
    return v8::ScriptCompiler::CompileUnboundScript(isolate_, &source);
  }

  Local<Value> Nothing() { return v8::Undefined(isolate_); }

  MaybeLocal<Value> Throw(const std::string& message) {
    Local<String> text;
    if (!self_->stopped() && MakeString(isolate_, {message.data(), message.size()}).ToLocal(&text)) {
      isolate_->ThrowException(v8::Exception::TypeError(text));
    }
    return {};
  }

  OlIsolate* self_;
  Isolate* isolate_;
  Local<Context> context_;
  const OlOperation& operation_;
};

}  // namespace

RealmInUse::RealmInUse(OlIsolate* isolate, const OlOperation* operation) : isolate_(isolate) {
  if (operation == nullptr || operation->context == 0) return;
  auto found = isolate->created.find(operation->context);
  if (found == isolate->created.end()) {
    gone_ = true;
    return;
  }
  created_ = &found->second;
  std::swap(isolate->realm, *created_);
}

RealmInUse::~RealmInUse() {
  // Neither V8 nor an operation in this context can have dropped it: only operations in the first one do.
  if (created_ != nullptr) std::swap(isolate_->realm, *created_);
}

Realm* RealmInUse::realm() const { return gone_ ? nullptr : isolate_->CurrentRealm(); }

bool ManageContexts(OlIsolate* isolate, const OlOperation& operation, OlOutcome* outcome) {
  switch (operation.kind) {
    case OL_DO_CREATE_CONTEXT: {
      std::unique_ptr<Realm> realm = Realm::New(isolate);
      // Only a stop, or a lack of memory, keeps V8 from making one.
      if (!realm || isolate->stopped()) return true;
      isolate->created[operation.context] = std::move(realm);
      break;
    }
    case OL_DO_DROP_CONTEXT:
      isolate->created.erase(operation.context);
      break;
    default:
      return false;
  }
  outcome->kind = OL_OUTCOME_VALUE;
  return true;
}

MaybeLocal<Value> Operate(OlIsolate* isolate, Local<Context> context, const OlOperation& operation, OlPayload* value) {
  return Operator(isolate, context, operation).Perform(value);
}

}  // namespace offloop

extern "C" {

void ol_isolate_end_run(OlIsolate* self) {
  v8::HandleScope handles(self->v8());
  self->EndRun();
  for (offloop::Realm* realm : self->realms) {
    if (realm != self->realm.get()) realm->EndRun();
  }
}

void ol_isolate_forget(OlIsolate* self, uint32_t kind, uint64_t id) {
  v8::HandleScope handles(self->v8());
  if (kind == OL_DO_COMPILE) self->compiled.erase(id);
  if (kind == OL_DO_CREATE_CONTEXT) self->created.erase(id);
}

}  // extern "C"
