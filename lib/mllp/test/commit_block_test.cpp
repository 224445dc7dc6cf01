#include "mllp/commit_block.hpp"

#include <gtest/gtest.h>

#include "../test_support/transcript.hpp"

namespace mllp {
namespace {

TEST(CommitBlock, IsOneOctetInAFrame) {
  EXPECT_EQ(encode(CommitBlock::kAck), "\v\x06\034\r");
  EXPECT_EQ(encode(CommitBlock::kNak), "\v\x15\034\r");
}

TEST(CommitBlock, IsKnownByItsOnlyOctet) {
  for (unsigned value = 0; value < 256; ++value) {
    const std::byte payload[] = {static_cast<std::byte>(value)};
    const std::optional<CommitBlock> block = as_commit_block(payload);
    if (value == 0x06) {
      EXPECT_EQ(block, CommitBlock::kAck);
    } else if (value == 0x15) {
      EXPECT_EQ(block, CommitBlock::kNak);
    } else {
      EXPECT_EQ(block, std::nullopt) << value;
    }
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
