#include "scripts.h"

#include <string>
#include <vector>

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

// Around `prefix + body + suffix`, which is a function body that returns the function; called, it finds the link and the
// units as its arguments. No name is added to those that it sees: a scope object arrives as an argument, too, whose
// `arguments` the inner function hides with its own.
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

MaybeLocal<UnboundScript> CompileWrapped(Isolate* isolate, const OlFunction& function, const OlUnit& part, bool scoped) {
  const Wrapping& wrapping = scoped ? kScoped : kPlain;
  std::string text = wrapping.before;
  // The user's first line keeps its columns: what stands before it counts from further left.
  int column = part.column - static_cast<int>(text.size());
  for (const OlText& piece : {part.prefix, part.body, part.suffix}) text.append(piece.data, piece.length);
  text += wrapping.after;
  // For `import()` in it (modules.cc).
  Local<String> from;
  if (!MakeString(isolate, function.from).ToLocal(&from)) return {};
  Local<v8::PrimitiveArray> options = v8::PrimitiveArray::New(isolate, 1);
  options->Set(isolate, 0, from);
  return Compile(isolate, text, function.resource, part.line, column, options);
}

// The function itself, in the form of its units.
OlUnit AsUnit(const OlFunction& function) {
  return {0, function.prefix, function.body, function.suffix, function.line, function.column};
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

// The function with the text as its body, which sees what is in `scope`.
MaybeLocal<v8::Function> Wrapper(Realm* realm, Local<UnboundScript> script, Local<Object> scope) {
  Local<v8::Function> wrapper;
  if (!Bind(realm, script).ToLocal(&wrapper) || scope.IsEmpty()) return wrapper;
  Isolate* isolate = realm->owner->v8();
  Local<Value> argument = scope;
  Local<Value> value;
  if (!wrapper->Call(realm->context.Get(isolate), v8::Undefined(isolate), 1, &argument).ToLocal(&value)) return {};
  return value.As<v8::Function>();
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
    if (!CompileWrapped(isolate, source, AsUnit(source), !scope.IsEmpty()).ToLocal(&script)) return {};
    functions_.emplace(key, v8::Global<UnboundScript>(isolate, script));
  }
  Local<v8::Function> wrapper;
  Local<Value> value;
  if (link.IsEmpty()) link = v8::Undefined(isolate);
  Local<Value> arguments[] = {link, v8::Undefined(isolate)};
  if (source.unit_count > 0) {
    // Functions of one `context` option share it, be they called or in it.
    uint64_t context = key.place != ScriptKey::kFunction ? key.id : source.context != nullptr ? source.context->id : 0;
    ModuleKey module{source.module, context, std::string(source.from.data, source.from.length)};
    if (!Units(realm, module, source, scope, link).ToLocal(&arguments[1])) return {};
  }
  if (!Wrapper(realm, script, scope).ToLocal(&wrapper) ||
      !wrapper->Call(realm->context.Get(isolate), v8::Undefined(isolate), 2, arguments).ToLocal(&value)) {
    return {};
  }
  if (value->IsFunction()) return value.As<v8::Function>();
  isolate->ThrowException(v8::Exception::Error(Name(isolate, "the task's source does not make a function")));
  return {};
}

MaybeLocal<Value> Scripts::Units(Realm* realm, const ModuleKey& key, const OlFunction& source, Local<Object> scope,
                                 Local<Value> link) {
  Isolate* isolate = realm->owner->v8();
  Local<Context> context = realm->context.Get(isolate);
  Local<v8::Function> linker;
  if (!UnitLinker(realm).ToLocal(&linker)) return {};
  ModuleUnits& module = realm->units[key];
  if (module.kept.IsEmpty()) {
    module.kept.Reset(isolate, Object::New(isolate, v8::Null(isolate), nullptr, nullptr, 0));
  }
  std::vector<Local<Value>> ids;
  std::vector<Local<Value>> makers;
  for (const OlUnit* unit = source.units; unit != source.units + source.unit_count; unit++) {
    ids.push_back(v8::Integer::NewFromUnsigned(isolate, unit->id));
    Local<Value> maker = v8::Undefined(isolate);
    if (module.known.count(unit->id) == 0) {
      v8::Global<UnboundScript>& kept = units_[{key, unit->id}];
      Local<UnboundScript> script = kept.Get(isolate);
      Local<v8::Function> wrapper;
      if (script.IsEmpty()) {
        if (!CompileWrapped(isolate, source, *unit, !scope.IsEmpty()).ToLocal(&script)) return {};
        kept.Reset(isolate, script);
      }
      if (!Wrapper(realm, script, scope).ToLocal(&wrapper)) return {};
      maker = wrapper;
    }
    makers.push_back(maker);
  }
  Local<Value> arguments[] = {module.kept.Get(isolate), v8::Array::New(isolate, ids.data(), ids.size()),
                              v8::Array::New(isolate, makers.data(), makers.size()), link};
  Local<Value> fill;
  if (!linker->Call(context, v8::Undefined(isolate), 4, arguments).ToLocal(&fill)) return {};
  for (const OlUnit* unit = source.units; unit != source.units + source.unit_count; unit++) module.known.insert(unit->id);
  return fill;
}

MaybeLocal<v8::Function> Scripts::UnitLinker(Realm* realm) {
  Isolate* isolate = realm->owner->v8();
  if (!realm->link_units.IsEmpty()) return realm->link_units.Get(isolate);
  Local<UnboundScript> script = unit_linker_.Get(isolate);
  if (script.IsEmpty()) {
    constexpr char kName[] = "offloop:units";
    if (!Compile(isolate, realm->owner->units_source, {kName, sizeof kName - 1}, 0, 0).ToLocal(&script)) return {};
    unit_linker_.Reset(isolate, script);
  }
  Local<v8::Function> linker;
  if (!Bind(realm, script).ToLocal(&linker)) return {};
  realm->link_units.Reset(isolate, linker);
  return linker;
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

bool Scripts::full() const { return functions_.size() + units_.size() >= kMostFunctions; }

void Scripts::Clear() {
  functions_.clear();
  units_.clear();
  unit_linker_.Reset();
  prelude_.Reset();
}

}  // namespace offloop
