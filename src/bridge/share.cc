// A handle is an object with one internal field, its number: V8's serializer offers objects with such fields to our
// delegate, at no cost for all others.
#include "share.h"

#include <unordered_map>

#include "bridge.h"
#include "payload.h"

namespace offloop {

using v8::FunctionTemplate;
using v8::Isolate;
using v8::Local;
using v8::Object;
using v8::Value;

namespace {

// Outlives the handle by a moment: freed in the second of V8's two callbacks.
struct Watch {
  v8::Global<Object> handle;
  uint64_t id;
  int64_t counted;  // bytes that the environment's heap believes to be its own
};

struct Held {
  std::shared_ptr<SharedValue> value;
  Watch* watch;
};

struct Shares {
  v8::Global<FunctionTemplate> shape;
  std::unordered_map<uint64_t, Held> held;
};

// Made with the first share; never destroyed by the thread's end, when the environment's isolate may be gone.
thread_local Shares* shares = nullptr;

void Uncount(Isolate* isolate, Watch* watch) {
  isolate->AdjustAmountOfExternalAllocatedMemory(-watch->counted);
  watch->counted = 0;
}

// Called in the middle of a collection: the bytes are given back at once, so that a loop that makes and drops shares
// without ever returning to the event loop stays flat.
void OnCollected(const v8::WeakCallbackInfo<Watch>& info) {
  Watch* watch = info.GetParameter();
  watch->handle.Reset();
  if (shares != nullptr) shares->held.erase(watch->id);
  info.SetSecondPassCallback([](const v8::WeakCallbackInfo<Watch>& after) {
    Uncount(after.GetIsolate(), after.GetParameter());
    delete after.GetParameter();
  });
}

uint64_t IdOf(Local<Object> handle) {
  Local<Value> id = handle->GetInternalField(0).As<Value>();
  return id->IsNumber() ? static_cast<uint64_t>(id.As<v8::Number>()->Value()) : 0;
}

Shares* Open(Isolate* isolate) {
  if (shares != nullptr) return shares;
  shares = new Shares;
  Local<FunctionTemplate> shape = FunctionTemplate::New(isolate);
  shape->InstanceTemplate()->SetInternalFieldCount(1);
  shares->shape.Reset(isolate, shape);
  return shares;
}

}  // namespace

bool IsShare(Isolate* isolate, Local<Object> object) {
  return shares != nullptr && shares->shape.Get(isolate)->HasInstance(object);
}

std::shared_ptr<SharedValue> ShareOf(Isolate* isolate, Local<Object> handle) {
  if (!IsShare(isolate, handle)) return nullptr;
  auto found = shares->held.find(IdOf(handle));
  return found == shares->held.end() ? nullptr : found->second.value;
}

void ForgetShares() {
  if (shares == nullptr) return;
  for (auto& [id, held] : shares->held) delete held.watch;
  delete shares;
  shares = nullptr;
}

}  // namespace offloop

using offloop::FromOpaque;
using v8::Isolate;
using v8::Local;
using v8::Object;
using v8::Value;

extern "C" {

OlValue ol_share(OlValue value, OlRefusal* refusal) {
  std::unique_ptr<OlPayload> payload(ol_pack_data(value, refusal));
  if (refusal->code != 0 || !payload) return nullptr;
  Isolate* isolate = Isolate::GetCurrent();
  offloop::Shares* shares = offloop::Open(isolate);
  auto shared = std::make_shared<offloop::SharedValue>(std::move(payload));
  Local<Object> handle;
  if (!shares->shape.Get(isolate)
           ->InstanceTemplate()
           ->NewInstance(isolate->GetCurrentContext())
           .ToLocal(&handle)) {
    refusal->code = OL_REFUSED_OUT_OF_MEMORY;
    return nullptr;
  }
  handle->SetInternalField(0, v8::Number::New(isolate, static_cast<double>(shared->id())));
  auto* watch = new offloop::Watch{{isolate, handle}, shared->id(), static_cast<int64_t>(shared->Bytes())};
  watch->handle.SetWeak(watch, offloop::OnCollected, v8::WeakCallbackType::kParameter);
  // May collect earlier handles at once.
  isolate->AdjustAmountOfExternalAllocatedMemory(watch->counted);
  shares->held.emplace(watch->id, offloop::Held{std::move(shared), watch});
  return offloop::ToOpaque(handle);
}

int ol_share_release(OlValue handle) {
  Isolate* isolate = Isolate::GetCurrent();
  Local<Value> value = FromOpaque(handle);
  if (!value->IsObject() || !offloop::IsShare(isolate, value.As<Object>())) return OL_NO_SHARE;
  auto& held = offloop::shares->held;
  auto found = held.find(offloop::IdOf(value.As<Object>()));
  if (found == held.end()) return OL_SHARE_GONE;
  offloop::Uncount(isolate, found->second.watch);
  held.erase(found);
  return OL_SHARE_RELEASED;
}

uint64_t ol_shares_freed(void) { return offloop::SharedValue::Freed(); }

int ol_share_state(OlValue handle) {
  Isolate* isolate = Isolate::GetCurrent();
  Local<Value> value = FromOpaque(handle);
  if (!value->IsObject() || !offloop::IsShare(isolate, value.As<Object>())) return OL_NO_SHARE;
  return offloop::ShareOf(isolate, value.As<Object>()) ? OL_SHARE_HELD : OL_SHARE_GONE;
}

}  // extern "C"
