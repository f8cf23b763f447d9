#include "native.h"

#include <cmath>
#include <iterator>

#include "reflect.h"

using v8::Array;
using v8::ArrayBufferView;
using v8::Context;
using v8::Function;
using v8::FunctionCallbackInfo;
using v8::HandleScope;
using v8::Isolate;
using v8::Local;
using v8::MaybeLocal;
using v8::Object;
using v8::String;
using v8::Uint8Array;
using v8::Value;

namespace {

using Arguments = FunctionCallbackInfo<Value>;

// The caller of a native function is the prelude, which has checked its arguments; what a task could still get wrong
// is answered by an exception, never by a crash.
void Throw(Isolate* isolate, const std::string& message) {
  Local<String> text;
  if (!String::NewFromUtf8(isolate, message.data(), v8::NewStringType::kNormal, static_cast<int>(message.size()))
           .ToLocal(&text)) {
    return;
  }
  isolate->ThrowException(v8::Exception::Error(text));
}

struct Failure {
  OlText kind;  // may be empty
  OlText message;
};

// Lets the prelude throw: calls argument `index` with the failure's kind, if it has one, and its message.
void Fail(const Arguments& info, int index, const Failure& failure) {
  Isolate* isolate = info.GetIsolate();
  Local<Context> context = isolate->GetCurrentContext();
  Local<String> message;
  Local<String> kind;
  if (!offloop::MakeString(isolate, failure.message).ToLocal(&message) ||
      !offloop::MakeString(isolate, failure.kind).ToLocal(&kind) || !info[index]->IsFunction()) {
    return;
  }
  Local<Value> arguments[] = {kind, message};
  int skip = failure.kind.length == 0 ? 1 : 0;
  offloop::Ignore(info[index].As<Function>()->Call(context, v8::Undefined(isolate), 2 - skip, arguments + skip));
}

uint32_t ToUint32(const Arguments& info, int index) {
  return info[index]->Uint32Value(info.GetIsolate()->GetCurrentContext()).FromMaybe(0);
}

// emit(method, args): one line of console output.
void Emit(const Arguments& info) {
  OlIsolate* self = OlIsolate::Entered();
  Isolate* isolate = info.GetIsolate();
  Local<Value> pair[] = {info[0], info[1]};
  Local<Array> call = Array::New(isolate, pair, 2);
  offloop::Packed packed = offloop::Pack(isolate, isolate->GetCurrentContext(), call, false, self->Packing());
  if (packed.status == offloop::PackStatus::kPacked) {
    self->calls->console(self->host, packed.payload.release());
  } else if (packed.status != offloop::PackStatus::kTerminated) {
    Throw(isolate, packed.problem);
  }
}

void Now(const Arguments& info) {
  OlIsolate* self = OlIsolate::Entered();
  double now = static_cast<double>(uv_hrtime() - self->born_ns) / 1e6;
  // Ticks with the clock of Date: the edges of another one would tell more.
  if (self->policy.coarse_clock()) now = std::floor(self->born_epoch_ms + now) - std::floor(self->born_epoch_ms);
  info.GetReturnValue().Set(now);
}

// timer(id, milliseconds, repeat, ref)
void Timer(const Arguments& info) {
  OlIsolate* self = OlIsolate::Entered();
  double milliseconds = info[1]->NumberValue(info.GetIsolate()->GetCurrentContext()).FromMaybe(1);
  if (!(milliseconds >= 0)) milliseconds = 0;
  self->timers.Start(ToUint32(info, 0), static_cast<uint64_t>(std::min(milliseconds, 2147483647.0)),
                     info[2]->IsTrue(), !info[3]->IsFalse());
}

void Untimer(const Arguments& info) { OlIsolate::Entered()->timers.Stop(ToUint32(info, 0)); }

void TimerRef(const Arguments& info) { OlIsolate::Entered()->timers.SetRef(ToUint32(info, 0), info[1]->IsTrue()); }

// What queueMicrotask queues: calls the function in `data`; nobody else would hear of what it throws.
void CallMicrotask(const Arguments& info) {
  OlIsolate* self = OlIsolate::Entered();
  Isolate* isolate = info.GetIsolate();
  Local<Context> context = isolate->GetCurrentContext();
  v8::TryCatch failure(isolate);
  offloop::Ignore(info.Data().As<Function>()->Call(context, v8::Undefined(isolate), 0, nullptr));
  if (failure.HasTerminated()) {
    failure.ReThrow();
  } else if (failure.HasCaught()) {
    self->Uncaught(context, failure.Exception());
  }
}

// microtask(fn)
void Microtask(const Arguments& info) {
  Isolate* isolate = info.GetIsolate();
  Local<Function> call;
  if (!info[0]->IsFunction() ||
      !Function::New(isolate->GetCurrentContext(), CallMicrotask, info[0]).ToLocal(&call)) {
    return;
  }
  isolate->GetCurrentContext()->GetMicrotaskQueue()->EnqueueMicrotask(isolate, call);
}

// tick(fn): calls it before the microtasks next run
void Tick(const Arguments& info) {
  Isolate* isolate = info.GetIsolate();
  offloop::Realm* realm = OlIsolate::Entered()->RealmOf(isolate->GetCurrentContext());
  if (realm != nullptr && info[0]->IsFunction()) realm->ticks.emplace_back(isolate, info[0].As<Function>());
}

// frame(): what continuations of the running code inherit; frame(value) sets it
void Frame(const Arguments& info) {
  Isolate* isolate = info.GetIsolate();
  if (info.Length() == 0) {
    Local<Value> frame;
    if (offloop::abi::ContinuationData(isolate).ToLocal(&frame)) info.GetReturnValue().Set(frame);
    return;
  }
  offloop::Realm* realm = OlIsolate::Entered()->RealmOf(isolate->GetCurrentContext());
  if (realm == nullptr) return;
  realm->continuation_used = true;
  offloop::abi::SetContinuationData(isolate, info[0]);
}

// memory() → bytes: resident set of the process; of the isolate the heap, used heap, outside of the heap, array buffers
void Memory(const Arguments& info) {
  OlIsolate* self = OlIsolate::Entered();
  Isolate* isolate = info.GetIsolate();
  v8::HeapStatistics heap;
  isolate->GetHeapStatistics(&heap);
  size_t resident = 0;
  if (uv_resident_set_memory(&resident) != 0) resident = 0;
  Local<Value> figures[5];
  size_t bytes[] = {resident, heap.total_heap_size(), heap.used_heap_size(), heap.external_memory(),
                    self->allocator->used()};
  for (int index = 0; index < 5; index++) figures[index] = v8::Number::New(isolate, static_cast<double>(bytes[index]));
  info.GetReturnValue().Set(Array::New(isolate, figures, 5));
}

// pending(+1 | -1): work outside the task's JavaScript that will come back.
void Pending(const Arguments& info) {
  OlIsolate* self = OlIsolate::Entered();
  int change = info[0]->Int32Value(info.GetIsolate()->GetCurrentContext()).FromMaybe(0);
  self->run.pending = std::max(0, self->run.pending + change);
}

// clone(value, transfer[], refuse): refuse(why) throws what JavaScript expects
void Clone(const Arguments& info) {
  Isolate* isolate = info.GetIsolate();
  Local<Context> context = isolate->GetCurrentContext();
  offloop::PackOptions options;
  if (info[1]->IsArray() && info[1].As<Array>()->Length() > 0) options.transfer_list = info[1];
  offloop::Packed packed = offloop::Pack(isolate, context, info[0], false, options);
  if (packed.status == offloop::PackStatus::kTerminated) return;
  if (packed.status != offloop::PackStatus::kPacked) {
    if (packed.threw) {
      isolate->ThrowException(packed.cause);
      return;
    }
    const std::string& words = packed.refusal.empty() ? packed.problem : packed.refusal;
    return Fail(info, 2, {{}, {words.data(), words.size()}});
  }
  Local<Value> value;
  if (offloop::Unpack(isolate, context, packed.payload.get(), offloop::Reading::kConsume).ToLocal(&value)) {
    info.GetReturnValue().Set(value);
  }
}

// move(value): an ArrayBuffer or a view whose bytes leave with the result instead of being copied.
void Move(const Arguments& info) {
  OlIsolate* self = OlIsolate::Entered();
  Isolate* isolate = info.GetIsolate();
  Local<Value> buffer = info[0];
  if (buffer->IsArrayBufferView()) buffer = buffer.As<ArrayBufferView>()->Buffer();
  if (!buffer->IsArrayBuffer()) {
    isolate->ThrowException(v8::Exception::TypeError(
        offloop::Name(isolate, "offloop.move() takes an ArrayBuffer, a typed array or a DataView")));
    return;
  }
  self->run.moved.emplace_back(isolate, buffer.As<v8::ArrayBuffer>());
  info.GetReturnValue().Set(info[0]);
}

// workerData(): a copy for this context
void WorkerData(const Arguments& info) {
  OlIsolate* self = OlIsolate::Entered();
  Isolate* isolate = info.GetIsolate();
  Local<Value> value;
  if (offloop::Unpack(isolate, isolate->GetCurrentContext(), self->worker_data, offloop::Reading::kCopy)
          .ToLocal(&value)) {
    info.GetReturnValue().Set(value);
  }
}

// facts(): JSON about the process; an empty object where code is told nothing of it
void Facts(const Arguments& info) {
  OlText facts = OlIsolate::Entered()->facts;
  if (facts.length == 0) facts = {"{}", 2};
  Local<String> text;
  if (offloop::MakeString(info.GetIsolate(), facts).ToLocal(&text)) info.GetReturnValue().Set(text);
}

// loader(): what loads modules in this context (src/runtime/loader), made when first asked for
void Loader(const Arguments& info) {
  OlIsolate* self = OlIsolate::Entered();
  offloop::Realm* realm = self->RealmOf(info.GetIsolate()->GetCurrentContext());
  Local<Object> loader;
  if (realm != nullptr && realm->Loader().ToLocal(&loader)) info.GetReturnValue().Set(loader);
}

MaybeLocal<Uint8Array> MakeBytes(Isolate* isolate, const void* data, size_t length) {
  void* copy = malloc(std::max<size_t>(length, 1));
  if (copy == nullptr) {
    Throw(isolate, "out of memory");
    return {};
  }
  if (length > 0) memcpy(copy, data, length);
  auto store = v8::ArrayBuffer::NewBackingStore(
      copy, length, [](void* bytes, size_t, void*) { free(bytes); }, nullptr);
  return Uint8Array::New(v8::ArrayBuffer::New(isolate, std::move(store)), 0, length);
}

// A copy of task data, whose size is the task's choice: a lack of memory is an exception, not the end of the process.
class Bytes {
 public:
  ~Bytes() {
    if (owned_) free(data_);
  }

  // As Copy, but reads memory outside of V8's heap where it is: for as long as `value` lives and no JavaScript runs.
  bool Borrow(Isolate* isolate, Local<Value> value) {
    if (value->IsArrayBufferView() && value.As<ArrayBufferView>()->HasBuffer()) {
      Local<ArrayBufferView> view = value.As<ArrayBufferView>();
      Local<Value> buffer = view->Buffer();
      // Shared memory could change under the operation's hands.
      if (buffer->IsSharedArrayBuffer()) return Copy(isolate, value);
      owned_ = false;
      size_ = view->ByteLength();
      if (size_ > 0) data_ = static_cast<char*>(buffer.As<v8::ArrayBuffer>()->Data()) + view->ByteOffset();
      return true;
    }
    return Copy(isolate, value);
  }

  // False with an exception pending.
  bool Copy(Isolate* isolate, Local<Value> value) {
    if (value->IsString()) {
      Local<String> text = value.As<String>();
      if (!Reserve(isolate, offloop::abi::Utf8Length(isolate, text))) return false;
      size_ = offloop::abi::WriteUtf8(isolate, text, static_cast<char*>(data_), size_);
      return true;
    }
    if (value->IsArrayBufferView()) {
      // Does not make a small typed array leave V8's heap.
      Local<ArrayBufferView> view = value.As<ArrayBufferView>();
      if (!Reserve(isolate, view->ByteLength())) return false;
      size_ = view->CopyContents(data_, size_);
      return true;
    }
    if (value->IsArrayBuffer()) return Copy(isolate, value.As<v8::ArrayBuffer>()->GetBackingStore());
    if (value->IsSharedArrayBuffer()) return Copy(isolate, value.As<v8::SharedArrayBuffer>()->GetBackingStore());
    return true;
  }

  const uint8_t* data() const { return static_cast<const uint8_t*>(data_); }
  size_t size() const { return size_; }
  OlText text() const { return {static_cast<const char*>(data_), size_}; }

 private:
  bool Copy(Isolate* isolate, const std::shared_ptr<v8::BackingStore>& store) {
    if (!Reserve(isolate, store->ByteLength())) return false;
    if (size_ > 0) memcpy(data_, store->Data(), size_);
    return true;
  }

  bool Reserve(Isolate* isolate, size_t size) {
    data_ = malloc(std::max<size_t>(size, 1));
    size_ = size;
    if (data_ != nullptr) return true;
    isolate->ThrowException(v8::Exception::RangeError(offloop::Name(isolate, "out of memory")));
    return false;
  }

  void* data_ = nullptr;
  size_t size_ = 0;
  bool owned_ = true;
};

// utf8Encode(string)
void Utf8Encode(const Arguments& info) {
  Isolate* isolate = info.GetIsolate();
  Bytes bytes;
  Local<Uint8Array> result;
  if (bytes.Copy(isolate, info[0]) && MakeBytes(isolate, bytes.data(), bytes.size()).ToLocal(&result)) {
    info.GetReturnValue().Set(result);
  }
}

// utf8EncodeInto(string, bytes) → [units read, bytes written]
void Utf8EncodeInto(const Arguments& info) {
  Isolate* isolate = info.GetIsolate();
  if (!info[0]->IsString() || !info[1]->IsUint8Array()) return;
  Local<Uint8Array> target = info[1].As<Uint8Array>();
  char* start = nullptr;
  Local<Value> buffer = target->Buffer();
  if (buffer->IsSharedArrayBuffer()) {
    start = static_cast<char*>(buffer.As<v8::SharedArrayBuffer>()->Data());
  } else {
    start = static_cast<char*>(buffer.As<v8::ArrayBuffer>()->Data());
  }
  size_t read = 0;
  size_t written = 0;
  if (start != nullptr) {
    written = offloop::abi::WriteUtf8(isolate, info[0].As<String>(), start + target->ByteOffset(),
                                      target->ByteLength(), &read);
  }
  Local<Value> pair[] = {v8::Number::New(isolate, static_cast<double>(read)),
                         v8::Number::New(isolate, static_cast<double>(written))};
  info.GetReturnValue().Set(Array::New(isolate, pair, 2));
}

// Frees what an operation made when V8 is done with it, be it on a thread of V8's, be it in another isolate.
struct OpBytes {
  const OlHost* calls;
  void* owner;
  size_t length;
  std::shared_ptr<offloop::CountingAllocator> allocator;

  ~OpBytes() {
    allocator->Release(length);
    calls->op_free(owner);
  }
};

// A Uint8Array over what an operation made. Takes the owner of `result` over.
MaybeLocal<Uint8Array> AdoptBytes(OlIsolate* self, OlOpResult* result) {
  Isolate* isolate = self->v8();
  size_t length = result->length;
  if (length <= 64) return MakeBytes(isolate, result->data, length);
  if (!self->HasRoom(length) || !self->allocator->Reserve(length)) {
    isolate->ThrowException(v8::Exception::RangeError(offloop::Name(isolate, "Array buffer allocation failed")));
    return {};
  }
  auto* bytes = new OpBytes{self->calls, std::exchange(result->owner, nullptr), length, self->allocator};
  auto store = v8::ArrayBuffer::NewBackingStore(
      const_cast<void*>(result->data), length,
      [](void*, size_t, void* owner) { delete static_cast<OpBytes*>(owner); }, bytes);
  return Uint8Array::New(v8::ArrayBuffer::New(isolate, std::move(store)), 0, length);
}

MaybeLocal<Value> FromOp(OlIsolate* self, OlOpResult* owned) {
  Isolate* isolate = self->v8();
  const OlOpResult& result = *owned;
  auto* data = static_cast<const char*>(result.data);
  MaybeLocal<String> text;
  switch (result.kind) {
    case 1:
      text = String::NewFromOneByte(isolate, reinterpret_cast<const uint8_t*>(data == nullptr ? "" : data),
                                    v8::NewStringType::kNormal, static_cast<int>(result.length));
      break;
    case 2:
      text = offloop::MakeString(isolate, {data, result.length});
      break;
    case 3:
      text = String::NewFromTwoByte(isolate, static_cast<const uint16_t*>(result.data), v8::NewStringType::kNormal,
                                    static_cast<int>(result.length / 2));
      break;
    case 4: {
      Local<Uint8Array> bytes;
      if (!AdoptBytes(self, owned).ToLocal(&bytes)) return {};
      return bytes.As<Value>();
    }
    default:
      return {};
  }
  Local<String> string;
  if (!text.ToLocal(&string)) {
    Throw(isolate, "Cannot create a string longer than V8 allows");
    return {};
  }
  return string.As<Value>();
}

// What the operation keeps lives as long as `holder`.
void Hold(const Arguments& info, OlIsolate* self, Local<Value> holder, const OlOpResult& result) {
  if (self->stopped() || !holder->IsObject()) {
    self->calls->op_drop(self->host, result.state);
  } else if (self->held.Add(holder.As<Object>(), result.state, result.state_bytes)) {
    info.GetReturnValue().Set(result.state);
  } else {
    self->v8()->ThrowException(
        v8::Exception::RangeError(offloop::Name(self->v8(), "Array buffer allocation failed")));
  }
}

// op(number, flags, text | null, bytes | null, fail, holder?): an operation written in Rust; fail(kind, message) throws.
void Op(const Arguments& info) {
  OlIsolate* self = OlIsolate::Entered();
  Isolate* isolate = info.GetIsolate();
  Bytes text;
  Bytes bytes;
  if (!text.Borrow(isolate, info[2]) || !bytes.Borrow(isolate, info[3])) return;
  OlOpCall call{ToUint32(info, 0), ToUint32(info, 1), text.text(), bytes.data(), bytes.size(), self};
  OlOpResult result{};
  self->calls->op(self->host, &call, &result);
  if (result.kind == 6) {
    Hold(info, self, info[5], result);
  } else if (self->stopped()) {
    // The operation may have given up, and its error would be shown to nobody.
  } else if (result.kind == 5) {
    Fail(info, 4, {result.error_kind, {static_cast<const char*>(result.data), result.length}});
  } else {
    Local<Value> value;
    if (FromOp(self, &result).ToLocal(&value)) info.GetReturnValue().Set(value);
  }
  if (result.owner != nullptr) self->calls->op_free(result.owner);
}

// release(number): ends that.
void Release(const Arguments& info) { OlIsolate::Entered()->held.Release(ToUint32(info, 0)); }

constexpr offloop::NativeFunction kFunctions[] = {
    {"emit", Emit},         {"now", Now},         {"timer", Timer},           {"untimer", Untimer},
    {"timerRef", TimerRef}, {"clone", Clone},     {"microtask", Microtask},   {"pending", Pending},
    {"release", Release},
    {"move", Move},         {"op", Op},           {"utf8Encode", Utf8Encode}, {"utf8EncodeInto", Utf8EncodeInto},
    {"workerData", WorkerData},             {"loader", Loader},   {"facts", Facts},
    {"call", offloop::CallHost}, {"progress", offloop::TellProgress},
    {"kindOf", offloop::KindOf}, {"proxyDetails", offloop::ProxyDetails},
    {"promiseDetails", offloop::PromiseDetails}, {"previewEntries", offloop::PreviewEntries},
    {"constructorName", offloop::ConstructorName}, {"ownNonIndexProperties", offloop::OwnNonIndexProperties},
    {"frame", Frame},                {"tick", Tick},         {"memory", Memory},
};

}  // namespace

namespace offloop {

MaybeLocal<Object> MakeFunctions(Local<Context> context, const NativeFunction* functions, size_t count) {
  Isolate* isolate = Isolate::GetCurrent();
  Local<Object> made = Object::New(isolate);
  for (size_t i = 0; i < count; i++) {
    const NativeFunction& entry = functions[i];
    Local<Function> function;
    Local<String> name;
    if (!String::NewFromUtf8(isolate, entry.name, v8::NewStringType::kInternalized).ToLocal(&name) ||
        !Function::New(context, entry.callback, {}, 0, v8::ConstructorBehavior::kThrow).ToLocal(&function) ||
        made->Set(context, name, function).IsNothing()) {
      return {};
    }
  }
  return made;
}

MaybeLocal<Object> MakeNative(Realm* realm, Local<Context> context) {
  Isolate* isolate = realm->owner->v8();
  Local<Object> native;
  if (!MakeFunctions(context, kFunctions, std::size(kFunctions)).ToLocal(&native)) return {};
  Local<Value> origin = v8::Number::New(isolate, realm->owner->TimeOrigin());
  Local<Value> coarse = v8::Boolean::New(isolate, realm->owner->policy.coarse_clock());
  if (native->Set(context, Name(isolate, "coarseClock"), coarse).IsNothing() ||
      native->Set(context, Name(isolate, "timeOrigin"), origin).IsNothing() ||
      native->Set(context, Name(isolate, "originals"), realm->originals.Get(isolate)).IsNothing()) {
    return {};
  }
  return native;
}

}  // namespace offloop
