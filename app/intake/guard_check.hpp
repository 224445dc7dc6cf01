// intake/guard_check.hpp: finds reads of segments that a message may not have.
//
// `pid.id` is an error where there is no PID. A rule that does not mean that asks
// safely, and gets the form to paste.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace intake {

struct UnguardedRead {
  std::size_t offset = 0;  // of the record's name in the source
  std::string text;        // what is wrong, and the guarded form
};

// The first such read of each record. `guard` is the rule's `when`, or empty: what it
// asks is known to hold. REQUIRES: both have compiled.
[[nodiscard]] std::vector<UnguardedRead> find_unguarded(std::string_view source,
                                                        std::string_view guard);

}  // namespace intake
