#include "octet_scan.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "parts.hpp"

namespace hl7 {
namespace {

// Where `octet` is in a block, by the bits of find().
template <class B>
std::vector<std::size_t> indexes(const std::string& text, char octet) {
  const B block = load_block<B>(text.data(), text.data() + text.size());
  std::vector<std::size_t> found;
  for (std::uint64_t hits = block.find(octet); hits != 0; hits &= hits - 1) {
    found.push_back(B::first_index(hits));
  }
  return found;
}

template <class B>
class BlockTest : public testing::Test {};

#if defined(__SSE2__)
using Blocks = testing::Types<WordBlock, Sse2Block>;
#else
using Blocks = testing::Types<WordBlock>;
#endif
TYPED_TEST_SUITE(BlockTest, Blocks);

// All octets side by side, so that none is taken for its neighbour.
TYPED_TEST(BlockTest, FindsEveryOctetWhereItIs) {
  for (int first = 0; first < 256; ++first) {
    std::string text;
    for (std::size_t index = 0; index < TypeParam::kBytes; ++index) {
      text += static_cast<char>(first + static_cast<int>(index));
    }
    for (std::size_t index = 0; index < text.size(); ++index) {
      EXPECT_EQ(indexes<TypeParam>(text, text[index]), (std::vector<std::size_t>{index}));
    }
    EXPECT_TRUE(indexes<TypeParam>(text, static_cast<char>(first - 1)).empty());
  }
}

TYPED_TEST(BlockTest, FindsNothingBehindTheEnd) {
  const std::string text = "|a|b|c|d|e|f|g|h|i|j|";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    std::vector<std::size_t> want;
    for (std::size_t index = 0; index < size && index < TypeParam::kBytes; index += 2) {
      want.push_back(index);
    }
    EXPECT_EQ(indexes<TypeParam>(text.substr(0, size), '|'), want) << size;
  }
}

TEST(NthPart, IsFoundAtEveryDistance) {
  for (std::size_t gap = 0; gap < 300; ++gap) {
    const std::string filler(gap, 'x');
    const std::string text = filler + "|" + filler + "y|" + filler + "z";
    EXPECT_EQ(nth_part(text, '|', 0), filler);
    EXPECT_EQ(nth_part(text, '|', 1), filler + "y");
    EXPECT_EQ(nth_part(text, '|', 2), filler + "z");
    EXPECT_EQ(nth_part(text, '|', 3), "");
  }
}

TEST(NthPart, OfNothingIsEmpty) {
  EXPECT_EQ(nth_part("", '|', 0), "");
  EXPECT_EQ(nth_part("", '|', 7), "");
  EXPECT_EQ(nth_part({}, '|', 1), "");
  EXPECT_EQ(nth_part("abc", 0, 0), "abc");
  EXPECT_EQ(nth_part("abc", 0, 1), "");
}

TEST(TakePart, GoesFromPartToPart) {
  std::string_view text = "a^^b^";
  EXPECT_EQ(take_part(text, '^'), "a");
  EXPECT_EQ(take_part(text, '^'), "");
  EXPECT_EQ(take_part(text, '^'), "b");
  EXPECT_EQ(take_part(text, '^'), "");
  EXPECT_EQ(text, "");
}

TEST(FieldEnds, StopsAtEachSeparatorAndLineEnd) {
  for (std::size_t gap = 0; gap < 40; ++gap) {
    const std::string filler(gap, 'x');
    const std::string text = filler + "|" + filler + "\r" + filler + "\n" + filler;
    FieldEnds ends(text, '|');
    std::string seen;
    const char* at = nullptr;
    while ((at = ends.next()) != text.data() + text.size()) seen += *at;
    EXPECT_EQ(seen, "|\r\n") << gap;
  }
}

}  // namespace
}  // namespace hl7
