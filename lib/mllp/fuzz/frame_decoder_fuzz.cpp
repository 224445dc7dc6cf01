// Three properties, for any octets at all:
//   1. Cutting the stream differently changes nothing that comes out: not the
//      frames, not the order of events, not the counts.
//   2. The limits hold at any moment: see check_promises() in transcript.hpp.
//   3. What comes out is what the specification says: see leisurely_reader.hpp.
//
// The first octet of the input chooses the options, the second the sizes of the
// pieces, the rest is the stream.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "../test_support/leisurely_reader.hpp"
#include "../test_support/transcript.hpp"

namespace {

// Limits so small that a short input reaches them.
constexpr mllp::Resync kResyncs[] = {mllp::Resync::kHeader, mllp::Resync::kHeader,
                                     mllp::Resync::kAny, mllp::Resync::kClose};
constexpr std::size_t kPayloadLimits[] = {1, 2, 5, 16, 64, 100, 700, 4000};
constexpr std::size_t kGarbageLimits[] = {0, 1, 10, 100};

mllp::FrameOptions options_from(std::uint8_t choice) {
  mllp::FrameOptions options;
  options.resync = kResyncs[choice % 4];
  options.end = choice / 4 % 2 == 0 ? mllp::FrameEnd::kFsCr : mllp::FrameEnd::kFs;
  options.payload_bytes_max = kPayloadLimits[choice / 8 % 8];
  options.garbage_bytes_max = kGarbageLimits[choice / 64];
  options.discard_factor = 1U + choice % 3U;
  return options;
}

// Pieces of sizes that wander between 1 and 16 octets, from a seed.
std::vector<std::string_view> uneven_pieces_of(std::string_view stream, std::uint32_t seed) {
  std::vector<std::string_view> pieces;
  while (!stream.empty()) {
    seed = seed * 1664525U + 1013904223U;
    const std::size_t piece_bytes = std::min<std::size_t>(1 + (seed >> 28), stream.size());
    pieces.push_back(stream.substr(0, piece_bytes));
    stream.remove_prefix(piece_bytes);
  }
  return pieces;
}

void expect(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const mllp::FrameOptions options = options_from(data[0]);
  const std::string_view stream = base::as_text(std::as_bytes(std::span(data, size).subspan(2)));

  const mllp::Transcript want = mllp::listen_at_leisure(stream, options);
  expect(mllp::listen({stream}, options) == want);
  expect(mllp::listen(mllp::pieces_of(stream, 1), options) == want);
  expect(mllp::listen(mllp::pieces_of(stream, 1U + data[1]), options) == want);
  expect(mllp::listen(uneven_pieces_of(stream, data[1]), options) == want);
  return 0;
}
