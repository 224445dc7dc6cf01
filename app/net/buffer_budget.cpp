#include "net/buffer_budget.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace net {
namespace {

constexpr std::uint64_t kGrantBytes = std::uint64_t{1} << 20U;  // drawn from the pool at a time
constexpr auto kAskAgainAfter = std::chrono::milliseconds(20);

}  // namespace

bool BufferPool::try_take(std::uint64_t bytes) noexcept {
  std::uint64_t taken = taken_bytes_.load(std::memory_order_relaxed);
  do {
    if (taken + bytes > bytes_max_) return false;
  } while (!taken_bytes_.compare_exchange_weak(taken, taken + bytes, std::memory_order_relaxed));
  return true;
}

void BufferPool::give_back(std::uint64_t bytes) noexcept {
  taken_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
}

BufferBudget::BufferBudget(BufferPool& pool, asio::io_context& context)
    : pool_(pool), timer_(context) {}

BufferBudget::~BufferBudget() { pool_.give_back(granted_bytes_); }

bool BufferBudget::has_room() noexcept {
  if (held_bytes_ < granted_bytes_) return true;
  const std::uint64_t missing = held_bytes_ - granted_bytes_ + 1;
  const std::uint64_t grant = std::max(missing, std::min(kGrantBytes, pool_.bytes_max() / 16));
  if (!pool_.try_take(grant)) return false;
  granted_bytes_ += grant;
  return true;
}

std::uint64_t BufferBudget::fair_share_bytes() const noexcept {
  const auto connections =
      std::max<std::uint64_t>(1, pool_.connection_count.load(std::memory_order_relaxed));
  return pool_.bytes_max() / 4 / connections;
}

void BufferBudget::changed(std::uint64_t before, std::uint64_t after) noexcept {
  held_bytes_ += after;
  held_bytes_ -= before;
  if (granted_bytes_ > held_bytes_ + 2 * kGrantBytes) {
    const std::uint64_t surplus = granted_bytes_ - held_bytes_ - kGrantBytes;
    granted_bytes_ -= surplus;
    pool_.give_back(surplus);
  }
}

void BufferBudget::leave_line(Account& account) noexcept {
  std::erase(line_, &account);
  account.in_line_ = false;
}

void BufferBudget::ask_again_later() {
  if (timer_runs_) return;
  timer_runs_ = true;
  timer_.expires_after(kAskAgainAfter);
  timer_.async_wait([this](const ErrorCode& error) {
    if (error) return;
    timer_runs_ = false;
    const auto waiting = line_;
    for (Account* account : waiting) {
      if (std::ranges::find(line_, account) == line_.end()) continue;
      if (auto resume = std::exchange(account->resume_, nullptr)) resume();
    }
  });
}

BufferBudget::Account::Account(BufferBudget& budget) : budget_(budget) {
  budget_.pool_.connection_count.fetch_add(1, std::memory_order_relaxed);
}

BufferBudget::Account::~Account() {
  budget_.leave_line(*this);
  budget_.changed(held_bytes_, 0);
  budget_.pool_.connection_count.fetch_sub(1, std::memory_order_relaxed);
}

void BufferBudget::Account::hold(std::uint64_t bytes) noexcept {
  if (bytes == held_bytes_) return;
  budget_.changed(held_bytes_, bytes);
  held_bytes_ = bytes;
  // One that is done makes way, though it may be waiting for its peer and never ask.
  if (in_line_ && bytes < budget_.fair_share_bytes()) budget_.leave_line(*this);
}

bool BufferBudget::Account::may_read(std::function<void()> resume) {
  if (budget_.has_room() || held_bytes_ < budget_.fair_share_bytes()) {
    if (in_line_) budget_.leave_line(*this);
    return true;
  }
  if (!in_line_) budget_.line_.push_back(this);
  in_line_ = true;
  if (budget_.line_.front() == this) return true;
  resume_ = std::move(resume);
  budget_.ask_again_later();
  return false;
}

}  // namespace net
