// intake/message_text.hpp: the values of a message as rules read them.
//
// A component, a subcomponent and a field without either are decoded to UTF-8 and
// unescaped. What is named whole keeps its structure: written with |^~\&, whatever
// the message uses, its escape sequences kept. HL7 null reads as "".
//
// ASCII and valid UTF-8 are views into the message; anything else is written into
// an arena. What reading costs beyond the units of the language is metered here: one
// unit for 8 octets looked at, and one for each that is converted; where no set is
// named, one for each octet of the message beyond ASCII, once. Past the budget every
// read yields the error cost_limit, which ends the evaluation.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cel/arena.hpp"
#include "cel/value.hpp"
#include "hl7/decoder.hpp"
#include "hl7/message.hpp"

namespace intake {

class MessageText {
 public:
  // The message and its octets outlive every use until the next open(). `fallback` is the
  // set where MSH-18 names none that is known; without one it is looked for.
  void open(const hl7::Message& message, std::optional<hl7::Charset> fallback) noexcept;

  // Sets the meter to zero: at the start of each evaluation.
  void begin_evaluation(std::uint64_t budget) noexcept {
    budget_ = budget;
    remaining_ = budget;
  }

  // Units since then.
  [[nodiscard]] std::uint64_t spent() const noexcept { return budget_ - remaining_; }

  [[nodiscard]] const hl7::Message& message() const noexcept { return *message_; }

  // Takes units from the meter; false when it is empty.
  [[nodiscard]] bool charge(std::uint64_t units) noexcept {
    if (units > remaining_) {
      remaining_ = 0;
      return false;
    }
    remaining_ -= units;
    return true;
  }

  // What the path names in the segment. The path's own segment is not looked at.
  [[nodiscard]] cel::Value read(const hl7::Segment& segment, const hl7::Path& path,
                                cel::Arena& arena);

  // A value that the path found, as hl7::Match holds it.
  [[nodiscard]] cel::Value to_value(const hl7::Segment& segment, const hl7::Path& path,
                                    std::string_view octets, cel::Arena& arena);

 private:
  [[nodiscard]] bool settle_charset() noexcept;
  [[nodiscard]] cel::Value decoded(std::string_view octets, cel::Arena& arena);
  [[nodiscard]] cel::Value structured(std::string_view octets, cel::Arena& arena);
  [[nodiscard]] cel::Value whole_segment(const hl7::Segment& segment, cel::Arena& arena);
  [[nodiscard]] cel::Value verbatim(std::string_view octets, cel::Arena& arena);
  [[nodiscard]] cel::Value kept(cel::Arena& arena) const;
  [[nodiscard]] bool has_structure(std::string_view octets) const noexcept;
  void append_field(std::string_view octets);
  void append_component(std::string_view octets);
  void append_leaf(std::string_view octets);

  const hl7::Message* message_ = nullptr;
  hl7::Decoder decoder_;
  bool is_standard_ = true;  // |^~\&, and octets are characters
  bool is_charset_settled_ = true;
  std::uint64_t budget_ = 0;
  std::uint64_t remaining_ = 0;
  std::string built_;
  std::string leaf_;
};

}  // namespace intake
