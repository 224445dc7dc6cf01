#include "net/admission.hpp"

#include <utility>

namespace net {

Admission::Ticket::Ticket(std::shared_ptr<Admission> admission,
                          std::optional<boost::asio::ip::address> address)
    : admission_(std::move(admission)), address_(std::move(address)) {}

Admission::Ticket::~Ticket() {
  if (admission_) admission_->leave(address_);
}

bool Admission::Ticket::name(const boost::asio::ip::address& address) {
  const base::Lock lock(admission_->mutex_);
  if (!admission_->count(address)) return false;
  address_ = address;
  return true;
}

std::shared_ptr<RateBucket> Admission::Ticket::rate_bucket(base::SteadyTime now) const {
  if (!address_) return nullptr;
  return admission_->rates_.bucket(*address_, now);
}

std::shared_ptr<Admission> Admission::make(AdmissionLimits limits) {
  return std::shared_ptr<Admission>(new Admission(limits));
}

std::variant<Admission::Ticket, Refusal> Admission::admit(
    const std::optional<boost::asio::ip::address>& address) {
  {
    const base::Lock lock(mutex_);
    if (limits_.connections_max != 0 && connection_count_ >= limits_.connections_max) {
      return Refusal::kTooMany;
    }
    if (address && !count(*address)) return Refusal::kTooManyFromAddress;
    ++connection_count_;
  }
  return Ticket(shared_from_this(), address);
}

bool Admission::count(const boost::asio::ip::address& address) {
  if (limits_.connections_per_address_max == 0) return true;
  std::uint64_t& from_address = by_address_[address];
  if (from_address >= limits_.connections_per_address_max) return false;
  ++from_address;
  return true;
}

std::uint64_t Admission::connection_count() const {
  const base::Lock lock(mutex_);
  return connection_count_;
}

void Admission::leave(const std::optional<boost::asio::ip::address>& address) {
  const base::Lock lock(mutex_);
  --connection_count_;
  if (!address) return;
  const auto from_address = by_address_.find(*address);
  if (from_address != by_address_.end() && --from_address->second == 0) {
    by_address_.erase(from_address);
  }
}

}  // namespace net
