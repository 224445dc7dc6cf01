#include "base/mutex.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <thread>
#include <vector>

namespace base {
namespace {

class Tally {
 public:
  void add() {
    const Lock lock(mutex_);
    ++count_;
  }

  [[nodiscard]] int count() const {
    const Lock lock(mutex_);
    return count_;
  }

 private:
  mutable Mutex mutex_;
  int count_ GUARDED_BY(mutex_) = 0;
};

TEST(Mutex, KeepsOneThreadOutWhileAnotherIsIn) {
  constexpr int kThreadCount = 4;
  constexpr int kAddCount = 20'000;
  Tally tally;
  std::vector<std::thread> threads;
  for (int started = 0; started < kThreadCount; ++started) {
    threads.emplace_back([&tally] {
      for (int added = 0; added < kAddCount; ++added) tally.add();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(tally.count(), kThreadCount * kAddCount);
}

class Gate {
 public:
  void open() {
    const Lock lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }

  void pass() {
    const Lock lock(mutex_);
    while (!open_) opened_.wait(mutex_);
  }

 private:
  Mutex mutex_;
  std::condition_variable_any opened_;
  bool open_ GUARDED_BY(mutex_) = false;
};

TEST(Mutex, CanBeWaitedOn) {
  Gate gate;
  bool passed = false;
  std::thread waiting([&gate, &passed] {
    gate.pass();
    passed = true;
  });
  gate.open();
  waiting.join();
  EXPECT_TRUE(passed);
}

}  // namespace
}  // namespace base
