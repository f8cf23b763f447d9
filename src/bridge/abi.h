// Every difference between the Node versions that the bridge is compiled for. Nothing else tests NODE_MODULE_VERSION.
#ifndef OFFLOOP_ABI_H_
#define OFFLOOP_ABI_H_

#include <node.h>
#include <uv.h>
#include <v8.h>

#include <vector>

#if NODE_MODULE_VERSION != 115 && NODE_MODULE_VERSION != 127 && NODE_MODULE_VERSION != 137 && \
    NODE_MODULE_VERSION != 147
#error "This NODE_MODULE_VERSION is not supported yet: add its row to scripts/abi.json and check every function here."
#endif

namespace offloop::abi {

// Node 24 gives V8 the isolate's task runner while it is disposed of; before, an address must be unregistered first
// because another thread may get it again at once.
inline void DisposeIsolate(node::MultiIsolatePlatform* platform, v8::Isolate* isolate) {
#if NODE_MODULE_VERSION >= 137
  platform->DisposeIsolate(isolate);
#else
  platform->UnregisterIsolate(isolate);
  isolate->Dispose();
#endif
}

inline v8::Local<v8::Value> Prototype(v8::Local<v8::Object> object) {
#if NODE_MODULE_VERSION >= 137
  return object->GetPrototypeV2();
#else
  return object->GetPrototype();
#endif
}

inline v8::MaybeLocal<v8::Context> CreationContext(v8::Isolate* isolate, v8::Local<v8::Object> object) {
#if NODE_MODULE_VERSION >= 137
  return object->GetCreationContext(isolate);
#else
  static_cast<void>(isolate);
  return object->GetCreationContext();
#endif
}

inline size_t Utf8Length(v8::Isolate* isolate, v8::Local<v8::String> string) {
#if NODE_MODULE_VERSION >= 137
  return string->Utf8LengthV2(isolate);
#else
  return static_cast<size_t>(string->Utf8Length(isolate));
#endif
}

// `capacity` bytes at `out`; never splits a character, lone surrogates become U+FFFD. Returns the bytes written and,
// in `units`, how many UTF-16 units of the string they stand for.
inline size_t WriteUtf8(v8::Isolate* isolate, v8::Local<v8::String> string, char* out, size_t capacity,
                        size_t* units = nullptr) {
#if NODE_MODULE_VERSION >= 137
  return string->WriteUtf8V2(isolate, out, capacity, v8::String::WriteFlags::kReplaceInvalidUtf8, units);
#else
  int read = 0;
  int written = string->WriteUtf8(isolate, out, static_cast<int>(capacity), &read,
                                  v8::String::NO_NULL_TERMINATION | v8::String::REPLACE_INVALID_UTF8);
  if (units != nullptr) *units = static_cast<size_t>(read);
  return static_cast<size_t>(written);
#endif
}

inline void WriteOneByte(v8::Isolate* isolate, v8::Local<v8::String> string, uint8_t* out) {
#if NODE_MODULE_VERSION >= 137
  string->WriteOneByteV2(isolate, 0, static_cast<uint32_t>(string->Length()), out);
#else
  string->WriteOneByte(isolate, out, 0, string->Length(), v8::String::NO_NULL_TERMINATION);
#endif
}

inline void WriteTwoByte(v8::Isolate* isolate, v8::Local<v8::String> string, uint16_t* out) {
#if NODE_MODULE_VERSION >= 137
  string->WriteV2(isolate, 0, static_cast<uint32_t>(string->Length()), out);
#else
  string->Write(isolate, out, 0, string->Length(), v8::String::NO_NULL_TERMINATION);
#endif
}

// `options` is what `import()` in the script is told of it (may be empty).
inline v8::ScriptOrigin Origin(v8::Isolate* isolate, v8::Local<v8::Value> resource, int line, int column,
                               v8::Local<v8::Data> options = {}, bool is_module = false) {
#if NODE_MODULE_VERSION >= 137
  static_cast<void>(isolate);
  return v8::ScriptOrigin(resource, line, column, false, -1, {}, false, false, is_module, options);
#else
  return v8::ScriptOrigin(isolate, resource, line, column, false, -1, {}, false, false, is_module, options);
#endif
}

// Of an import of a module: key, value, place in the source, and so on.
inline v8::Local<v8::Data> At(v8::Local<v8::Context> context, v8::Local<v8::FixedArray> array, int index) {
#if NODE_MODULE_VERSION >= 147
  static_cast<void>(context);
  return array->Get(index);
#else
  return array->Get(context, index);
#endif
}

inline v8::Local<v8::FixedArray> ImportAttributes(v8::Local<v8::ModuleRequest> request) {
#if NODE_MODULE_VERSION >= 127
  return request->GetImportAttributes();
#else
  return request->GetImportAssertions();
#endif
}

inline v8::Local<v8::Module> CreateSyntheticModule(v8::Isolate* isolate, v8::Local<v8::String> name,
                                                   const std::vector<v8::Local<v8::String>>& exports,
                                                   v8::Module::SyntheticModuleEvaluationSteps evaluate) {
#if NODE_MODULE_VERSION >= 127
  v8::MemorySpan<const v8::Local<v8::String>> span(exports.data(), exports.size());
  return v8::Module::CreateSyntheticModule(isolate, name, span, evaluate);
#else
  return v8::Module::CreateSyntheticModule(isolate, name, exports, evaluate);
#endif
}

inline bool IsFloat16Array(v8::Local<v8::Value> value) {
#if NODE_MODULE_VERSION >= 137
  return value->IsFloat16Array();
#else
  static_cast<void>(value);
  return false;
#endif
}

template <typename Buffer>
v8::MaybeLocal<v8::Value> NewFloat16Array(v8::Local<Buffer> buffer, size_t offset, size_t count) {
#if NODE_MODULE_VERSION >= 137
  return v8::Float16Array::New(buffer, offset, count);
#else
  static_cast<void>(buffer);
  static_cast<void>(offset);
  static_cast<void>(count);
  return {};
#endif
}

// The value that promise reactions and continuations of `await` find again. Kept by the context in V8 11.3, by the
// isolate since.
inline v8::MaybeLocal<v8::Value> ContinuationData(v8::Isolate* isolate) {
#if NODE_MODULE_VERSION >= 147
  v8::Local<v8::Data> data = isolate->GetContinuationPreservedEmbedderDataV2();
  if (data.IsEmpty() || !data->IsValue()) return {};
  return data.As<v8::Value>();
#elif NODE_MODULE_VERSION >= 127
  return isolate->GetContinuationPreservedEmbedderData();
#else
  return isolate->GetCurrentContext()->GetContinuationPreservedEmbedderData();
#endif
}

inline void SetContinuationData(v8::Isolate* isolate, v8::Local<v8::Value> value) {
#if NODE_MODULE_VERSION >= 147
  isolate->SetContinuationPreservedEmbedderDataV2(value);
#elif NODE_MODULE_VERSION >= 127
  isolate->SetContinuationPreservedEmbedderData(value);
#else
  isolate->GetCurrentContext()->SetContinuationPreservedEmbedderData(value);
#endif
}

// Since V8 13 the loop-unrolling pass drops the interrupt check of loops that it takes for short, endless ones such as
// `for (;;) new Array(1000).fill(1)` among them: neither a deadline nor a memory limit (nor Worker.terminate) can stop
// them then. The pass is switched off for what is compiled from now on. Measured in docs/interruptible-loops.md.
inline void KeepLoopsInterruptible() {
#if NODE_MODULE_VERSION >= 137
  v8::V8::SetFlagsFromString("--no-turboshaft-loop-unrolling");
#endif
}

}  // namespace offloop::abi

#endif  // OFFLOOP_ABI_H_
