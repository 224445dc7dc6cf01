#include "mllp/commit_block.hpp"

#include <gtest/gtest.h>

#include "../test_support/transcript.hpp"

namespace mllp {
namespace {

TEST(CommitBlock, IsOneOctetInAFrame) {
  EXPECT_EQ(encode(CommitBlock::kAck), "\v\x06\034\r");
  EXPECT_EQ(encode(CommitBlock::kNak), "\v\x15\034\r");
}

std::optional<CommitBlock> as_commit_block_of(unsigned value) {
  const std::byte payload[] = {static_cast<std::byte>(value)};
  return as_commit_block(payload);
}

TEST(CommitBlock, IsKnownByItsOnlyOctet) {
  EXPECT_EQ(as_commit_block_of(0x06), CommitBlock::kAck);
  EXPECT_EQ(as_commit_block_of(0x15), CommitBlock::kNak);
}

TEST(CommitBlock, KnowsNoOtherOctet) {
  for (unsigned value = 0; value < 256; ++value) {
    if (value == 0x06 || value == 0x15) continue;
    EXPECT_EQ(as_commit_block_of(value), std::nullopt) << value;
  }
}

TEST(CommitBlock, HasNothingElseInIt) {
  EXPECT_EQ(as_commit_block({}), std::nullopt);
  EXPECT_EQ(as_commit_block(base::as_bytes("\x06\x06")), std::nullopt);
  EXPECT_EQ(as_commit_block(base::as_bytes("\x06\r")), std::nullopt);
  EXPECT_EQ(as_commit_block(base::as_bytes("MSA|AA")), std::nullopt);
}

TEST(CommitBlock, ComesThroughTheDecoder) {
  const Transcript heard = listen({encode(CommitBlock::kAck), encode(CommitBlock::kNak)}, {});
  EXPECT_EQ(heard.told, (std::vector<std::string>{"\x06", "\x15"}));
}

}  // namespace
}  // namespace mllp
