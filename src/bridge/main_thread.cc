// The way from a Worker's environment to the main one, which may never have loaded offloop.
//
// Node has no call that leads there, and V8 can only be asked for the isolate of the calling thread. So the main thread
// is interrupted by a signal whose handler asks V8 in its place, and the rest is an ordinary task of its event loop.
#include "bridge.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "env.h"
#include "payload.h"

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#endif

namespace {

using v8::Context;
using v8::Function;
using v8::HandleScope;
using v8::Isolate;
using v8::Local;
using v8::TryCatch;
using v8::Value;

#if defined(__linux__)

std::atomic<Isolate*> main_isolate{nullptr};

// Reads one thread-local variable of the executable.
void AskForIsolate(int) {
  if (syscall(SYS_gettid) == syscall(SYS_getpid)) main_isolate.store(Isolate::TryGetCurrent());
}

// Null when the main thread runs no JavaScript engine, or blocks the signal.
Isolate* FindMainIsolate() {
  // By default this one is ignored: it does no harm when it comes late.
  constexpr int kSignal = SIGURG;
  struct sigaction ask = {};
  struct sigaction before = {};
  ask.sa_handler = AskForIsolate;
  ask.sa_flags = SA_RESTART;
  sigemptyset(&ask.sa_mask);
  if (sigaction(kSignal, &ask, &before) != 0) return nullptr;
  pid_t process = getpid();
  if (syscall(SYS_tgkill, process, process, kSignal) == 0) {
    for (int turn = 0; turn < 1000 && main_isolate.load() == nullptr; turn++) {
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }
  sigaction(kSignal, &before, nullptr);
  return main_isolate.load();
}

#else

// No signal can be sent to the main thread alone, or this was never tried there.
Isolate* FindMainIsolate() { return nullptr; }

#endif

// Of the first caller.
std::atomic<void (*)(int32_t)> set_exit_code{nullptr};

void SetExitCode(const v8::FunctionCallbackInfo<Value>& info) {
  int32_t code;
  if (info[0]->Int32Value(info.GetIsolate()->GetCurrentContext()).To(&code)) set_exit_code.load()(code);
}

class MainTask : public v8::Task {
 public:
  MainTask(OlText watch, int (*open)(void)) : watch_(watch.data, watch.length), open_(open) {}

  void Run() override {
    Isolate* isolate = Isolate::GetCurrent();
    HandleScope handles(isolate);
    Local<Context> context = isolate->GetCurrentContext();
    if (context.IsEmpty() || node::GetCurrentEnvironment(context) == nullptr || open_() == 0) return;
    TryCatch failure(isolate);
    // Without it the exit code may get lost; the environment's end is ours already.
    offloop::Ignore(Watch(isolate, context));
  }

 private:
  v8::MaybeLocal<Value> Watch(Isolate* isolate, Local<Context> context) {
    Local<v8::String> text;
    Local<v8::Script> script;
    Local<Value> watch;
    Local<Value> arguments[2];
    Local<Function> set;
    if (!offloop::MakeString(isolate, {watch_.data(), watch_.size()}).ToLocal(&text) ||
        !v8::Script::Compile(context, text).ToLocal(&script) || !script->Run(context).ToLocal(&watch) ||
        !watch->IsFunction() ||
        !context->Global()->Get(context, offloop::Name(isolate, "process")).ToLocal(&arguments[0]) ||
        !Function::New(context, SetExitCode).ToLocal(&set)) {
      return {};
    }
    arguments[1] = set;
    return watch.As<Function>()->Call(context, v8::Undefined(isolate), 2, arguments);
  }

  std::string watch_;
  int (*open_)(void);
};

}  // namespace

extern "C" int ol_main_thread_reach(OlText watch, int (*open)(void), void (*set_code)(int32_t code)) {
  node::MultiIsolatePlatform* platform = offloop::Platform();
  Isolate* isolate = platform == nullptr ? nullptr : FindMainIsolate();
  if (isolate == nullptr) return 0;
  // It lives: the main environment waits for its Workers before it ends.
  std::shared_ptr<v8::TaskRunner> runner = platform->GetForegroundTaskRunner(isolate);
  if (runner == nullptr) return 0;
  set_exit_code.store(set_code);
  runner->PostTask(std::make_unique<MainTask>(watch, open));
  return 1;
}
