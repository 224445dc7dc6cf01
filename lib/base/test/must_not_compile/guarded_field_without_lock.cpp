// expect: requires holding mutex 'mutex_'
#include "base/mutex.hpp"

class Tally {
 public:
  void add() {
#ifndef FAULT
    const base::Lock lock(mutex_);
#endif
    ++count_;
  }

 private:
  base::Mutex mutex_;
  int count_ GUARDED_BY(mutex_) = 0;
};

int main() { Tally().add(); }
