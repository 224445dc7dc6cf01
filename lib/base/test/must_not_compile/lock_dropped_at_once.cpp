// expect: ignoring temporary
#include "base/mutex.hpp"

base::Mutex mutex;

int main() {
#ifdef FAULT
  base::Lock{mutex};
#else
  const base::Lock lock{mutex};
#endif
}
