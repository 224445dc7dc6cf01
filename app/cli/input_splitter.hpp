// cli/input_splitter.hpp: turns the octets of a file or of stdin into messages.
//
//     input := frames | batch | messages
//
// frames    first octet 0B: each MLLP frame is a message, sent exactly as it is
// batch     from a line that begins with FHS or BHS to the end: sent as one frame
// messages  a line that begins with MSH begins the next
//
// Text files hold what editors leave: a byte order mark and blank lines around
// messages are dropped, and with LineEnds::kToCr each segment ends with one CR,
// the last one included.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mllp/frame_decoder.hpp"

namespace cli {

enum class LineEnds : std::uint8_t { kToCr, kAsRead };
enum class FrameUnit : std::uint8_t { kMessage, kInput };  // what becomes one frame

struct SplitOptions {
  LineEnds line_ends = LineEnds::kToCr;
  FrameUnit unit = FrameUnit::kMessage;
};

// Why octets of an input make no message.
enum class InputFault : std::uint8_t {
  kNoMessage = 1,            // nothing that begins with MSH, FHS or BHS
  kOctetsBeforeMessage = 2,  // text before the first of these
  kCutFrame = 3,             // an MLLP frame without its end, or cut by the next one
  kNotEncodable = 4,         // would end its frame early: holds 1C 0D, or 0B before a header
  kTooLarge = 5,             // a frame of more than kMessageBytesMax
  kOctetsBetweenFrames = 6,  // text outside of the MLLP frames
};

// A sentence for the operator, e.g. "text before the first MSH".
[[nodiscard]] std::string_view to_string(InputFault fault) noexcept;

// Largest message sent, in octets.
inline constexpr std::size_t kMessageBytesMax = std::size_t{1} << 30;

// Gives the messages of one input in order. Owns nothing of the input, which
// must outlive it.
class InputSplitter {
 public:
  InputSplitter(std::string_view input, SplitOptions options);

  // The next message as it goes into a frame; none at the end.
  [[nodiscard]] std::optional<std::string> next();

  // What was left out so far; whole when next() has said none. Each at most once.
  [[nodiscard]] const std::vector<InputFault>& faults() const noexcept { return faults_; }

  // Of the input; grows with each next().
  [[nodiscard]] std::size_t consumed_bytes() const noexcept { return input_bytes_ - rest_.size(); }

 private:
  std::optional<std::string> next_piece();
  std::optional<std::string> next_frame();
  std::optional<std::string> next_message();
  std::optional<std::string> take_all();
  void skip_to_header();
  void skip_blanks();
  void note_decoder_losses();
  void note(InputFault fault);
  [[nodiscard]] std::string to_payload(std::string_view piece) const;

  std::string_view rest_;
  std::size_t input_bytes_;
  SplitOptions options_;
  bool framed_ = false;
  bool begun_ = false;
  std::size_t message_count_ = 0;
  mllp::FrameDecoder decoder_;
  std::vector<InputFault> faults_;
};

}  // namespace cli
