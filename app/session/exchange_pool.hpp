// session/exchange_pool.hpp: exchanges that are done with, for the next frames.
//
// A frame takes some ten blocks of memory on its way. They are asked for once: what
// comes back keeps its lists. One pool for each loop, touched by its thread only.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "session/exchange.hpp"

namespace session {

class ExchangePool {
 public:
  // An exchange as if new.
  [[nodiscard]] std::shared_ptr<Exchange> take();

  // Keeps it, unless somebody else holds it still, it is large, or there are enough.
  void give_back(std::shared_ptr<Exchange> exchange);

 private:
  static constexpr std::size_t kSpareMax = 256;
  static constexpr std::size_t kFrameBytesMax = 4096;  // with the rest, 2 MiB a loop at most

  std::vector<std::shared_ptr<Exchange>> spare_;
};

}  // namespace session
