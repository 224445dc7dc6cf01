// store/sqlite/append_line.hpp: appends that wait for their commit, in order.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "store/append.hpp"

namespace store::sqlite {

// What one commit carries, at most (but at least one append).
inline constexpr std::size_t kGroupMessagesMax = 1024;
inline constexpr std::size_t kGroupBytesMax = std::size_t{8} << 20U;

using Appends = std::vector<std::unique_ptr<Append>>;

// Not thread-safe: belongs to the writer.
class AppendLine {
 public:
  void push(Appends batch);

  [[nodiscard]] bool empty() const noexcept { return line_.empty(); }

  // The first of the line that fit into one commit.
  [[nodiscard]] Appends take_group();

  // Back to the front of the line, as they were.
  void put_back(Appends group);

  // Refuses those whose time is up, and with them those behind them in their
  // streams; takes them out of the line.
  [[nodiscard]] Appends expire(base::SteadyTime now, StoreError error);

  // Refuses all.
  [[nodiscard]] Appends refuse_all(StoreError error);

 private:
  std::deque<std::unique_ptr<Append>> line_;
};

}  // namespace store::sqlite
