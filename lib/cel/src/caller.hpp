// caller.hpp: lends a context what one call of a function needs.
#pragma once

#include "cel/function.hpp"

namespace cel {

class Caller {
 public:
  [[nodiscard]] static Value call(Context& context, const Overload& overload, const void* prepared,
                                  Args args) {
    context.prepared_ = prepared;
    context.data_ = overload.data;
    return overload.run(context, args);
  }
};

}  // namespace cel
