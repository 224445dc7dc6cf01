// cli/input_stream.hpp: the messages of files, folders and stdin, one after the other.
//
// Folders are walked in order of name, hidden files passed over. One input is
// in memory at a time, at most kInputBytesMax of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/input_splitter.hpp"

namespace cli {

inline constexpr std::size_t kInputBytesMax = std::size_t{2} << 30;

// A file, or stdin where the path is "-".
struct Input {
  std::string path;
  std::uint64_t bytes = 0;  // 0 where it is not known: stdin, pipes
};

// Folders become their files. Fails with a sentence that names the path where
// one is not there or a folder cannot be read. A folder may give no input.
[[nodiscard]] base::Result<std::vector<Input>, std::string> find_inputs(
    const std::vector<std::string>& paths);

// What goes into one frame, and which answers are its own.
struct OutgoingMessage {
  std::string payload;
  std::vector<std::string> control_ids;  // a message: MSH-10; a batch: all MSH-10, FHS-11, BHS-11
  bool is_batch = false;
  std::string origin;         // "adt.hl7", or "adt.hl7 (3)" for its third message
  std::uint64_t ordinal = 0;  // from 1, over all inputs
};

[[nodiscard]] OutgoingMessage make_outgoing(std::string payload);

// Gives the messages of all inputs, `round_count` times over. stdin is read once
// and kept for the later rounds.
class InputStream {
 public:
  InputStream(std::vector<Input> inputs, SplitOptions options, std::uint64_t round_count);

  [[nodiscard]] std::optional<OutgoingMessage> next();

  // "adt.hl7: text before the first MSH was left out"; found since the last
  // call, in the first round only.
  [[nodiscard]] std::vector<std::string> take_problems();

  // How much of the octets of all rounds was given; none where stdin or a pipe
  // is among the inputs.
  [[nodiscard]] std::optional<double> share_given() const;

 private:
  bool open_next();
  void close_current();

  std::vector<Input> inputs_;
  SplitOptions options_;
  std::uint64_t round_count_;
  std::uint64_t round_ = 0;
  std::size_t input_index_ = 0;            // of the next to be opened
  std::string text_;                       // of the current input
  std::optional<InputSplitter> splitter_;  // over text_
  std::string kept_stdin_;
  bool stdin_was_read_ = false;
  std::uint64_t given_bytes_ = 0;  // of inputs that are through
  std::uint64_t message_ordinal_ = 0;
  std::uint64_t input_ordinal_ = 0;  // of the message in its input
  std::vector<std::string> problems_;
};

// The whole of a file, or of stdin for "-"; fails with a sentence that names it.
[[nodiscard]] base::Result<std::string, std::string> read_input(const std::string& path);

}  // namespace cli
