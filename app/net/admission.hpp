// net/admission.hpp: who may connect, by number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <variant>

#include <boost/asio/ip/address.hpp>

#include "base/mutex.hpp"

namespace net {

enum class Refusal : std::uint8_t {
  kTooMany = 1,            // MAX_CONNECTIONS
  kTooManyFromAddress = 2  // MAX_CONNECTIONS_PER_IP
};

struct AdmissionLimits {
  std::uint64_t connections_max = 0;              // 0 = no limit
  std::uint64_t connections_per_address_max = 0;  // 0 = no limit
};

// Thread-safe. Lives longer than its tickets, by shared ownership.
class Admission : public std::enable_shared_from_this<Admission> {
 public:
  // The right to be connected; given back when destroyed.
  class Ticket {
   public:
    Ticket(std::shared_ptr<Admission> admission, boost::asio::ip::address address);
    ~Ticket();
    Ticket(Ticket&&) noexcept = default;
    Ticket& operator=(Ticket&&) = delete;
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;

   private:
    std::shared_ptr<Admission> admission_;
    boost::asio::ip::address address_;
  };

  [[nodiscard]] static std::shared_ptr<Admission> make(AdmissionLimits limits);

  [[nodiscard]] std::variant<Ticket, Refusal> admit(const boost::asio::ip::address& address);

  [[nodiscard]] std::uint64_t connection_count() const;

 private:
  explicit Admission(AdmissionLimits limits) : limits_(limits) {}

  void leave(const boost::asio::ip::address& address);

  const AdmissionLimits limits_;
  mutable base::Mutex mutex_;
  std::uint64_t connection_count_ GUARDED_BY(mutex_) = 0;
  std::map<boost::asio::ip::address, std::uint64_t> by_address_ GUARDED_BY(mutex_);
};

}  // namespace net
