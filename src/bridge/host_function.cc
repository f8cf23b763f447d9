#include "host_function.h"

#include "isolate.h"

using v8::Array;
using v8::Context;
using v8::Function;
using v8::FunctionTemplate;
using v8::Global;
using v8::Isolate;
using v8::Local;
using v8::Maybe;
using v8::MaybeLocal;
using v8::Nothing;
using v8::Object;
using v8::String;
using v8::Value;

namespace {

// Internal fields: V8's serializer hands objects that have some to the delegate.
constexpr int kId = 0;
constexpr int kName = 1;
constexpr int kFieldCount = 2;

struct Environment {
  Isolate* isolate = nullptr;
  Global<FunctionTemplate> shape;
  // Those that were packed since `ol_host_functions_met` was last asked.
  std::vector<Global<Object>> met;
};

thread_local Environment* environment = nullptr;

Environment& Here(Isolate* isolate) {
  if (environment == nullptr) {
    environment = new Environment;
    environment->isolate = isolate;
    Local<FunctionTemplate> shape = FunctionTemplate::New(isolate);
    shape->SetClassName(offloop::Name(isolate, "HostFunction"));
    shape->InstanceTemplate()->SetInternalFieldCount(kFieldCount);
    environment->shape.Reset(isolate, shape);
  }
  return *environment;
}

// Of the array behind each function in an isolate.
constexpr uint32_t kDataId = 0;
constexpr uint32_t kDataName = 1;
constexpr uint32_t kDataRun = 2;  // the run that it belongs to; 0: any
constexpr uint32_t kDataCount = 3;

// A call in a task. The promise is the prelude's to make.
void Call(const v8::FunctionCallbackInfo<Value>& info) {
  OlIsolate* self = OlIsolate::Entered();
  Isolate* isolate = info.GetIsolate();
  Local<Context> context = isolate->GetCurrentContext();
  Local<Array> data = info.Data().As<Array>();
  Local<Value> fields[kDataCount];
  for (uint32_t i = 0; i < kDataCount; i++) {
    if (!data->Get(context, i).ToLocal(&fields[i])) return;
  }
  auto run = static_cast<uint64_t>(fields[kDataRun].As<v8::Number>()->Value());
  std::vector<Local<Value>> list;
  for (int i = 0; i < info.Length(); i++) list.push_back(info[i]);
  Local<Value> arguments[] = {fields[kDataId], fields[kDataName],
                              v8::Boolean::New(isolate, run != 0 && run != self->runs),
                              Array::New(isolate, list.data(), list.size())};
  Local<Value> promise;
  if (self->CallHook(context, offloop::Name(isolate, "callHost"), 4, arguments).ToLocal(&promise)) {
    info.GetReturnValue().Set(promise);
  }
}

Local<Value> Field(Local<Object> object, int index) { return object->GetInternalField(index).As<Value>(); }

}  // namespace

namespace offloop {

bool IsHostFunction(Isolate* isolate, Local<Object> object) {
  return environment != nullptr && environment->isolate == isolate &&
         environment->shape.Get(isolate)->HasInstance(object);
}

Maybe<bool> WriteHostFunction(Isolate* isolate, Local<Context> context, v8::ValueSerializer* stream,
                              Local<Object> object) {
  environment->met.emplace_back(isolate, object);
  stream->WriteDouble(Field(object, kId).As<v8::Number>()->Value());
  return stream->WriteValue(context, Field(object, kName));
}

MaybeLocal<Object> ReadHostFunction(Isolate* isolate, Local<Context> context, v8::ValueDeserializer* stream,
                                    bool bound) {
  OlIsolate* self = OlIsolate::Entered();
  double id = 0;
  Local<Value> name;
  if (self == nullptr || self->v8() != isolate || !stream->ReadDouble(&id) ||
      !stream->ReadValue(context).ToLocal(&name)) {
    return {};
  }
  // No JavaScript may run while V8 reads a stream, so the prelude cannot make it.
  Local<Value> data[] = {v8::Number::New(isolate, id), name,
                         v8::Number::New(isolate, bound ? static_cast<double>(self->runs) : 0)};
  Local<Function> function;
  if (!name->IsString() || !Function::New(context, Call, Array::New(isolate, data, kDataCount), 0,
                                          v8::ConstructorBehavior::kThrow)
                                .ToLocal(&function)) {
    return {};
  }
  function->SetName(name.As<String>());
  return function.As<Object>();
}

void ForgetHostFunctions() { delete std::exchange(environment, nullptr); }

}  // namespace offloop

extern "C" {

OlValue ol_host_function_new(double id, OlText name) {
  Isolate* isolate = Isolate::GetCurrent();
  v8::EscapableHandleScope handles(isolate);
  Local<v8::Function> constructor;
  Local<Object> object;
  Local<String> text;
  Local<Context> context = isolate->GetCurrentContext();
  if (!Here(isolate).shape.Get(isolate)->GetFunction(context).ToLocal(&constructor) ||
      !constructor->NewInstance(context).ToLocal(&object)) {
    return offloop::ToOpaque(handles.Escape(v8::Null(isolate).As<Value>()));
  }
  object->SetInternalField(kId, v8::Number::New(isolate, id));
  object->SetInternalField(kName, offloop::MakeString(isolate, name).FromMaybe(String::Empty(isolate)));
  return offloop::ToOpaque(handles.Escape(object.As<Value>()));
}

OlValue ol_host_functions_met() {
  Isolate* isolate = Isolate::GetCurrent();
  v8::EscapableHandleScope handles(isolate);
  std::vector<Local<Value>> met;
  if (environment != nullptr) {
    for (const Global<Object>& object : environment->met) met.push_back(object.Get(isolate));
    environment->met.clear();
  }
  return offloop::ToOpaque(handles.Escape(Array::New(isolate, met.data(), met.size())).As<Value>());
}

}  // extern "C"
