#include "sources.h"

#include "isolate.h"

namespace offloop {

using v8::Function;
using v8::Isolate;
using v8::Local;
using v8::MaybeLocal;
using v8::ScriptCompiler;
using v8::String;

namespace {

// A text that stays Rust's, for as long as V8 has the string.
class LentText : public String::ExternalOneByteStringResource {
 public:
  explicit LentText(SourceAnswer source) : source_(std::move(source)) {}
  const char* data() const override { return (*source_)->text.data; }
  size_t length() const override { return (*source_)->text.length; }

 private:
  SourceAnswer source_;
};

// Below it a copy costs less than what V8 keeps of a string that is not its own.
constexpr size_t kWorthLending = 1024;

}  // namespace

MaybeLocal<String> TextOf(Isolate* isolate, const SourceAnswer& source) {
  const OlText& text = (*source)->text;
  if ((*source)->ascii == 0 || text.length < kWorthLending ||
      text.length > static_cast<size_t>(String::kMaxLength)) {
    return MakeString(isolate, text);
  }
  auto lent = std::make_unique<LentText>(source);
  MaybeLocal<String> string = String::NewExternalOneByte(isolate, lent.get());
  if (!string.IsEmpty()) static_cast<void>(lent.release());  // V8 deletes it
  return string;
}

ScriptCompiler::CachedData* CacheOf(const SourceAnswer& source) {
  const OlText& cache = (*source)->cache;
  if (cache.data == nullptr || cache.length == 0) return nullptr;
  return new ScriptCompiler::CachedData(reinterpret_cast<const uint8_t*>(cache.data),
                                        static_cast<int>(cache.length));
}

void Warm::Keep(Isolate* isolate) const {
  std::unique_ptr<ScriptCompiler::CachedData> cache(
      module_.IsEmpty() ? ScriptCompiler::CreateCodeCacheForFunction(function_.Get(isolate))
                        : ScriptCompiler::CreateCodeCache(module_.Get(isolate)));
  if (!cache) return;
  source_->calls()->keep_code((*source_)->owner,
                              {reinterpret_cast<const char*>(cache->data), static_cast<size_t>(cache->length)});
}

MaybeLocal<Function> CompileBody(Realm* realm, const SourceAnswer& source, Local<String> resource,
                                 std::initializer_list<const char*> parameters) {
  Isolate* isolate = realm->owner->v8();
  Local<String> text;
  if (!TextOf(isolate, source).ToLocal(&text)) return {};
  std::vector<Local<String>> names;
  for (const char* parameter : parameters) {
    Local<String> name;
    if (!String::NewFromUtf8(isolate, parameter, v8::NewStringType::kInternalized).ToLocal(&name)) return {};
    names.push_back(name);
  }
  ScriptCompiler::CachedData* cache = CacheOf(source);
  ScriptCompiler::Source unit(text, abi::Origin(isolate, resource, 0, 0), cache);
  Local<Function> function;
  if (!ScriptCompiler::CompileFunction(
           isolate->GetCurrentContext(), &unit, names.size(), names.data(), 0, nullptr,
           cache != nullptr ? ScriptCompiler::kConsumeCodeCache : ScriptCompiler::kNoCompileOptions)
           .ToLocal(&function)) {
    return {};
  }
  if (cache == nullptr) realm->warm.emplace_back(isolate, function, source);
  return function;
}

}  // namespace offloop
