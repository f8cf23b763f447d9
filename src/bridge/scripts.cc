#include "scripts.h"

#include <string>

#include "isolate.h"

namespace offloop {

using v8::Context;
using v8::Isolate;
using v8::Local;
using v8::MaybeLocal;
using v8::Object;
using v8::String;
using v8::UnboundScript;
using v8::Value;

namespace {

// As many compiled functions as a pool keeps sources of.
constexpr size_t kMostFunctions = 4096;

// Around `prefix + body + suffix`, which is a function body that returns the function; called, it finds the link as its
// argument. No name is added to those that it sees: a scope object arrives as an argument, too, whose `arguments` the
// inner function hides with its own.
struct Wrapping {
  const char* before;
  const char* after;
};
constexpr Wrapping kPlain = {"(function(){", "\n})"};
constexpr Wrapping kScoped = {"(function(){with(arguments[0])return function(){", "\n}})"};

MaybeLocal<UnboundScript> Compile(Isolate* isolate, const std::string& text, OlText name, int line, int column,
                                  Local<v8::Data> options = {}) {
  Local<String> source;
  Local<String> resource;
  if (!MakeString(isolate, {text.data(), text.size()}).ToLocal(&source) || !MakeString(isolate, name).ToLocal(&resource)) {
    return {};
  }
  v8::ScriptOrigin origin = abi::Origin(isolate, resource, line, column, options);
  v8::ScriptCompiler::Source unit(source, origin);
  return v8::ScriptCompiler::CompileUnboundScript(isolate, &unit);
}

MaybeLocal<UnboundScript> CompileFunction(Isolate* isolate, const OlFunction& function, const Wrapping& wrapping) {
  std::string text = wrapping.before;
  // The user's first line keeps its columns: what stands before it counts from further left.
  int column = function.column - static_cast<int>(text.size());
  for (const OlText& part : {function.prefix, function.body, function.suffix}) text.append(part.data, part.length);
  text += wrapping.after;
  // For `import()` in it (modules.cc).
  Local<String> from;
  if (!MakeString(isolate, function.from).ToLocal(&from)) return {};
  Local<v8::PrimitiveArray> options = v8::PrimitiveArray::New(isolate, 1);
  options->Set(isolate, 0, from);
  return Compile(isolate, text, function.resource, function.line, column, options);
}

MaybeLocal<v8::Function> Bind(Realm* realm, Local<UnboundScript> script) {
  Local<Context> context = realm->context.Get(realm->owner->v8());
  Local<Value> value;
  if (!script->BindToCurrentContext()->Run(context).ToLocal(&value)) return {};
  if (value->IsFunction()) return value.As<v8::Function>();
  Isolate* isolate = realm->owner->v8();
  isolate->ThrowException(v8::Exception::Error(Name(isolate, "the task's source does not make a function")));
  return {};
}

}  // namespace

MaybeLocal<v8::Function> Scripts::Function(Realm* realm, ScriptKey key, const OlFunction& source,
                                           Local<Object> scope, Local<Value> link) {
  Isolate* isolate = realm->owner->v8();
  Local<UnboundScript> script;
  auto found = functions_.find(key);
  if (found != functions_.end()) {
    script = found->second.Get(isolate);
  } else {
    if (!CompileFunction(isolate, source, scope.IsEmpty() ? kPlain : kScoped).ToLocal(&script)) return {};
    functions_.emplace(key, v8::Global<UnboundScript>(isolate, script));
  }
  Local<v8::Function> wrapper;
  Local<Value> value;
  Local<Context> context = realm->context.Get(isolate);
  if (!Bind(realm, script).ToLocal(&wrapper)) return {};
  if (!scope.IsEmpty()) {
    Local<Value> argument = scope;
    if (!wrapper->Call(context, v8::Undefined(isolate), 1, &argument).ToLocal(&value)) return {};
    wrapper = value.As<v8::Function>();
  }
  if (!wrapper->Call(context, v8::Undefined(isolate), link.IsEmpty() ? 0 : 1, &link).ToLocal(&value)) return {};
  if (value->IsFunction()) return value.As<v8::Function>();
  isolate->ThrowException(v8::Exception::Error(Name(isolate, "the task's source does not make a function")));
  return {};
}

MaybeLocal<v8::Function> Scripts::Prelude(Realm* realm) {
  Isolate* isolate = realm->owner->v8();
  Local<UnboundScript> script;
  if (prelude_.IsEmpty()) {
    constexpr char kName[] = "offloop:runtime";
    if (!Compile(isolate, realm->owner->prelude_source, {kName, sizeof kName - 1}, 0, 0).ToLocal(&script)) return {};
    prelude_.Reset(isolate, script);
  } else {
    script = prelude_.Get(isolate);
  }
  return Bind(realm, script);
}

bool Scripts::full() const { return functions_.size() >= kMostFunctions; }

void Scripts::Clear() {
  functions_.clear();
  prelude_.Reset();
}

}  // namespace offloop
