// expect: requires holding mutex 'mutex_' exclusively
#include "base/mutex.hpp"

class Queue {
 public:
  void close() {
#ifndef FAULT
    const base::Lock lock(mutex_);
#endif
    drop_all();
  }

 private:
  void drop_all() REQUIRES_LOCK(mutex_) { count_ = 0; }

  base::Mutex mutex_;
  int count_ GUARDED_BY(mutex_) = 0;
};

int main() { Queue().close(); }
