// net/admission.hpp: who may connect, by number, and how many messages they may send.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <variant>

#include <boost/asio/ip/address.hpp>

#include "base/mutex.hpp"
#include "net/rate_bucket.hpp"

namespace net {

enum class Refusal : std::uint8_t {
  kTooMany = 1,            // MAX_CONNECTIONS
  kTooManyFromAddress = 2  // MAX_CONNECTIONS_PER_IP
};

struct AdmissionLimits {
  std::uint64_t connections_max = 0;              // 0 = no limit
  std::uint64_t connections_per_address_max = 0;  // 0 = no limit
  std::uint64_t messages_per_second = 0;          // of one address; 0 = no limit
};

// Thread-safe. Lives longer than its tickets, by shared ownership.
class Admission : public std::enable_shared_from_this<Admission> {
 public:
  // The right to be connected; given back when destroyed.
  class Ticket {
   public:
    Ticket(std::shared_ptr<Admission> admission, std::optional<boost::asio::ip::address> address);
    ~Ticket();
    Ticket(Ticket&&) noexcept = default;
    Ticket& operator=(Ticket&&) = delete;
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;

    // Of one that was admitted without: counts it with its address from now on. False:
    // that has too many.
    [[nodiscard]] bool name(const boost::asio::ip::address& address);

    // What its peer's messages draw from; null without a limit, or an address.
    [[nodiscard]] std::shared_ptr<RateBucket> rate_bucket(base::SteadyTime now) const;

   private:
    std::shared_ptr<Admission> admission_;
    std::optional<boost::asio::ip::address> address_;
  };

  [[nodiscard]] static std::shared_ptr<Admission> make(AdmissionLimits limits);

  // Without an address (it stands behind a balancer, and the header is still to come)
  // it counts among all, and with no address until it is named.
  [[nodiscard]] std::variant<Ticket, Refusal> admit(
      const std::optional<boost::asio::ip::address>& address);

  [[nodiscard]] std::uint64_t connection_count() const;

 private:
  explicit Admission(AdmissionLimits limits)
      : limits_(limits), rates_(limits.messages_per_second) {}

  void leave(const std::optional<boost::asio::ip::address>& address);
  bool count(const boost::asio::ip::address& address) REQUIRES_LOCK(mutex_);

  const AdmissionLimits limits_;
  RateLimiter rates_;
  mutable base::Mutex mutex_;
  std::uint64_t connection_count_ GUARDED_BY(mutex_) = 0;
  std::map<boost::asio::ip::address, std::uint64_t> by_address_ GUARDED_BY(mutex_);
};

}  // namespace net
