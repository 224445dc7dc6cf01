#include "net/tls/certificate_ends.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "telemetry/metrics.hpp"

namespace net {
namespace {

using std::chrono::hours;
using telemetry::Gauge;
using Days = std::optional<std::int64_t>;

constexpr base::WallTime kNow{
    std::chrono::duration_cast<base::WallTime::duration>(std::chrono::hours(24 * 20'000))};

CertificateFacts ending_in(std::int64_t days, const std::string& subject = "CN=a") {
  CertificateFacts facts;
  facts.subject = subject;
  facts.not_after = kNow + hours(24 * days + 1);
  return facts;
}

class CertificateEndsTest : public testing::Test {
 protected:
  void SetUp() override { forget_certificates(); }

  void TearDown() override { forget_certificates(); }

  static Days own() { return telemetry::value(Gauge::kCertificateDays); }

  static Days partners() { return telemetry::value(Gauge::kPartnerCertificateDays); }
};

TEST_F(CertificateEndsTest, NothingNotedIsNothingMeasured) {
  EXPECT_EQ(own(), Days());
  EXPECT_EQ(partners(), Days());
}

TEST_F(CertificateEndsTest, TheFirstToEndCountsForEachSide) {
  note_certificates(CertificateOwner::kOwn, "listener a", {ending_in(90), ending_in(40, "CN=b")},
                    kNow);
  note_certificates(CertificateOwner::kOwn, "listener b", {ending_in(60)}, kNow);
  note_certificates(CertificateOwner::kPartner, "authorities of listener a", {ending_in(900)},
                    kNow);
  EXPECT_EQ(own(), Days(40));
  EXPECT_EQ(partners(), Days(900));
  note_shown_certificate("listener a", ending_in(12, "CN=client"), kNow);
  EXPECT_EQ(partners(), Days(12));
  EXPECT_EQ(own(), Days(40));
}

TEST_F(CertificateEndsTest, ANewSetTakesTheOldOnesPlace) {
  note_certificates(CertificateOwner::kOwn, "listener a", {ending_in(3, "CN=old")}, kNow);
  note_certificates(CertificateOwner::kOwn, "listener a", {ending_in(90, "CN=new")}, kNow);
  EXPECT_EQ(own(), Days(90));
  note_certificates(CertificateOwner::kOwn, "listener a", {}, kNow);
  EXPECT_EQ(own(), Days());
}

TEST_F(CertificateEndsTest, ARenewedPartnerIsNoWorryAnyMore) {
  note_shown_certificate("listener a", ending_in(3), kNow);
  note_shown_certificate("listener a", ending_in(90), kNow);
  EXPECT_EQ(partners(), Days(90));
}

TEST_F(CertificateEndsTest, WhoDoesNotComeForAWeekIsForgotten) {
  note_shown_certificate("listener a", ending_in(20), kNow);
  note_shown_certificate("listener a", ending_in(50, "CN=b"), kNow + hours(24 * 3));
  tell_certificate_ends(kNow + hours(24 * 8));
  EXPECT_EQ(partners(), Days(42));
}

TEST_F(CertificateEndsTest, TheDaysCountDownAlsoWhenNothingIsNoted) {
  note_certificates(CertificateOwner::kOwn, "listener a", {ending_in(40)}, kNow);
  tell_certificate_ends(kNow + hours(24 * 3));
  EXPECT_EQ(own(), Days(37));
  tell_certificate_ends(kNow + hours(24 * 50));
  EXPECT_EQ(own(), Days(-10)) << "it has ended";
}

TEST_F(CertificateEndsTest, PartnersWithoutNumberTakeNoMemoryWithoutBound) {
  note_shown_certificate("listener a", ending_in(5, "CN=first"), kNow);
  for (std::size_t index = 0; index < kShownCertificatesMax; ++index) {
    note_shown_certificate("listener a", ending_in(50, "CN=" + std::to_string(index)),
                           kNow + std::chrono::seconds(index + 1));
  }
  EXPECT_EQ(partners(), Days(50)) << "the first is the one that was not seen for longest";
}

}  // namespace
}  // namespace net
