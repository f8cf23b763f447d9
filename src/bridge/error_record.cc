// What a task threw, told in data: V8's own clone of an error loses its class, its properties and its `errors`.
#include <algorithm>

#include "isolate.h"

using v8::Array;
using v8::Context;
using v8::Isolate;
using v8::Local;
using v8::MaybeLocal;
using v8::Object;
using v8::String;
using v8::TryCatch;
using v8::Value;

namespace {

constexpr size_t kMostNodes = 64;
constexpr uint32_t kMostProperties = 100;
constexpr uint32_t kMostErrors = 32;
constexpr int kLongestText = 64 * 1024;             // UTF-16 units of a message or a stack
constexpr size_t kLargestProperty = 1024 * 1024;    // bytes of one cloned property

// In this order: the first match is the nearest built-in class.
constexpr const char* kClasses[] = {"TypeError", "RangeError", "SyntaxError",    "ReferenceError",
                                    "EvalError", "URIError",   "AggregateError", "SuppressedError"};

class Recorder {
 public:
  Recorder(Isolate* isolate, Local<Context> context, OlIsolate* self)
      : self_(self), isolate_(isolate), context_(context), nodes_(Array::New(isolate_)) {}

  std::unique_ptr<OlPayload> Record(Local<Value> thrown) {
    Node(thrown);
    Local<Object> record = NewRecord();
    Set(record, "nodes", nodes_);
    TryCatch failure(isolate_);
    offloop::Packed packed = offloop::Pack(isolate_, context_, record, false, {});
    return std::move(packed.payload);
  }

 private:
  // Index of the value's node, made when it is new.
  uint32_t Node(Local<Value> value) {
    for (size_t i = 0; i < errors_.size(); i++) {
      if (errors_[i].first == value) return errors_[i].second;
    }
    uint32_t index = count_++;
    Local<Object> node = NewRecord();
    Put(index, node);
    if (IsError(value)) {
      errors_.emplace_back(value, index);
      Error(node, value.As<Object>());
    } else if (Cloneable(value)) {
      Set(node, "v", value);
    } else {
      Set(node, "d", Describe(value));
    }
    return index;
  }

  void Error(Local<Object> node, Local<Object> error) {
    Local<String> base = Base(error);
    Local<Value> message = Text(Read(error, "message"), "");
    Set(node, "base", base);
    Set(node, "name", Text(Read(error, "name"), "Error"));
    Set(node, "stack", Text(Read(error, "stack"), ""));
    Local<Array> properties = Properties(error);
    Set(node, "message", Explained(error, message.As<String>(), properties));
    Set(node, "props", properties);
    if (count_ >= kMostNodes) return;
    if (Owns(error, "cause")) Set(node, "cause", Number(Node(Read(error, "cause"))));
    if (!Owns(error, "errors")) return;
    Local<Value> list = Read(error, "errors");
    if (!list->IsArray()) return;
    Local<Array> indices = Array::New(isolate_);
    uint32_t length = std::min(list.As<Array>()->Length(), kMostErrors);
    for (uint32_t i = 0; i < length && count_ < kMostNodes; i++) {
      TryCatch quiet(isolate_);
      Local<Value> item;
      if (list.As<Array>()->Get(context_, i).ToLocal(&item)) Append(indices, Number(Node(item)));
    }
    Set(node, "errors", indices);
  }

  // A name that Node has and a task has not deserves better than "is not defined".
  Local<Value> Explained(Local<Object> error, Local<String> message, Local<Array> properties) {
    if (self_ == nullptr || !InheritsFrom(error, "ReferenceError")) return message;
    String::Utf8Value text(isolate_, message);
    if (*text == nullptr) return message;
    OlMessage better = self_->calls->explain({*text, static_cast<size_t>(text.length())});
    if (better.data == nullptr) return message;
    Local<String> result;
    bool made = offloop::MakeString(isolate_, {better.data, better.length}).ToLocal(&result);
    ol_message_free(better);
    if (!made) return message;
    Local<Value> pair[] = {offloop::Name(isolate_, "code"), offloop::Name(isolate_, "OFFLOOP_ERR_BUILTIN_UNAVAILABLE")};
    Append(properties, Array::New(isolate_, pair, 2));
    return result;
  }

  Local<Array> Properties(Local<Object> error) {
    Local<Array> properties = Array::New(isolate_);
    TryCatch quiet(isolate_);
    Local<Array> keys;
    auto filter = static_cast<v8::PropertyFilter>(v8::ONLY_ENUMERABLE | v8::SKIP_SYMBOLS);
    if (!error->GetOwnPropertyNames(context_, filter, v8::KeyConversionMode::kConvertToString).ToLocal(&keys)) {
      return properties;
    }
    for (uint32_t i = 0; i < keys->Length() && i < kMostProperties; i++) {
      Local<Value> key;
      if (Stopped()) return properties;
      if (!keys->Get(context_, i).ToLocal(&key) || IsTold(key)) continue;
      TryCatch getter(isolate_);
      Local<Value> value;
      if (!error->Get(context_, key).ToLocal(&value)) {
        value = offloop::Name(isolate_, "[a getter that throws]");
      }
      if (value->IsNativeError() || !Cloneable(value)) value = Describe(value);
      Local<Value> pair[] = {key, value};
      Append(properties, Array::New(isolate_, pair, 2));
    }
    return properties;
  }

  bool IsTold(Local<Value> key) {
    for (const char* told : {"name", "message", "stack", "cause", "errors"}) {
      if (key->StrictEquals(Key(told))) return true;
    }
    return false;
  }

  Local<String> Base(Local<Object> error) {
    for (const char* name : kClasses) {
      if (InheritsFrom(error, name)) return Key(name);
    }
    return Key("Error");
  }

  // Not V8's own alone: a DOMException is one by its prototype.
  bool IsError(Local<Value> value) {
    if (value->IsNativeError()) return true;
    return value->IsObject() && !value->IsProxy() && InheritsFrom(value.As<Object>(), "Error");
  }

  bool Stopped() const { return self_ != nullptr && self_->stopped(); }

  bool InheritsFrom(Local<Object> error, const char* name) {
    TryCatch quiet(isolate_);
    Local<Value> constructor;
    Local<Value> prototype;
    if (!context_->Global()->Get(context_, Key(name)).ToLocal(&constructor) || !constructor->IsObject() ||
        !constructor.As<Object>()->Get(context_, Key("prototype")).ToLocal(&prototype)) {
      return false;
    }
    Local<Value> link = offloop::abi::Prototype(error);
    for (int depth = 0; depth < 100 && link->IsObject() && !link->IsProxy(); depth++) {
      if (link == prototype) return true;
      link = offloop::abi::Prototype(link.As<Object>());
    }
    return false;
  }

  bool Cloneable(Local<Value> value) {
    if (!value->IsObject() && !value->IsSymbol()) return true;
    TryCatch quiet(isolate_);
    if (Stopped()) return false;
    offloop::Packed packed = offloop::Pack(isolate_, context_, value, false, {});
    return packed.status == offloop::PackStatus::kPacked && (!packed.payload || packed.payload->size + packed.payload->buffer_bytes <= kLargestProperty);
  }

  Local<Value> Describe(Local<Value> value) {
    TryCatch quiet(isolate_);
    Local<String> text;
    if (value->IsSymbol()) {
      Local<Value> description = value.As<v8::Symbol>()->Description(isolate_);
      return String::Concat(isolate_, Key("Symbol("),
                            String::Concat(isolate_, Text(description, "").As<String>(), Key(")")));
    }
    if (value->IsNativeError()) return Text(Read(value.As<Object>(), "stack"), "[Error]");
    if (value->IsProxy()) return Key("[Proxy]");
    if (value->IsFunction()) {
      Local<Value> name = value.As<v8::Function>()->GetName();
      return String::Concat(isolate_, Key("[Function: "),
                            String::Concat(isolate_, Text(name, "").As<String>(), Key("]")));
    }
    if (value->IsObject()) {
      return String::Concat(isolate_, Key("[object "),
                            String::Concat(isolate_, value.As<Object>()->GetConstructorName(), Key("]")));
    }
    if (value->ToDetailString(context_).ToLocal(&text)) return text;
    return Key("[a value that cannot be described]");
  }

  Local<Value> Read(Local<Object> object, const char* name) {
    TryCatch quiet(isolate_);
    Local<Value> value;
    if (Stopped() || !object->Get(context_, Key(name)).ToLocal(&value)) return v8::Undefined(isolate_);
    return value;
  }

  bool Owns(Local<Object> object, const char* name) {
    TryCatch quiet(isolate_);
    return !Stopped() && object->HasOwnProperty(context_, Key(name)).FromMaybe(false);
  }

  // A string, cut to size; `fallback` for anything else.
  Local<Value> Text(Local<Value> value, const char* fallback) {
    if (!value->IsString()) return Key(fallback);
    Local<String> string = value.As<String>();
    if (string->Length() <= kLongestText) return string;
    std::vector<uint16_t> units(static_cast<size_t>(string->Length()));
    offloop::abi::WriteTwoByte(isolate_, string, units.data());
    Local<String> cut;
    if (!String::NewFromTwoByte(isolate_, units.data(), v8::NewStringType::kNormal, kLongestText).ToLocal(&cut)) {
      return Key(fallback);
    }
    return String::Concat(isolate_, cut, Key("… (cut)"));
  }

  Local<String> Key(const char* text) {
    return String::NewFromUtf8(isolate_, text, v8::NewStringType::kInternalized).FromMaybe(String::Empty(isolate_));
  }

  Local<Value> Number(uint32_t value) { return v8::Integer::NewFromUnsigned(isolate_, value); }

  // Without a prototype: nothing of the task's own can be met on the way.
  Local<Object> NewRecord() { return Object::New(isolate_, v8::Null(isolate_), nullptr, nullptr, 0); }

  // New, plain objects: these fail only when the isolate is being terminated, and then nobody reads the record.
  void Set(Local<Object> record, const char* name, Local<Value> value) {
    offloop::Ignore(record->CreateDataProperty(context_, Key(name), value));
  }

  void Put(uint32_t index, Local<Value> node) { offloop::Ignore(nodes_->CreateDataProperty(context_, index, node)); }

  void Append(Local<Array> array, Local<Value> value) {
    offloop::Ignore(array->CreateDataProperty(context_, array->Length(), value));
  }

  OlIsolate* self_;
  Isolate* isolate_;
  Local<Context> context_;
  Local<Array> nodes_;
  uint32_t count_ = 0;
  std::vector<std::pair<Local<Value>, uint32_t>> errors_;
};

}  // namespace

namespace offloop {

std::unique_ptr<OlPayload> RecordError(Isolate* isolate, Local<Context> context, Local<Value> error,
                                       OlIsolate* self) {
  v8::HandleScope handles(isolate);
  TryCatch failure(isolate);
  return Recorder(isolate, context, self).Record(error);
}

}  // namespace offloop
