// caller.hpp: lends a context what one call of a function needs, and takes from it what hosts need
// not see.
#pragma once

#include <memory>

#include "cel/function.hpp"
#include "pattern_cache.hpp"

namespace cel {

class Caller {
 public:
  [[nodiscard]] static Value call(Context& context, const Overload& overload, const void* prepared,
                                  Args args) {
    context.prepared_ = prepared;
    context.data_ = overload.data;
    return overload.run(context, args);
  }

  [[nodiscard]] static PatternCache& patterns(Context& context) {
    if (context.patterns_ == nullptr) context.patterns_ = std::make_shared<PatternCache>();
    return *context.patterns_;
  }
};

}  // namespace cel
