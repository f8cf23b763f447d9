// Watches the event loops of isolates that nobody has entered, on one thread for the whole process.
#include <condition_variable>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "abi.h"
#include "bridge.h"

#ifdef __linux__
#include <pthread.h>
#endif

namespace {

// How often a loop is looked at that libuv cannot watch (epoll_ctl has limits of its own).
constexpr uint64_t kBlindMs = 10;

class Poller {
 public:
  // Null when it cannot be started.
  static Poller* Start(void (*ready)(uint64_t)) {
    static Poller* poller = [&]() -> Poller* {
      auto* made = new Poller(ready);
      if (made->Open()) return made;
      delete made;
      return nullptr;
    }();
    started = poller;
    return poller;
  }

  static Poller* Started() { return started; }

  void Watch(int fd, int64_t wait_ms, uint64_t token) { Send({Command::kWatch, fd, wait_ms, token, nullptr}); }

  void Forget(uint64_t token) {
    bool done = false;
    Send({Command::kForget, -1, 0, token, &done});
    std::unique_lock<std::mutex> lock(mutex_);
    forgotten_.wait(lock, [&] { return done; });
  }

 private:
  struct Command {
    enum Kind { kWatch, kForget } kind;
    int fd;
    int64_t wait_ms;
    uint64_t token;
    bool* done;  // of who waits for it, guarded by `mutex_`
  };

  // Both handles close before it is deleted.
  struct Watched {
    Poller* poller;
    uint64_t token;
    uv_poll_t poll;
    uv_timer_t timer;
    int open = 0;
  };

  explicit Poller(void (*ready)(uint64_t)) : ready_(ready) {}

  bool Open() {
    if (uv_loop_init(&loop_) != 0) return false;
    if (uv_async_init(&loop_, &wake_, [](uv_async_t* handle) { static_cast<Poller*>(handle->data)->Obey(); }) != 0) {
      uv_loop_close(&loop_);
      return false;
    }
    wake_.data = this;
    uv_thread_t thread;
    auto run = [](void* poller) {
#ifdef __linux__
      pthread_setname_np(pthread_self(), "offloop-poll");
#endif
      uv_run(&static_cast<Poller*>(poller)->loop_, UV_RUN_DEFAULT);
    };
    if (uv_thread_create(&thread, run, this) == 0) return true;
    uv_close(reinterpret_cast<uv_handle_t*>(&wake_), nullptr);
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
    return false;
  }

  void Send(Command command) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      commands_.push_back(command);
    }
    uv_async_send(&wake_);
  }

  void Obey() {
    std::vector<Command> commands;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      commands.swap(commands_);
    }
    for (const Command& command : commands) {
      if (command.kind == Command::kWatch) {
        Begin(command);
        continue;
      }
      End(command.token);
      std::lock_guard<std::mutex> lock(mutex_);
      *command.done = true;
      forgotten_.notify_all();
    }
  }

  void Begin(const Command& command) {
    auto* watched = new Watched{this, command.token, {}, {}};
    bool sees = uv_poll_init(&loop_, &watched->poll, command.fd) == 0;
    if (sees) {
      watched->poll.data = watched;
      watched->open++;
      sees = uv_poll_start(&watched->poll, UV_READABLE, [](uv_poll_t* handle, int, int) {
               static_cast<Watched*>(handle->data)->poller->Tell(static_cast<Watched*>(handle->data));
             }) == 0;
    }
    uv_timer_init(&loop_, &watched->timer);
    watched->timer.data = watched;
    watched->open++;
    int64_t wait_ms = command.wait_ms;
    if (!sees && (wait_ms < 0 || static_cast<uint64_t>(wait_ms) > kBlindMs)) wait_ms = kBlindMs;
    if (wait_ms >= 0) {
      // The clock stands still while commands are obeyed.
      uv_update_time(&loop_);
      uv_timer_start(
          &watched->timer,
          [](uv_timer_t* handle) {
            static_cast<Watched*>(handle->data)->poller->Tell(static_cast<Watched*>(handle->data));
          },
          static_cast<uint64_t>(wait_ms), 0);
    }
    watched_.emplace(command.token, watched);
  }

  void Tell(Watched* watched) {
    uint64_t token = watched->token;
    End(token);
    ready_(token);
  }

  // Closing a poll handle stops it at once: its descriptor may be closed afterwards.
  void End(uint64_t token) {
    auto found = watched_.find(token);
    if (found == watched_.end()) return;
    Watched* watched = found->second;
    watched_.erase(found);
    auto closed = [](uv_handle_t* handle) {
      auto* owner = static_cast<Watched*>(handle->data);
      if (--owner->open == 0) delete owner;
    };
    if (watched->open == 2) uv_close(reinterpret_cast<uv_handle_t*>(&watched->poll), closed);
    uv_close(reinterpret_cast<uv_handle_t*>(&watched->timer), closed);
  }

  static Poller* started;

  void (*ready_)(uint64_t);
  uv_loop_t loop_;
  uv_async_t wake_;
  std::mutex mutex_;
  std::condition_variable forgotten_;
  std::vector<Command> commands_;
  std::unordered_map<uint64_t, Watched*> watched_;
};

Poller* Poller::started = nullptr;

}  // namespace

extern "C" {

int ol_poller_start(void (*ready)(uint64_t)) { return Poller::Start(ready) == nullptr ? 0 : 1; }

void ol_poller_watch(int fd, int64_t wait_ms, uint64_t token) { Poller::Started()->Watch(fd, wait_ms, token); }

void ol_poller_forget(uint64_t token) { Poller::Started()->Forget(token); }

}  // extern "C"
