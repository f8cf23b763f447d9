#include "held.h"

#include "isolate.h"

namespace offloop {

bool Held::Add(v8::Local<v8::Object> holder, uint32_t number, size_t bytes) {
  if (!owner_->HasRoom(bytes) || !owner_->allocator->Reserve(bytes)) {
    owner_->calls->op_drop(owner_->host, number);
    return false;
  }
  auto entry = std::make_unique<Entry>();
  entry->table = this;
  entry->number = number;
  entry->bytes = bytes;
  entry->holder.Reset(owner_->v8(), holder);
  entry->holder.SetWeak(entry.get(), OnCollected, v8::WeakCallbackType::kParameter);
  entries_[number] = std::move(entry);
  // So that V8 looks for garbage in time.
  owner_->v8()->AdjustAmountOfExternalAllocatedMemory(static_cast<int64_t>(bytes));
  return true;
}

void Held::Release(uint32_t number) {
  auto found = entries_.find(number);
  if (found == entries_.end()) return;
  std::unique_ptr<Entry> entry = std::move(found->second);
  entries_.erase(found);
  Uncount(*entry);
  owner_->calls->op_drop(owner_->host, number);
}

void Held::Clear() { entries_.clear(); }

void Held::OnCollected(const v8::WeakCallbackInfo<Entry>& info) {
  info.GetParameter()->holder.Reset();
  info.SetSecondPassCallback(AfterCollection);
}

void Held::AfterCollection(const v8::WeakCallbackInfo<Entry>& info) {
  Entry* entry = info.GetParameter();
  entry->table->Release(entry->number);
}

void Held::Uncount(const Entry& entry) {
  owner_->allocator->Release(entry.bytes);
  owner_->v8()->AdjustAmountOfExternalAllocatedMemory(-static_cast<int64_t>(entry.bytes));
}

}  // namespace offloop
