#include "hl7/timestamp.hpp"

#include <gtest/gtest.h>

namespace hl7 {
namespace {

using std::chrono::microseconds;
using std::chrono::minutes;

struct Row {
  std::int64_t unix_us;
  int offset_minutes;
  const char* with_offset;
  const char* plain;
};

const Row kRows[] = {
    {0, 0, "19700101000000+0000", "19700101000000"},
    {1'775'217'600'000'000, 0, "20260403120000+0000", "20260403120000"},
    {1'775'217'600'000'000, 120, "20260403140000+0200", "20260403140000"},
    {1'775'217'600'000'000, -330, "20260403063000-0530", "20260403063000"},
    {1'775'217'600'000'000, 765, "20260404004500+1245", "20260404004500"},
    {1'775'217'600'999'999, 0, "20260403120000+0000", "20260403120000"},
    {1'709'251'199'000'000, 0, "20240229235959+0000", "20240229235959"},
    {1'709'251'199'000'000, 1, "20240301000059+0001", "20240301000059"},
    {-1, 0, "19691231235959+0000", "19691231235959"},
    {253'402'300'799'000'000, 0, "99991231235959+0000", "99991231235959"},
};

TEST(Timestamp, IsLocalTimeToTheSecond) {
  for (const Row& row : kRows) {
    const LocalTime time{base::WallTime(microseconds(row.unix_us)), minutes(row.offset_minutes)};
    std::string with_offset;
    append_timestamp(with_offset, time, TimeForm::kOffset);
    EXPECT_EQ(with_offset, row.with_offset);
    std::string plain;
    append_timestamp(plain, time, TimeForm::kPlain);
    EXPECT_EQ(plain, row.plain);
  }
}

}  // namespace
}  // namespace hl7
