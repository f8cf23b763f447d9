// What V8 knows of a function that is about to be sent: its text, where it stands, and the realm it comes from.
#include "payload.h"

using offloop::FromOpaque;
using offloop::Name;
using offloop::ToOpaque;
using v8::Context;
using v8::Function;
using v8::Isolate;
using v8::Local;
using v8::Object;
using v8::String;
using v8::Value;

namespace {

// The object is new and plain: only a lack of memory could make this fail, and then the reader finds `undefined`.
void Set(Local<Context> context, Local<Object> object, Local<String> name, Local<Value> value) {
  offloop::Ignore(object->CreateDataProperty(context, name, value));
}

}  // namespace

extern "C" {

OlValue ol_describe(OlValue opaque) {
  Isolate* isolate = Isolate::GetCurrent();
  v8::EscapableHandleScope handles(isolate);
  Local<Context> context = isolate->GetCurrentContext();
  Local<Function> function = FromOpaque(opaque).As<Function>();
  v8::TryCatch quiet(isolate);
  Local<String> text;
  if (!function->FunctionProtoToString(context).ToLocal(&text)) text = String::Empty(isolate);

  bool proxy = function->IsProxy();
  v8::ScriptOrigin origin = proxy ? offloop::abi::Origin(isolate, v8::Undefined(isolate), 0, 0)
                                  : function->GetScriptOrigin();
  Local<Value> resource = origin.ResourceName();
  int script_id = proxy ? v8::UnboundScript::kNoScriptId : function->ScriptId();
  bool bound = !proxy && function->GetBoundFunction()->IsFunction();
  Local<Context> realm;
  bool foreign = !proxy && offloop::abi::CreationContext(isolate, function).ToLocal(&realm) && realm != context;

  Local<Object> description = Object::New(isolate);
  auto number = [&](int value) { return v8::Integer::New(isolate, value); };
  Set(context, description, Name(isolate, "text"), text);
  Set(context, description, Name(isolate, "scriptId"), number(script_id));
  Set(context, description, Name(isolate, "line"), number(proxy ? 0 : function->GetScriptLineNumber()));
  Set(context, description, Name(isolate, "column"), number(proxy ? 0 : function->GetScriptColumnNumber()));
  Set(context, description, Name(isolate, "resourceName"),
      !resource.IsEmpty() && resource->IsString() ? resource : String::Empty(isolate).As<Value>());
  Set(context, description, Name(isolate, "lineOffset"), number(origin.LineOffset()));
  Set(context, description, Name(isolate, "columnOffset"), number(origin.ColumnOffset()));
  Set(context, description, Name(isolate, "native"),
      v8::Boolean::New(isolate, proxy || bound || script_id == v8::UnboundScript::kNoScriptId));
  Set(context, description, Name(isolate, "foreignRealm"), v8::Boolean::New(isolate, foreign));
  return ToOpaque(handles.Escape(description));
}

OlValue ol_strict_probe(OlValue opaque) {
  Isolate* isolate = Isolate::GetCurrent();
  Local<Context> context = isolate->GetCurrentContext();
  Local<Function> function = FromOpaque(opaque).As<Function>();
  if (function->IsProxy()) return ToOpaque(v8::Null(isolate));
  v8::TryCatch quiet(isolate);
  Local<Value> value;
  // Of a sloppy function made with `function` this reads null; of a strict one, and of arrows and methods strict or not,
  // it throws.
  if (function->Get(context, Name(isolate, "arguments")).ToLocal(&value)) return ToOpaque(v8::False(isolate));
  bool constructor = function->HasOwnProperty(context, Name(isolate, "prototype")).FromMaybe(false);
  if (constructor && !function->IsGeneratorFunction()) return ToOpaque(v8::True(isolate));
  return ToOpaque(v8::Null(isolate));
}

OlValue ol_enclosing_source(int32_t script_id) {
  constexpr int kMostFrames = 64;
  Isolate* isolate = Isolate::GetCurrent();
  v8::EscapableHandleScope handles(isolate);
  auto options = static_cast<v8::StackTrace::StackTraceOptions>(v8::StackTrace::kDetailed |
                                                                v8::StackTrace::kExposeFramesAcrossSecurityOrigins);
  Local<v8::StackTrace> stack = v8::StackTrace::CurrentStackTrace(isolate, kMostFrames, options);
  for (int i = 0; i < stack->GetFrameCount(); i++) {
    Local<v8::StackFrame> frame = stack->GetFrame(isolate, static_cast<uint32_t>(i));
    if (frame->GetScriptId() != script_id) continue;
    Local<String> source = frame->GetScriptSource();
    if (!source.IsEmpty() && source->Length() > 0) return ToOpaque(handles.Escape(source.As<Value>()));
  }
  return ToOpaque(handles.Escape(v8::Null(isolate).As<Value>()));
}

OlValue ol_realm_errors(OlValue opaque) {
  Isolate* isolate = Isolate::GetCurrent();
  v8::EscapableHandleScope handles(isolate);
  Local<Context> current = isolate->GetCurrentContext();
  Local<Context> realm;
  Local<Value> function = FromOpaque(opaque);
  if (function->IsProxy() || !offloop::abi::CreationContext(isolate, function.As<Object>()).ToLocal(&realm)) {
    realm = current;
  }
  Local<Object> errors = Object::New(isolate);
  v8::TryCatch quiet(isolate);
  for (const char* name : {"Error", "TypeError", "RangeError", "SyntaxError", "ReferenceError", "EvalError", "URIError",
                           "AggregateError", "SuppressedError"}) {
    Local<String> key = String::NewFromUtf8(isolate, name, v8::NewStringType::kInternalized).ToLocalChecked();
    Local<Value> constructor;
    if (realm->Global()->Get(realm, key).ToLocal(&constructor) && constructor->IsFunction()) {
      Set(current, errors, key, constructor);
    }
  }
  return ToOpaque(handles.Escape(errors));
}

}  // extern "C"
