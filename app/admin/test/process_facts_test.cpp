#include "admin/process_facts.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <vector>

namespace admin {
namespace {

class Descriptors {
 public:
  explicit Descriptors(int count) {
    for (int each = 0; each < count; ++each) open_.push_back(::open("/dev/null", O_RDONLY));
  }

  ~Descriptors() {
    for (const int each : open_) ::close(each);
  }

  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;

 private:
  std::vector<int> open_;
};

TEST(ProcessFacts, DescriptorsAreCountedToTheLast) {
  const std::uint64_t before = descriptors_as_counted();
  const std::uint64_t shown_before = process_facts().descriptor_count;
  const Descriptors more(300);
  EXPECT_EQ(descriptors_as_counted(), before + 300);
  EXPECT_EQ(process_facts().descriptor_count, shown_before + 300);
}

TEST(ProcessFacts, WhatTheKernelTellsIsWhatIsCounted) {
  if (descriptors_as_told() == 0) GTEST_SKIP() << "this kernel does not tell (Linux before 6.2)";
  const Descriptors more(100);
  EXPECT_EQ(descriptors_as_told(), descriptors_as_counted());
}

TEST(ProcessFacts, WorkTakesTimeAndMemory) {
  const ProcessFacts before = process_facts();
  const std::vector<char> filled(std::size_t{64} << 20U, 'x');
  while (process_facts().cpu_seconds < before.cpu_seconds + 0.02) {
  }
  EXPECT_EQ(filled.back(), 'x');
  EXPECT_GE(process_facts().resident_bytes, before.resident_bytes + (std::size_t{50} << 20U));
  EXPECT_GE(before.virtual_bytes, before.resident_bytes);
}

}  // namespace
}  // namespace admin
