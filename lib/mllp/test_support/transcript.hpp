// transcript.hpp: all that a run of the decoder can show to the outside.
#pragma once

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "mllp/frame_decoder.hpp"

namespace mllp {

struct Transcript {
  // A frame stands for itself; other events are spelled out, with the head
  // behind them: "oversize: MSH|…", "endless: …", "garbage limit",
  // "start inside frame". "open: 7" is a stream that ended inside a frame.
  std::vector<std::string> told;
  FrameCounts counts;

  friend bool operator==(const Transcript&, const Transcript&) = default;
};

// The payload, first lent and then taken.
[[nodiscard]] inline std::string taken_from(FrameDecoder& decoder) {
  std::string seen(base::as_text(decoder.payload()));
  std::vector<std::byte> taken;
  decoder.take_payload(taken);
  CHECK(seen == base::as_text(taken));
  return seen;
}

inline void write_down(Transcript& transcript, FrameDecoder& decoder, DecodeEvent event) {
  const std::string head(base::as_text(decoder.head()));
  switch (event) {
    case DecodeEvent::kNeedMore: return;
    case DecodeEvent::kFrame: transcript.told.push_back(taken_from(decoder)); return;
    case DecodeEvent::kOversize: transcript.told.push_back("oversize: " + head); return;
    case DecodeEvent::kOversizeEndless: transcript.told.push_back("endless: " + head); return;
    case DecodeEvent::kGarbageLimit: transcript.told.emplace_back("garbage limit"); return;
    case DecodeEvent::kStartInsideFrame: transcript.told.emplace_back("start inside frame"); return;
  }
}

[[nodiscard]] inline bool is_spent(DecodeEvent event) {
  return event == DecodeEvent::kOversizeEndless || event == DecodeEvent::kGarbageLimit ||
         event == DecodeEvent::kStartInsideFrame;
}

// What holds at any moment, whatever a peer sends. Pending octets, four at
// most, may come on top of the limit.
inline void check_promises(const FrameDecoder& decoder, const FrameOptions& options) {
  CHECK(decoder.buffered_bytes() <= options.payload_bytes_max + 4);
  CHECK(decoder.inside_frame() == (decoder.open_frame_bytes() > 0));
  CHECK(decoder.inside_frame() || decoder.buffered_bytes() == 0);
  CHECK(decoder.payload().empty());
}

// False once the decoder is spent.
[[nodiscard]] inline bool feed(FrameDecoder& decoder, std::string_view piece,
                               Transcript& transcript) {
  base::ByteView rest = base::as_bytes(piece);
  for (;;) {
    const DecodeStep step = decoder.decode(rest);
    CHECK(step.consumed_bytes <= rest.size());
    write_down(transcript, decoder, step.event);
    if (is_spent(step.event)) return false;
    rest = rest.subspan(step.consumed_bytes);
    if (step.event == DecodeEvent::kNeedMore) break;
  }
  CHECK(rest.empty());
  return true;
}

// Feeds the pieces in order, closes the stream, writes down what came out.
[[nodiscard]] inline Transcript listen(const std::vector<std::string_view>& pieces,
                                       const FrameOptions& options) {
  Transcript transcript;
  FrameDecoder decoder(options);
  const bool sound = std::all_of(pieces.begin(), pieces.end(), [&](std::string_view piece) {
    // The view of the last piece must not be needed any more: read from a copy.
    const std::string read(piece);
    if (!feed(decoder, read, transcript)) return false;
    check_promises(decoder, options);
    return true;
  });
  const std::size_t open_bytes = decoder.finish();
  CHECK(sound || open_bytes == 0);
  if (open_bytes > 0) transcript.told.push_back("open: " + std::to_string(open_bytes));
  transcript.counts = decoder.counts();
  return transcript;
}

[[nodiscard]] inline std::vector<std::string_view> pieces_of(std::string_view stream,
                                                             std::size_t piece_bytes) {
  std::vector<std::string_view> pieces;
  for (std::size_t at = 0; at < stream.size(); at += piece_bytes) {
    pieces.push_back(stream.substr(at, piece_bytes));
  }
  return pieces;
}

inline constexpr std::string_view kHexDigits = "0123456789abcdef";

[[nodiscard]] inline std::string made_visible(std::string_view text) {
  std::string visible;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet >= 0x20 && octet < 0x7f) {
      visible.push_back(c);
    } else {
      visible.append({'<', kHexDigits[octet / 16], kHexDigits[octet % 16], '>'});
    }
  }
  return visible;
}

inline void PrintTo(const Transcript& transcript, std::ostream* out) {
  *out << "\n  told:";
  for (const std::string& line : transcript.told) *out << " \"" << made_visible(line) << '"';
  const FrameCounts& counts = transcript.counts;
  *out << "\n  frames " << counts.frames << ", blank " << counts.blank_frames << ", oversize "
       << counts.oversize_frames << ", cut " << counts.cut_frames << " with " << counts.cut_bytes
       << " octets, unfinished " << counts.unfinished_frames << " with " << counts.unfinished_bytes
       << "\n  embedded starts " << counts.embedded_starts << ", embedded ends "
       << counts.embedded_ends << ", bare ends " << counts.bare_ends << ", garbage "
       << counts.garbage_bytes << '\n';
}

}  // namespace mllp
