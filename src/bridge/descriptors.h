// An isolate needs four or five file descriptors, and Node aborts the process when one of them cannot be had.
#ifndef OFFLOOP_DESCRIPTORS_H_
#define OFFLOOP_DESCRIPTORS_H_

#ifndef _WIN32
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#endif

#include <mutex>
#include <string>

namespace offloop {

// Holds a process-wide lock for its lifetime, so that two isolates in the making do not count the same descriptors.
class DescriptorCheck {
 public:
  DescriptorCheck() : lock_(Mutex()) {
#ifndef _WIN32
    int opened[kSpare];
    int count = 0;
    while (count < kSpare) {
      int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
      if (descriptor < 0) break;
      opened[count++] = descriptor;
    }
    enough_ = count == kSpare;
    while (count > 0) close(opened[--count]);
#endif
  }

  bool enough() const { return enough_; }

  // What is short, naming the limit.
  std::string Problem() const {
    std::string text = "the process has too few file descriptors left below its limit";
#ifndef _WIN32
    rlimit most;
    if (getrlimit(RLIMIT_NOFILE, &most) == 0) text.append(" of ").append(std::to_string(most.rlim_cur));
#endif
    text.append(" (ulimit -n): an isolate needs up to ").append(std::to_string(kSpare));
    return text.append(". Raise the limit, or lower maxThreads");
  }

 private:
  static constexpr int kSpare = 16;

  static std::mutex& Mutex() {
    static auto* mutex = new std::mutex;  // never destroyed: threads may outlive static destruction
    return *mutex;
  }

  std::lock_guard<std::mutex> lock_;
  bool enough_ = true;
};

}  // namespace offloop

#endif  // OFFLOOP_DESCRIPTORS_H_
