// expect: no viable conversion
#include "base/result.hpp"

enum class Fault : int { kEmpty };

base::Result<int, Fault> length() {
#ifdef FAULT
  return Fault::kEmpty;
#else
  return base::fail(Fault::kEmpty);
#endif
}

int main() { return length() ? 0 : 1; }
