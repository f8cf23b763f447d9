// The functions that the loader (src/runtime/loader) reaches the bridge through. It checks its arguments; what could
// still be wrong is answered by an exception. `fail(code, message)` and `broken(error, file, line, column)` are
// arguments that throw.
#include <iterator>
#include <string>

#include "isolate.h"
#include "modules.h"
#include "native.h"
#include "sources.h"

using offloop::Name;
using offloop::SourceAnswer;
using v8::Array;
using v8::Context;
using v8::Function;
using v8::Integer;
using v8::Isolate;
using v8::Local;
using v8::MaybeLocal;
using v8::Module;
using v8::Object;
using v8::ScriptCompiler;
using v8::String;
using v8::TryCatch;
using v8::Value;

namespace {

using Arguments = v8::FunctionCallbackInfo<Value>;

// One call of one of the functions below.
class Call {
 public:
  explicit Call(const Arguments& info)
      : info_(info),
        self_(OlIsolate::Entered()),
        isolate_(info.GetIsolate()),
        context_(isolate_->GetCurrentContext()),
        realm_(self_->RealmOf(context_)) {}

  OlIsolate* self() const { return self_; }
  Isolate* isolate() const { return isolate_; }
  Local<Context> context() const { return context_; }
  // Null when it was dropped: nothing can be loaded into it any more.
  offloop::Realm* realm() const { return realm_; }

  uint32_t Number(int index) const { return info_[index]->Uint32Value(context_).FromMaybe(0); }

  Local<String> Text(int index) const {
    return info_[index]->IsString() ? info_[index].As<String>() : String::Empty(isolate_);
  }

  // Null, with an exception pending, when there is no such module.
  offloop::Modules::Record* Record(int index) const {
    offloop::Modules::Record* record = realm_ == nullptr ? nullptr : realm_->modules.Get(Number(index));
    if (record == nullptr) Throw("a module was dropped while it was used");
    return record;
  }

  void Throw(const std::string& message) const {
    Local<String> text;
    if (offloop::MakeString(isolate_, {message.data(), message.size()}).ToLocal(&text)) {
      isolate_->ThrowException(v8::Exception::Error(text));
    }
  }

  // The source of the file that the first two arguments, path and format, name; null when `fail` has thrown.
  SourceAnswer Source(int fail) const {
    auto answer = std::make_shared<offloop::ModuleAnswer>(self_->calls);
    String::Utf8Value path(isolate_, info_[0]);
    if (*path == nullptr) return nullptr;
    self_->calls->source(self_->host, {*path, static_cast<size_t>(path.length())}, Number(1), answer->out());
    if ((*answer)->kind == OL_MODULE_SOURCE) return answer;
    Fail(fail, *answer);
    return nullptr;
  }

  void Fail(int index, const offloop::ModuleAnswer& answer) const {
    Local<String> code;
    Local<String> message;
    if (!info_[index]->IsFunction() || !offloop::MakeString(isolate_, answer->name).ToLocal(&code) ||
        !offloop::MakeString(isolate_, answer->text).ToLocal(&message)) {
      return;
    }
    Local<Value> arguments[] = {code, message};
    offloop::Ignore(info_[index].As<Function>()->Call(context_, v8::Undefined(isolate_), 2, arguments));
  }

  // Does `work`; what V8 throws meanwhile is told by `broken`, with its place.
  template <typename Work>
  bool Guarded(int broken, Work work) const {
    Local<Value> arguments[4];
    {
      TryCatch failure(isolate_);
      if (work()) return true;
      if (failure.HasTerminated() || !failure.HasCaught() || !info_[broken]->IsFunction()) {
        failure.ReThrow();
        return false;
      }
      Local<v8::Message> message = failure.Message();
      arguments[0] = failure.Exception();
      arguments[1] = message.IsEmpty() ? Local<Value>(v8::Undefined(isolate_)) : message->GetScriptResourceName();
      arguments[2] = Integer::New(isolate_, message.IsEmpty() ? 0 : message->GetLineNumber(context_).FromMaybe(0));
      arguments[3] = Integer::New(isolate_, message.IsEmpty() ? 0 : message->GetStartColumn(context_).FromMaybe(0) + 1);
    }
    offloop::Ignore(info_[broken].As<Function>()->Call(context_, v8::Undefined(isolate_), 4, arguments));
    return false;
  }

  template <typename T>
  void Return(T value) const {
    info_.GetReturnValue().Set(value);
  }

 private:
  const Arguments& info_;
  OlIsolate* self_;
  Isolate* isolate_;
  Local<Context> context_;
  offloop::Realm* realm_;
};

// resolve(specifier, from, request, fail) → [path, format, suffix], or the name of a module of Node's own
void Resolve(const Arguments& info) {
  Call call(info);
  Isolate* isolate = call.isolate();
  String::Utf8Value specifier(isolate, info[0]);
  String::Utf8Value from(isolate, info[1]);
  if (*specifier == nullptr || *from == nullptr) return;
  offloop::ModuleAnswer answer(call.self()->calls);
  call.self()->calls->resolve(call.self()->host, {*specifier, static_cast<size_t>(specifier.length())},
                              {*from, static_cast<size_t>(from.length())}, call.Number(2), answer.out());
  if (answer->kind == OL_MODULE_FAILED) return call.Fail(3, answer);
  Local<String> name;
  Local<String> suffix;
  if (!offloop::MakeString(isolate, answer->name).ToLocal(&name) ||
      !offloop::MakeString(isolate, answer->suffix).ToLocal(&suffix)) {
    return;
  }
  if (answer->kind == OL_MODULE_BUILTIN) return call.Return(name);
  Local<Value> file[] = {name, Integer::NewFromUnsigned(isolate, answer->format), suffix};
  call.Return(Array::New(isolate, file, 3));
}

// format(path, format, fail) → what the text says that it is
void Format(const Arguments& info) {
  Call call(info);
  SourceAnswer source = call.Source(2);
  if (source) call.Return((*source)->format);
}

// text(path, format, fail)
void Text(const Arguments& info) {
  Call call(info);
  SourceAnswer source = call.Source(2);
  Local<String> text;
  if (source && offloop::TextOf(call.isolate(), source).ToLocal(&text)) call.Return(text);
}

// exportNames(path, format, fail) → what keepExportNames was given, in whatever isolate, or undefined
void ExportNames(const Arguments& info) {
  Call call(info);
  SourceAnswer source = call.Source(2);
  Local<String> names;
  if (source && (*source)->exports.data != nullptr &&
      offloop::MakeString(call.isolate(), (*source)->exports).ToLocal(&names)) {
    call.Return(names);
  }
}

// keepExportNames(path, format, fail, names)
void KeepExportNames(const Arguments& info) {
  Call call(info);
  SourceAnswer source = call.Source(2);
  String::Utf8Value names(call.isolate(), info[3]);
  if (source && *names != nullptr) {
    call.self()->calls->keep_exports((*source)->owner, {*names, static_cast<size_t>(names.length())});
  }
}

// compile(path, format, fail, broken) → function (exports, require, module, __filename, __dirname)
void Compile(const Arguments& info) {
  Call call(info);
  SourceAnswer source = call.Source(2);
  if (!source || call.realm() == nullptr) return;
  Local<Function> function;
  if (call.Guarded(3, [&] {
        return offloop::CompileBody(call.realm(), source, call.Text(0),
                                    {"exports", "require", "module", "__filename", "__dirname"})
            .ToLocal(&function);
      })) {
    call.Return(function);
  }
}

// builtin(name) → function (exports, require, module, native, facts), or undefined
void Builtin(const Arguments& info) {
  Call call(info);
  String::Utf8Value name(call.isolate(), info[0]);
  if (*name == nullptr || name.length() == 0 || call.realm() == nullptr) return;
  auto source = std::make_shared<offloop::ModuleAnswer>(call.self()->calls);
  call.self()->calls->builtin({*name, static_cast<size_t>(name.length())}, source->out());
  if ((*source)->kind != OL_MODULE_SOURCE) return;
  Local<String> resource = String::Concat(call.isolate(), Name(call.isolate(), "node:"), call.Text(0));
  Local<Function> function;
  if (offloop::CompileBody(call.realm(), source, resource, {"exports", "require", "module", "native", "facts"})
          .ToLocal(&function)) {
    call.Return(function);
  }
}

// builtinNames() → a line each
void BuiltinNames(const Arguments& info) {
  Call call(info);
  offloop::ModuleAnswer names(call.self()->calls);
  call.self()->calls->builtin_names(names.out());
  Local<String> text;
  if (offloop::MakeString(call.isolate(), names->text).ToLocal(&text)) call.Return(text);
}

// Compiles a module's text and gives it a number.
void AddModule(const Call& call, Local<String> text, Local<String> url, int broken, const SourceAnswer& source) {
  Isolate* isolate = call.isolate();
  if (call.realm() == nullptr) return;
  ScriptCompiler::CachedData* cache = source ? offloop::CacheOf(source) : nullptr;
  ScriptCompiler::Source unit(text, offloop::abi::Origin(isolate, url, 0, 0, {}, true), cache);
  Local<Module> module;
  if (!call.Guarded(broken, [&] {
        return ScriptCompiler::CompileModule(isolate, &unit,
                                             cache != nullptr ? ScriptCompiler::kConsumeCodeCache
                                                              : ScriptCompiler::kNoCompileOptions)
            .ToLocal(&module);
      })) {
    return;
  }
  if (source && cache == nullptr) call.realm()->warm.emplace_back(isolate, module->GetUnboundModuleScript(), source);
  call.Return(call.realm()->modules.Add(isolate, module, {}));
}

// compileModule(path, format, url, fail, broken) → number
void CompileModule(const Arguments& info) {
  Call call(info);
  SourceAnswer source = call.Source(3);
  Local<String> text;
  if (source && offloop::TextOf(call.isolate(), source).ToLocal(&text)) {
    AddModule(call, text, call.Text(2), 4, source);
  }
}

// compileText(text, url, broken) → number
void CompileText(const Arguments& info) {
  Call call(info);
  AddModule(call, call.Text(0), call.Text(1), 2, nullptr);
}

MaybeLocal<Value> EvaluateSynthetic(Local<Context> context, Local<Module> module) {
  OlIsolate* self = OlIsolate::Entered();
  Isolate* isolate = self->v8();
  offloop::Realm* realm = self->RealmOf(context);
  offloop::Modules::Record* record = realm == nullptr ? nullptr : realm->modules.Find(isolate, module);
  Local<v8::Promise::Resolver> resolver;
  if (record == nullptr || record->evaluate.IsEmpty()) {
    isolate->ThrowException(v8::Exception::Error(Name(isolate, "a module was dropped while it was used")));
    return {};
  }
  Local<Function> evaluate = record->evaluate.Get(isolate);
  if (evaluate->Call(context, v8::Undefined(isolate), 0, nullptr).IsEmpty() ||
      !v8::Promise::Resolver::New(context).ToLocal(&resolver) ||
      resolver->Resolve(context, v8::Undefined(isolate)).IsNothing()) {
    return {};
  }
  return resolver->GetPromise();
}

// synthetic(url, names, evaluate) → number; `evaluate` is called once, and sets the exports
void Synthetic(const Arguments& info) {
  Call call(info);
  if (!info[1]->IsArray() || !info[2]->IsFunction() || call.realm() == nullptr) return;
  std::vector<Local<String>> names;
  Local<Array> list = info[1].As<Array>();
  for (uint32_t i = 0; i < list->Length(); i++) {
    Local<Value> name;
    if (!list->Get(call.context(), i).ToLocal(&name)) return;
    if (name->IsString()) names.push_back(name.As<String>());
  }
  Local<Module> module =
      offloop::abi::CreateSyntheticModule(call.isolate(), call.Text(0), names, EvaluateSynthetic);
  call.Return(call.realm()->modules.Add(call.isolate(), module, info[2].As<Function>()));
}

// setExport(id, name, value)
void SetExport(const Arguments& info) {
  Call call(info);
  offloop::Modules::Record* record = call.Record(0);
  if (record == nullptr) return;
  Local<Module> module = record->module.Get(call.isolate());
  if (!module->IsSyntheticModule()) return call.Throw("this module sets its exports itself");
  offloop::Ignore(module->SetSyntheticModuleExport(call.isolate(), call.Text(1), info[2]));
}

// Value of key `type` among an import's attributes, or empty.
Local<String> TypeOf(Local<Context> context, Isolate* isolate, Local<v8::FixedArray> attributes) {
  for (int i = 0; i + 1 < attributes->Length(); i += 3) {
    Local<Value> key = offloop::abi::At(context, attributes, i).As<Value>();
    Local<Value> value = offloop::abi::At(context, attributes, i + 1).As<Value>();
    if (value->IsString() && key->StrictEquals(Name(isolate, "type"))) return value.As<String>();
  }
  return String::Empty(isolate);
}

// requests(id) → [specifier, [key, value, …], …]
void Requests(const Arguments& info) {
  Call call(info);
  Isolate* isolate = call.isolate();
  Local<Context> context = call.context();
  offloop::Modules::Record* record = call.Record(0);
  if (record == nullptr) return;
  Local<Module> module = record->module.Get(isolate);
  std::vector<Local<Value>> flat;
  if (module->IsSourceTextModule()) {
    Local<v8::FixedArray> requests = module->GetModuleRequests();
    for (int i = 0; i < requests->Length(); i++) {
      auto request = offloop::abi::At(context, requests, i).As<v8::ModuleRequest>();
      Local<v8::FixedArray> attributes = offloop::abi::ImportAttributes(request);
      std::vector<Local<Value>> pairs;
      for (int j = 0; j + 1 < attributes->Length(); j += 3) {
        pairs.push_back(offloop::abi::At(context, attributes, j).As<Value>());
        pairs.push_back(offloop::abi::At(context, attributes, j + 1).As<Value>());
      }
      flat.push_back(request->GetSpecifier());
      flat.push_back(Array::New(isolate, pairs.data(), pairs.size()));
    }
  }
  call.Return(Array::New(isolate, flat.data(), flat.size()));
}

// link(id, ids): what its requests lead to
void Link(const Arguments& info) {
  Call call(info);
  offloop::Modules::Record* record = call.Record(0);
  if (record == nullptr || !info[1]->IsArray()) return;
  Local<Array> list = info[1].As<Array>();
  std::vector<uint32_t> links;
  for (uint32_t i = 0; i < list->Length(); i++) {
    Local<Value> id;
    if (!list->Get(call.context(), i).ToLocal(&id)) return;
    links.push_back(id->Uint32Value(call.context()).FromMaybe(0));
  }
  record->links = std::move(links);
}

MaybeLocal<Module> ResolveRequest(Local<Context> context, Local<String> specifier,
                                  Local<v8::FixedArray> attributes, Local<Module> referrer) {
  OlIsolate* self = OlIsolate::Entered();
  Isolate* isolate = self->v8();
  offloop::Realm* realm = self->RealmOf(context);
  offloop::Modules::Record* record = realm == nullptr ? nullptr : realm->modules.Find(isolate, referrer);
  if (record != nullptr) {
    Local<String> type = TypeOf(context, isolate, attributes);
    Local<v8::FixedArray> requests = referrer->GetModuleRequests();
    for (int i = 0; i < requests->Length() && static_cast<size_t>(i) < record->links.size(); i++) {
      auto request = offloop::abi::At(context, requests, i).As<v8::ModuleRequest>();
      if (!request->GetSpecifier()->StringEquals(specifier) ||
          !TypeOf(context, isolate, offloop::abi::ImportAttributes(request))->StringEquals(type)) {
        continue;
      }
      offloop::Modules::Record* target = realm->modules.Get(record->links[static_cast<size_t>(i)]);
      if (target != nullptr) return target->module.Get(isolate);
    }
  }
  isolate->ThrowException(v8::Exception::Error(Name(isolate, "a module was dropped while it was used")));
  return {};
}

// instantiate(id, broken)
void Instantiate(const Arguments& info) {
  Call call(info);
  offloop::Modules::Record* record = call.Record(0);
  if (record == nullptr) return;
  Local<Module> module = record->module.Get(call.isolate());
  if (module->GetStatus() != Module::kUninstantiated) return;
  static_cast<void>(call.Guarded(
      1, [&] { return module->InstantiateModule(call.context(), ResolveRequest).FromMaybe(false); }));
}

// evaluate(id) → promise
void Evaluate(const Arguments& info) {
  Call call(info);
  offloop::Modules::Record* record = call.Record(0);
  if (record == nullptr) return;
  Local<Module> module = record->module.Get(call.isolate());
  switch (module->GetStatus()) {
    case Module::kInstantiated:
    case Module::kEvaluated:
    case Module::kErrored:
      break;
    default:
      return call.Throw("a module cannot be evaluated now");
  }
  Local<Value> promise;
  if (module->Evaluate(call.context()).ToLocal(&promise)) call.Return(promise);
}

// status(id): 0 uninstantiated, 1 instantiating, 2 instantiated, 3 evaluating, 4 evaluated, 5 errored
void Status(const Arguments& info) {
  Call call(info);
  offloop::Modules::Record* record = call.Record(0);
  if (record != nullptr) call.Return(static_cast<int32_t>(record->module.Get(call.isolate())->GetStatus()));
}

bool IsLinked(Local<Module> module) { return module->GetStatus() >= Module::kInstantiated; }

// isAsync(id): whether a top-level await is in the graph
void IsAsync(const Arguments& info) {
  Call call(info);
  offloop::Modules::Record* record = call.Record(0);
  if (record == nullptr) return;
  Local<Module> module = record->module.Get(call.isolate());
  call.Return(IsLinked(module) && module->GetStatus() != Module::kErrored && module->IsGraphAsync());
}

// namespaceOf(id)
void NamespaceOf(const Arguments& info) {
  Call call(info);
  offloop::Modules::Record* record = call.Record(0);
  if (record == nullptr) return;
  Local<Module> module = record->module.Get(call.isolate());
  if (!IsLinked(module)) return call.Throw("a module has no namespace yet");
  call.Return(module->GetModuleNamespace());
}

// failure(id): what it threw
void Failure(const Arguments& info) {
  Call call(info);
  offloop::Modules::Record* record = call.Record(0);
  if (record == nullptr) return;
  Local<Module> module = record->module.Get(call.isolate());
  if (module->GetStatus() == Module::kErrored) call.Return(module->GetException());
}

// drop(id)
void Drop(const Arguments& info) {
  Call call(info);
  if (call.realm() != nullptr) call.realm()->modules.Drop(call.isolate(), call.Number(0));
}

constexpr offloop::NativeFunction kFunctions[] = {
    {"resolve", Resolve},
    {"format", Format},
    {"text", Text},
    {"exportNames", ExportNames},
    {"keepExportNames", KeepExportNames},
    {"compile", Compile},
    {"builtin", Builtin},
    {"builtinNames", BuiltinNames},
    {"compileModule", CompileModule},
    {"compileText", CompileText},
    {"synthetic", Synthetic},
    {"setExport", SetExport},
    {"requests", Requests},
    {"link", Link},
    {"instantiate", Instantiate},
    {"evaluate", Evaluate},
    {"status", Status},
    {"isAsync", IsAsync},
    {"namespaceOf", NamespaceOf},
    {"failure", Failure},
    {"drop", Drop},
};

}  // namespace

namespace offloop {

MaybeLocal<Object> MakeModuleNative(Local<Context> context) {
  return MakeFunctions(context, kFunctions, std::size(kFunctions));
}

}  // namespace offloop
