#include "base/mutex.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <latch>
#include <thread>
#include <vector>

namespace base {
namespace {

// Notices when two are inside at once: each who enters lets the others run.
class Cell {
 public:
  void visit() {
    const Lock lock(mutex_);
    if (occupied_.exchange(true)) ++intrusion_count_;
    std::this_thread::yield();
    occupied_ = false;
    ++visit_count_;
  }

  [[nodiscard]] int visit_count() const {
    const Lock lock(mutex_);
    return visit_count_;
  }

  [[nodiscard]] int intrusion_count() const { return intrusion_count_; }

 private:
  std::atomic<bool> occupied_{false};
  std::atomic<int> intrusion_count_{0};
  mutable Mutex mutex_;
  int visit_count_ GUARDED_BY(mutex_) = 0;
};

TEST(Mutex, KeepsOneThreadOutWhileAnotherIsIn) {
  constexpr int kThreadCount = 4;
  constexpr int kVisitCount = 2'000;
  Cell cell;
  std::latch start(kThreadCount);
  std::vector<std::thread> threads;
  for (int started = 0; started < kThreadCount; ++started) {
    threads.emplace_back([&cell, &start] {
      start.arrive_and_wait();
      for (int visited = 0; visited < kVisitCount; ++visited) cell.visit();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(cell.intrusion_count(), 0);
  EXPECT_EQ(cell.visit_count(), kThreadCount * kVisitCount);
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
