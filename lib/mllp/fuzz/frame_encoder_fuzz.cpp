// One property, for any payload at all: is_encodable() is true if and only if a
// decoder with default options reads the encoded frame back as it was.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "../test_support/transcript.hpp"
#include "mllp/frame_encoder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView payload = std::as_bytes(std::span(data, size));
  std::string frame;
  mllp::append_frame(frame, payload);
  if (frame.size() != mllp::frame_bytes(payload.size())) std::abort();

  const mllp::Transcript heard = mllp::listen({frame}, mllp::FrameOptions{});
  const std::vector<std::string> want{std::string(base::as_text(payload))};
  if ((heard.told == want) != mllp::is_encodable(payload)) std::abort();
  return 0;
}
