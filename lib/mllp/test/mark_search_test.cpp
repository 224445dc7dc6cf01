#include "mark_search.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mllp {
namespace {

using Search = std::size_t (*)(base::ByteView) noexcept;

class MarkSearchTest : public testing::TestWithParam<Search> {
 protected:
  [[nodiscard]] static std::size_t find(std::string_view text) {
    return GetParam()(base::as_bytes(text));
  }
};

// One mark or the other at `place`, and another at the end, which hides nothing.
std::string text_with_mark(std::size_t size, std::size_t place) {
  std::string text(size, 'x');
  text.back() = '\v';
  text[place] = place % 2 == 0 ? '\v' : '\034';
  return text;
}

TEST_P(MarkSearchTest, FindsNothingInNothing) { EXPECT_EQ(find(""), 0u); }

// Sizes and places around 8, 16 and 64, the widths of a step, from addresses of
// any alignment.
TEST_P(MarkSearchTest, FindsTheFirstMarkWhereverItStands) {
  for (std::size_t size = 1; size <= 200; ++size) {
    for (std::size_t place = 0; place < size; ++place) {
      const std::string text = text_with_mark(size, place);
      ASSERT_EQ(find(text), place) << "of " << size;
      ASSERT_EQ(find(std::string_view(text).substr(place / 2)), place - place / 2);
    }
  }
}

TEST_P(MarkSearchTest, DoesNotReadBeyondTheEnd) {
  const std::string text = std::string(100, 'x') + "\v\034";
  for (std::size_t size = 0; size <= 100; ++size) {
    ASSERT_EQ(find(std::string_view(text).substr(100 - size, size)), size);
  }
}

TEST_P(MarkSearchTest, TakesNoOtherOctetForAMark) {
  for (unsigned value = 0; value < 256; ++value) {
    const bool mark = value == 0x0b || value == 0x1c;
    for (const std::size_t size : {1U, 8U, 16U, 64U, 65U}) {
      const std::string text(size, static_cast<char>(value));
      ASSERT_EQ(find(text), mark ? 0 : size) << "octet " << value;
    }
  }
}

// A borrow from a neighbour must not make a mark of 0A or 1B behind one.
TEST_P(MarkSearchTest, IsNotMisledByNeighbours) {
  EXPECT_EQ(find("\n\n\n\n\n\n\n\v"), 7u);
  EXPECT_EQ(find("\f\f\f\f\v\n\n\n"), 4u);
  EXPECT_EQ(find("\x8b\x9c\x8b\x9c\x8b\x9c\x1b\x1d"), 8u);
}

INSTANTIATE_TEST_SUITE_P(Widest, MarkSearchTest, testing::Values(&find_mark));
INSTANTIATE_TEST_SUITE_P(Portable, MarkSearchTest, testing::Values(&find_mark_portable));

}  // namespace
}  // namespace mllp
