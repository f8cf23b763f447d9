// What a task says to the environment while it runs (`offloop.progress`, calls of host functions), and the answers.
#ifndef OFFLOOP_CALLS_H_
#define OFFLOOP_CALLS_H_

#include <memory>
#include <mutex>
#include <vector>

#include "payload.h"

struct OlIsolate;

namespace offloop {

// The answer to one call of a host function.
struct Answer {
  uint64_t call;
  bool failed;  // `payload` is an error record
  std::unique_ptr<OlPayload> payload;
};

// Answers that the isolate has not seen yet, put there by any thread.
class Inbox {
 public:
  void Put(Answer answer) {
    std::lock_guard<std::mutex> lock(mutex_);
    answers_.push_back(std::move(answer));
  }

  std::vector<Answer> TakeAll() {
    std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(answers_, {});
  }

  bool empty() {
    std::lock_guard<std::mutex> lock(mutex_);
    return answers_.empty();
  }

 private:
  std::mutex mutex_;
  std::vector<Answer> answers_;
};

// Settles the promises of the calls that were answered. Those of an earlier run are dropped.
void DeliverAnswers(OlIsolate* self, v8::Local<v8::Context> context);

// Native functions of the prelude's: call(function, arguments, refuse) → the call's number; progress(value, refuse).
// `refuse(message, cause?)` throws.
void CallHost(const v8::FunctionCallbackInfo<v8::Value>& info);
void TellProgress(const v8::FunctionCallbackInfo<v8::Value>& info);

}  // namespace offloop

#endif  // OFFLOOP_CALLS_H_
