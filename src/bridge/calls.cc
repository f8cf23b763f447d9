#include "calls.h"

#include "isolate.h"

using v8::Context;
using v8::Function;
using v8::HandleScope;
using v8::Isolate;
using v8::Local;
using v8::String;
using v8::TryCatch;
using v8::Value;

namespace {

using Arguments = v8::FunctionCallbackInfo<Value>;

// Packs `value` for the environment. False with an exception pending, which the function at `refuse` has thrown.
bool PackFor(const Arguments& info, Local<Value> value, int refuse, const char* what,
             std::unique_ptr<OlPayload>* payload) {
  Isolate* isolate = info.GetIsolate();
  Local<Context> context = isolate->GetCurrentContext();
  offloop::Packed packed = offloop::Pack(isolate, context, value, false, OlIsolate::Entered()->Packing());
  if (packed.status == offloop::PackStatus::kPacked) {
    *payload = std::move(packed.payload);
    return true;
  }
  if (packed.status == offloop::PackStatus::kTerminated || !info[refuse]->IsFunction()) return false;
  std::string message = packed.status == offloop::PackStatus::kOutOfMemory
                            ? std::string(what) + " cannot be cloned: out of memory"
                            : what + packed.problem + "; it cannot be cloned";
  Local<String> text;
  if (!offloop::MakeString(isolate, {message.data(), message.size()}).ToLocal(&text)) return false;
  Local<Value> arguments[] = {text, packed.cause};
  int count = packed.threw && !packed.cause.IsEmpty() ? 2 : 1;
  offloop::Ignore(info[refuse].As<Function>()->Call(context, v8::Undefined(isolate), count, arguments));
  return false;
}

// Reads one answer and tells the prelude. False: the run is being stopped.
bool Deliver(OlIsolate* self, Local<Context> context, offloop::Answer& answer) {
  Isolate* isolate = self->v8();
  HandleScope handles(isolate);
  TryCatch failure(isolate);
  Local<Value> value;
  bool read = self->policy.Takes(answer.payload.get()) &&
              offloop::Unpack(isolate, context, answer.payload.get(), offloop::Reading::kConsume).ToLocal(&value);
  if (failure.HasTerminated() || self->stopped()) return false;
  // It may not have this, or memory is short: the prelude makes an error of it.
  if (!read) value = v8::Null(isolate);
  failure.Reset();
  Local<Value> arguments[] = {v8::Number::New(isolate, static_cast<double>(answer.call)),
                              v8::Boolean::New(isolate, answer.failed || !read), value};
  offloop::Ignore(self->CallHook(context, offloop::Name(isolate, "answered"), 3, arguments));
  return !failure.HasTerminated() && !self->stopped();
}

}  // namespace

namespace offloop {

void DeliverAnswers(OlIsolate* self, Local<Context> context) {
  if (self->inbox.empty()) return;
  std::vector<Answer> answers = self->inbox.TakeAll();
  // Without a prelude nothing was ever called in this context.
  if (!self->realm || self->realm->prelude.IsEmpty()) return;
  for (Answer& answer : answers) {
    if (!Deliver(self, context, answer)) return;
  }
}

void CallHost(const Arguments& info) {
  OlIsolate* self = OlIsolate::Entered();
  Isolate* isolate = info.GetIsolate();
  std::unique_ptr<OlPayload> arguments;
  if (!info[0]->IsNumber() || !PackFor(info, info[1], 2, "arguments", &arguments)) return;
  uint64_t call = ++self->last_call;
  self->calls->call(self->host, static_cast<uint64_t>(info[0].As<v8::Number>()->Value()), call, arguments.release());
  info.GetReturnValue().Set(v8::Number::New(isolate, static_cast<double>(call)));
}

void TellProgress(const Arguments& info) {
  OlIsolate* self = OlIsolate::Entered();
  if (!self->run.tells_progress) return;
  std::unique_ptr<OlPayload> value;
  if (!PackFor(info, info[0], 1, "the progress value", &value)) return;
  self->calls->progress(self->host, value.release());
}

}  // namespace offloop

extern "C" void ol_isolate_answer(OlIsolate* self, uint64_t call, int failed, OlPayload* payload) {
  self->inbox.Put({call, failed != 0, std::unique_ptr<OlPayload>(payload)});
  uv_async_send(&self->wake);
}
