// cli/load_message.hpp: the messages that a load run sends, each with an id of its own.
//
// MSH-10 is random, 16 hexadecimal digits and never repeated: a store that
// keeps an index on it is spared nothing. Patients are 100,000.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace cli {

using ControlId = std::array<char, 16>;

[[nodiscard]] inline std::string_view as_text(const ControlId& id) noexcept {
  return {id.data(), id.size()};
}

// One number of a sequence without repetition, in an order that looks random.
struct LoadNumber {
  std::uint64_t value = 0;

  [[nodiscard]] ControlId to_control_id() const noexcept;
};

// Gives the numbers. Two sequences of different seeds may meet; one never repeats.
class LoadSequence {
 public:
  explicit LoadSequence(std::uint64_t seed) noexcept : next_(seed) {}

  [[nodiscard]] LoadNumber next() noexcept;

 private:
  std::uint64_t next_;
};

// A message with a place for MSH-10 and, where the text has one, for the patient.
class LoadTemplate {
 public:
  // Where the text says so, a patient number takes its place: 6 digits.
  static constexpr std::string_view kPatientMark = "@PATIENT@";

  // Takes a message whose MSH has a field 10, also an empty one; none otherwise.
  [[nodiscard]] static std::optional<LoadTemplate> parse(std::string_view message);

  // Appends the message as a frame.
  void append_frame(std::string& out, const ControlId& id, LoadNumber number) const;

  // Of the frame. Every frame of one template has the same size.
  [[nodiscard]] std::size_t frame_bytes() const noexcept;

 private:
  std::string before_;   // start octet to MSH-10
  std::string between_;  // MSH-10 to the patient, or to the end
  std::string after_;
  bool has_patient_ = false;
};

// An ORU^R01 of five OBX, about 550 octets, or filled up with notes to at least
// `payload_bytes_min`.
[[nodiscard]] std::string make_load_message(std::size_t payload_bytes_min);

}  // namespace cli
