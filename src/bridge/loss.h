// What happens where V8 cannot go on: out of memory, or a fatal error. V8 ends the process when its handler returns, and
// nothing may unwind through it. So the handler does not return: it tells the host and puts the thread to sleep for ever.
#ifndef OFFLOOP_LOSS_H_
#define OFFLOOP_LOSS_H_

#include "abi.h"

struct OlIsolate;

namespace offloop {

// Handlers of one isolate. V8 passes them no data and may call them from a thread of its own: which function it calls is
// all that tells whose isolate is meant.
class LossHandlers {
 public:
  explicit LossHandlers(OlIsolate* isolate);
  ~LossHandlers();
  LossHandlers(const LossHandlers&) = delete;
  LossHandlers& operator=(const LossHandlers&) = delete;

  v8::FatalErrorCallback fatal() const;
  v8::OOMErrorCallback out_of_memory() const;

 private:
  size_t slot_;
};

// Says which isolate this thread makes, has entered or disposes of.
class AtHand {
 public:
  explicit AtHand(OlIsolate* isolate);
  ~AtHand();
  AtHand(const AtHand&) = delete;
  AtHand& operator=(const AtHand&) = delete;

 private:
  OlIsolate* outer_;
};

}  // namespace offloop

#endif  // OFFLOOP_LOSS_H_
