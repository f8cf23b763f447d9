// The main thread's ends of a task: packing what goes out, unpacking what comes back.
#include "isolate.h"
#include "payload.h"

using offloop::FromOpaque;
using offloop::Name;
using offloop::Pack;
using offloop::Packed;
using offloop::PackStatus;
using offloop::ToOpaque;
using v8::Array;
using v8::Context;
using v8::Isolate;
using v8::Local;
using v8::MaybeLocal;
using v8::Value;

namespace {

// As in lib/completions.js and `DeliveryKind` in src/isolate/ffi.rs.
enum Kind : uint32_t {
  kValue = 0,
  kThrown = 1,
  kFailed = 2,
  kConsole = 3,
  kPoolError = 4,
  kPoolClosed = 5,
  kIsolateCreated = 6,
  kIsolateDisposed = 7,
  kTimes = 8,
  kAnswered = 9,
  kTrouble = 10,
  kProgress = 11,
  kHostCall = 12,
  kInitFailed = 14,
  kIsolateLost = 16,
};

OlPayload* Packable(OlValue value, bool is_array, OlValue transfer_list, bool host_functions, uint32_t forbidden,
                    OlRefusal* refusal) {
  *refusal = {0, {nullptr, 0}, nullptr};
  Isolate* isolate = Isolate::GetCurrent();
  offloop::PackOptions options;
  options.host_functions = host_functions;
  options.forbidden = forbidden;
  if (transfer_list != nullptr && FromOpaque(transfer_list)->IsArray()) {
    options.transfer_list = FromOpaque(transfer_list);
  }
  Packed packed = Pack(isolate, isolate->GetCurrentContext(), FromOpaque(value), is_array, options);
  switch (packed.status) {
    case PackStatus::kPacked:
      return packed.payload.release();
    case PackStatus::kOutOfMemory:
      refusal->code = OL_REFUSED_OUT_OF_MEMORY;
      return nullptr;
    case PackStatus::kTerminated:
    case PackStatus::kNotCloneable:
      refusal->code = OL_REFUSED_NOT_CLONEABLE;
      refusal->message = offloop::MakeMessage(packed.problem.data(), packed.problem.size());
      if (!packed.cause.IsEmpty()) refusal->cause = ToOpaque(packed.cause);
      return nullptr;
  }
  return nullptr;
}

class Courier {
 public:
  Courier(Isolate* isolate, Local<Context> context) : isolate_(isolate), context_(context) {}

  void Append(OlDelivery& delivery, std::vector<Local<Value>>* triples) {
    std::unique_ptr<OlPayload> payload(delivery.payload);
    uint32_t kind = delivery.kind;
    Local<Value> value;
    if (!Read(delivery, payload.get()).ToLocal(&value)) {
      // Only memory can be short here: the stream is our own.
      kind = delivery.id > 0 ? uint32_t{kFailed} : kind;
      value = Pair(Name(isolate_, "OFFLOOP_ERR_NOT_CLONEABLE"), Name(isolate_, "the result could not be read back"));
    }
    if (kind == kValue && payload) delivery.clone_ns = payload->clone_ns;
    triples->push_back(v8::Number::New(isolate_, delivery.id));
    triples->push_back(v8::Integer::NewFromUnsigned(isolate_, kind));
    triples->push_back(value);
  }

 private:
  MaybeLocal<v8::Value> Read(const OlDelivery& delivery, OlPayload* payload) {
    v8::TryCatch quiet(isolate_);
    switch (delivery.kind) {
      case kValue:
      case kThrown:
      case kConsole:
      case kInitFailed:
      case kProgress:
        return offloop::Unpack(isolate_, context_, payload, offloop::Reading::kConsume);
      case kFailed:
        return Pair(Text(delivery.first), Text(delivery.second));
      case kPoolError: {
        Local<v8::Value> record;
        if (!offloop::Unpack(isolate_, context_, payload, offloop::Reading::kConsume).ToLocal(&record)) return {};
        Local<v8::Value> parts[] = {v8::Number::New(isolate_, delivery.number), Text(delivery.first), record};
        return Array::New(isolate_, parts, 3).As<v8::Value>();
      }
      case kHostCall: {
        Local<v8::Value> arguments;
        // Only memory can be short: the call is answered with that.
        if (!offloop::Unpack(isolate_, context_, payload, offloop::Reading::kConsume).ToLocal(&arguments)) {
          arguments = v8::Undefined(isolate_);
        }
        Local<v8::Value> parts[] = {v8::Number::New(isolate_, delivery.number),
                                    v8::Number::New(isolate_, delivery.second_number),
                                    v8::Number::New(isolate_, delivery.third_number), arguments};
        return Array::New(isolate_, parts, 4).As<v8::Value>();
      }
      case kTimes:
        return Pair(v8::Number::New(isolate_, delivery.number), v8::Number::New(isolate_, delivery.second_number));
      case kAnswered:
        if (delivery.first.length == 0) return v8::Undefined(isolate_).As<v8::Value>();
        return Pair(Text(delivery.first), Text(delivery.second));
      case kIsolateLost: {
        Local<v8::Value> parts[] = {v8::Number::New(isolate_, delivery.number), Text(delivery.first),
                                    Text(delivery.second)};
        return Array::New(isolate_, parts, 3).As<v8::Value>();
      }
      case kIsolateDisposed:
        return Pair(v8::Number::New(isolate_, delivery.number), Text(delivery.first));
      case kTrouble: {
        Local<v8::Value> parts[] = {v8::Number::New(isolate_, delivery.number), Text(delivery.first),
                                    Text(delivery.second)};
        return Array::New(isolate_, parts, 3).As<v8::Value>();
      }
      default:
        return v8::Number::New(isolate_, delivery.number).As<v8::Value>();
    }
  }

  Local<v8::Value> Pair(Local<v8::Value> first, Local<v8::Value> second) {
    Local<v8::Value> parts[] = {first, second};
    return Array::New(isolate_, parts, 2);
  }

  Local<v8::Value> Text(OlText text) {
    return offloop::MakeString(isolate_, text).FromMaybe(v8::String::Empty(isolate_));
  }

  Isolate* isolate_;
  Local<Context> context_;
};

}  // namespace

extern "C" {

OlPayload* ol_pack_arguments(OlValue arguments, OlValue transfer_list, OlRefusal* refusal) {
  return Packable(arguments, true, transfer_list, true, 0, refusal);
}

OlPayload* ol_pack_value(OlValue value, OlRefusal* refusal) { return Packable(value, false, nullptr, true, 0, refusal); }

OlPayload* ol_pack_data(OlValue value, OlRefusal* refusal) { return Packable(value, false, nullptr, false, 0, refusal); }

OlPayload* ol_pack_allowed(OlValue value, int is_array, OlValue transfer_list, uint32_t forbidden, OlRefusal* refusal) {
  return Packable(value, is_array != 0, transfer_list, true, forbidden, refusal);
}

void ol_payload_free(OlPayload* payload) { delete payload; }

uint64_t ol_payload_size(const OlPayload* payload) {
  uint64_t size = sizeof *payload + payload->size + payload->buffer_bytes;
  return size;
}

OlPayload* ol_record_error(OlValue error) {
  Isolate* isolate = Isolate::GetCurrent();
  return offloop::RecordError(isolate, isolate->GetCurrentContext(), FromOpaque(error), nullptr).release();
}

OlValue ol_deliver(OlDelivery* deliveries, size_t count) {
  Isolate* isolate = Isolate::GetCurrent();
  v8::EscapableHandleScope handles(isolate);
  Local<Context> context = isolate->GetCurrentContext();
  std::vector<Local<Value>> triples;
  triples.reserve(count * 3);
  Courier courier(isolate, context);
  for (size_t i = 0; i < count; i++) courier.Append(deliveries[i], &triples);
  return ToOpaque(handles.Escape(Array::New(isolate, triples.data(), triples.size())).As<Value>());
}

}  // extern "C"
