#include "net/admission.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace net {
namespace {

using boost::asio::ip::make_address;

std::optional<Refusal> refusal(Admission& admission, const char* address,
                               std::vector<Admission::Ticket>& kept) {
  auto admitted = admission.admit(make_address(address));
  if (const auto* refused = std::get_if<Refusal>(&admitted)) return *refused;
  kept.push_back(std::move(std::get<Admission::Ticket>(admitted)));
  return std::nullopt;
}

TEST(Admission, WithoutLimitsEverybodyEnters) {
  const auto admission = Admission::make({});
  std::vector<Admission::Ticket> kept;
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(refusal(*admission, "192.0.2.1", kept));
  EXPECT_EQ(admission->connection_count(), 100u);
}

TEST(Admission, TheOneOverTheLimitIsRefusedUntilAnotherLeaves) {
  const auto admission = Admission::make({.connections_max = 2});
  std::vector<Admission::Ticket> kept;
  EXPECT_FALSE(refusal(*admission, "192.0.2.1", kept));
  EXPECT_FALSE(refusal(*admission, "192.0.2.2", kept));
  EXPECT_EQ(refusal(*admission, "192.0.2.3", kept), Refusal::kTooMany);
  kept.pop_back();
  EXPECT_FALSE(refusal(*admission, "192.0.2.3", kept));
}

TEST(Admission, TheLimitOfOneAddressDoesNotTouchAnother) {
  const auto admission = Admission::make({.connections_per_address_max = 1});
  std::vector<Admission::Ticket> kept;
  EXPECT_FALSE(refusal(*admission, "192.0.2.1", kept));
  EXPECT_EQ(refusal(*admission, "192.0.2.1", kept), Refusal::kTooManyFromAddress);
  EXPECT_FALSE(refusal(*admission, "2001:db8::1", kept));
  kept.clear();
  EXPECT_EQ(admission->connection_count(), 0u);
  EXPECT_FALSE(refusal(*admission, "192.0.2.1", kept));
}

}  // namespace
}  // namespace net
