// store/sqlite/append_line.hpp: appends that wait for their commit, in order.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <unordered_set>
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

  // What waits aside does not count.
  [[nodiscard]] bool empty() const noexcept { return line_.empty(); }

  // The first of the line that fit into one commit. One that is not admitted waits
  // aside, and with it those behind it in its stream.
  using Admits = std::function<bool(Append&)>;

  [[nodiscard]] Appends take_group(const Admits& admits);

  [[nodiscard]] bool has_aside() const noexcept { return !aside_.empty(); }

  // What has waited aside goes back to the front of the line, to be looked at again;
  // but for those whose time is up: they are refused, and with them those behind them
  // in their streams.
  [[nodiscard]] Appends end_aside(base::SteadyTime now, StoreError error);

  // Back to the front of the line, as they were, and what waits aside behind them.
  void put_back(Appends group);

  // Refuses those whose time is up, and with them those behind them in their
  // streams; takes them out of the line.
  [[nodiscard]] Appends expire(base::SteadyTime now, StoreError error);

  // Refuses all, also what waits aside.
  [[nodiscard]] Appends refuse_all(StoreError error);

 private:
  using Line = std::deque<std::unique_ptr<Append>>;

  [[nodiscard]] static Appends expire(Line& line, base::SteadyTime now, StoreError error);
  void set_aside();
  void bring_back_aside();

  Line line_;
  Line aside_;
  std::unordered_set<const Stream*> streams_aside_;
};

}  // namespace store::sqlite
