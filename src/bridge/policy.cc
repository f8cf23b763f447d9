#include "policy.h"

#include "payload.h"
#include "shared_value.h"

namespace offloop {

using v8::Context;
using v8::Isolate;
using v8::Local;
using v8::Object;
using v8::String;
using v8::Value;

namespace {

// Without our own answer Node's callback reads a slot of its own contexts, out of bounds in ours.
bool AllowWasm(Local<Context>, Local<String>) { return true; }
bool RefuseWasm(Local<Context>, Local<String>) { return false; }

// V8 asks only in contexts that do not allow it: ours, and all of a process that runs with
// --disallow-code-generation-from-strings. Node's own answer would allow it in every context that Node did not make.
v8::ModifyCodeGenerationFromStringsResult RefuseCode(Local<Context>, Local<Value> source, bool) {
  // eval(7) is 7.
  return {!source->IsString(), {}};
}

bool Delete(Local<Context> context, Local<Object> object, Local<String> name) {
  bool deleted = false;
  if (!object->Delete(context, name).To(&deleted)) return false;
  // What a flag of the process declares cannot be deleted.
  return deleted || !object->Set(context, name, v8::Undefined(Isolate::GetCurrent())).IsNothing();
}

}  // namespace

v8::AllowWasmCodeGenerationCallback Policy::wasm_callback() const { return wasm() ? AllowWasm : RefuseWasm; }

bool Policy::Takes(const OlPayload* payload) const {
  if (payload == nullptr) return true;
  bool shares_memory = !payload->shared.empty();
  for (const std::shared_ptr<SharedValue>& share : payload->shares) {
    shares_memory = shares_memory || !share->payload()->shared.empty();
  }
  return (shared_memory() || !shares_memory) && (wasm() || payload->modules.empty());
}

void Policy::Apply(Isolate* isolate) const {
  isolate->SetModifyCodeGenerationFromStringsCallback(RefuseCode);
  if (!shared_memory()) isolate->SetAllowAtomicsWait(false);
}

bool Policy::Confine(Isolate* isolate, Local<Context> context) const {
  if (!confined()) return true;
  if (!code_generation()) {
    context->AllowCodeGenerationFromStrings(false);
    context->SetErrorMessageForCodeGenerationFromStrings(
        Name(isolate, "Code generation from strings is off in this isolate (codeGeneration: false)"));
  }
  Local<Object> global = context->Global();
  // By flags of the process: a collector to call, realms of which nothing here knows.
  if (!Delete(context, global, Name(isolate, "gc")) || !Delete(context, global, Name(isolate, "ShadowRealm"))) {
    return false;
  }
  if (!shared_memory() && (!Delete(context, global, Name(isolate, "SharedArrayBuffer")) ||
                           !Delete(context, global, Name(isolate, "Atomics")))) {
    return false;
  }
  return wasm() || Delete(context, global, Name(isolate, "WebAssembly"));
}

}  // namespace offloop
