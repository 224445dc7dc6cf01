// expect: ignoring return value
#include "base/result.hpp"

base::Status<int> write() { return base::Done{}; }

int main() {
#ifdef FAULT
  write();
#else
  static_cast<void>(write());  // nobody is left to tell
#endif
}
