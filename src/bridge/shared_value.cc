#include "shared_value.h"

#include <atomic>

#include "isolate.h"

namespace offloop {

using v8::Context;
using v8::Isolate;
using v8::Local;
using v8::MaybeLocal;
using v8::Object;
using v8::Value;

namespace {

std::atomic<uint64_t> last_id{0};
std::atomic<uint64_t> freed{0};

}  // namespace

SharedValue::SharedValue(std::unique_ptr<OlPayload> payload)
    : id_(last_id.fetch_add(1, std::memory_order_relaxed) + 1), payload_(std::move(payload)) {}

SharedValue::~SharedValue() {
  payload_.reset();
  freed.fetch_add(1, std::memory_order_release);
}

uint64_t SharedValue::Freed() { return freed.load(std::memory_order_acquire); }

size_t SharedValue::Bytes() const { return payload_->size + payload_->buffer_bytes; }

MaybeLocal<Object> Materialise(Isolate* isolate, Local<Context> context, const std::shared_ptr<SharedValue>& shared) {
  OlIsolate* self = OlIsolate::Entered();
  Realm* realm = self == nullptr ? nullptr : self->RealmOf(context);
  if (realm == nullptr) {
    isolate->ThrowException(v8::Exception::Error(Name(isolate, "offloop: a shared value was met outside a task")));
    return {};
  }
  auto found = realm->shares.find(shared->id());
  if (found != realm->shares.end()) return found->second.value.Get(isolate);
  Local<Value> value;
  if (!Unpack(isolate, context, shared->payload(), Reading::kCopy).ToLocal(&value)) return {};
  if (!value->IsObject()) {
    isolate->ThrowException(v8::Exception::Error(Name(isolate, "offloop: a shared value could not be read")));
    return {};
  }
  // By the prelude, whose built-ins no task can have changed.
  if (realm->CallHook(Name(isolate, "freeze"), 1, &value).IsEmpty()) return {};
  Local<Object> object = value.As<Object>();
  realm->shares.emplace(shared->id(), SharedCopy{v8::Global<Object>(isolate, object), shared, shared->Bytes()});
  return object;
}

}  // namespace offloop

void OlIsolate::DropFreedShares() {
  uint64_t freed = offloop::SharedValue::Freed();
  if (freed == shares_freed) return;
  shares_freed = freed;
  for (offloop::Realm* each : realms) {
    for (auto copy = each->shares.begin(); copy != each->shares.end();) {
      if (!copy->second.source.expired()) {
        ++copy;
        continue;
      }
      dropped_bytes += copy->second.bytes;
      copy = each->shares.erase(copy);
    }
  }
}
