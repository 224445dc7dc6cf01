// A peer in memory: what it sends is given by the test, what it gets is kept, and any
// read or write fails when the test says so. No socket, no waiting.
#pragma once

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "net/channel.hpp"

namespace session {

struct MemoryFaults {
  static constexpr int kNone = std::numeric_limits<int>::max();

  int read = kNone;   // the read that fails, from 0
  int write = kNone;  // the write that fails, of either kind
  std::size_t read_bytes_max = std::numeric_limits<std::size_t>::max();
  std::size_t write_bytes_max = std::numeric_limits<std::size_t>::max();  // of write_now()
};

class MemoryChannel final : public net::Channel,
                            public std::enable_shared_from_this<MemoryChannel> {
 public:
  MemoryChannel(net::asio::io_context& context, MemoryFaults faults)
      : context_(context), changed_(context), faults_(faults) {}

  void give(std::string_view octets) {
    input_ += octets;
    changed_.cancel();
  }

  void end_input() {
    ended_ = true;
    changed_.cancel();
  }

  // The peer goes away without an end: reads and writes fail from now on.
  void reset() {
    reset_ = true;
    changed_.cancel();
  }

  [[nodiscard]] const std::string& output() const noexcept { return output_; }

  [[nodiscard]] int reads() const noexcept { return reads_; }

  [[nodiscard]] int writes() const noexcept { return writes_; }

  net::Awaitable<std::tuple<net::ErrorCode, std::size_t>> read_some(
      std::span<std::byte> into) override {
    using Outcome = std::tuple<net::ErrorCode, std::size_t>;
    const auto self = shared_from_this();
    if (reads_++ == faults_.read) co_return Outcome(net::asio::error::connection_reset, 0);
    while (open_ && !cancelled_ && !ended_ && !reset_ && input_.empty()) {
      changed_.expires_at(net::Timer::time_point::max());
      co_await changed_.async_wait(net::kAwait);
    }
    const bool aborted = std::exchange(cancelled_, false) || !open_;
    if (aborted) co_return Outcome(net::asio::error::operation_aborted, 0);
    if (reset_) co_return Outcome(net::asio::error::connection_reset, 0);
    if (input_.empty()) co_return Outcome(net::asio::error::eof, 0);
    const std::size_t count = std::min({into.size(), input_.size(), faults_.read_bytes_max});
    std::memcpy(into.data(), input_.data(), count);
    input_.erase(0, count);
    co_return Outcome(net::ErrorCode(), count);
  }

  std::size_t write_now(base::ByteView octets) noexcept override {
    if (writes_ == faults_.write || !open_ || reset_) return 0;  // the write() that follows fails
    const std::size_t count = std::min(octets.size(), faults_.write_bytes_max);
    output_ += base::as_text(octets.first(count));
    if (count == octets.size()) ++writes_;
    return count;
  }

  void write(base::ByteView octets, net::WriteHandler done) override {
    const bool fails = writes_++ == faults_.write || !open_ || reset_;
    if (!fails) output_ += base::as_text(octets);
    const net::ErrorCode error =
        fails ? net::ErrorCode(net::asio::error::connection_reset) : net::ErrorCode();
    net::asio::post(context_, [done = std::move(done), error, count = octets.size()] {
      done(error, error ? 0 : count);
    });
  }

  void shutdown_send() noexcept override {}

  void cancel() noexcept override {
    cancelled_ = true;
    changed_.cancel();
  }

  void close() noexcept override {
    open_ = false;
    changed_.cancel();
  }

  [[nodiscard]] bool is_open() const noexcept override { return open_; }

 private:
  net::asio::io_context& context_;
  net::Timer changed_;
  const MemoryFaults faults_;
  std::string input_;
  std::string output_;
  int reads_ = 0;
  int writes_ = 0;
  bool open_ = true;
  bool ended_ = false;
  bool cancelled_ = false;
  bool reset_ = false;
};

}  // namespace session
