#include "mllp/frame_encoder.hpp"

#include "frame_text.hpp"
#include "mark_search.hpp"

namespace mllp {

namespace {

// Whether a mark and what follows it would be read as framing.
[[nodiscard]] bool is_framing(base::ByteView mark_and_rest) noexcept {
  const base::ByteView behind = mark_and_rest.subspan(1);
  if (mark_and_rest.front() == kEndOctet) return !behind.empty() && behind.front() == kCloseOctet;
  return behind.size() >= kHeaderNameBytes && begins_header_name(behind.first(kHeaderNameBytes));
}

}  // namespace

void append_frame(std::string& out, base::ByteView payload) {
  out.reserve(out.size() + frame_bytes(payload.size()));
  out.push_back(static_cast<char>(kStartOctet));
  out.append(base::as_text(payload));
  out.push_back(static_cast<char>(kEndOctet));
  out.push_back(static_cast<char>(kCloseOctet));
}

bool is_encodable(base::ByteView payload) noexcept {
  if (is_blank(payload)) return false;
  for (std::size_t at = find_mark(payload); at < payload.size();) {
    if (is_framing(payload.subspan(at))) return false;
    ++at;
    at += find_mark(payload.subspan(at));
  }
  return true;
}

}  // namespace mllp
