// intake/message_functions.hpp: `msg.get("PID-3.1")` and its kin, and `hl7.*`.
//
//     msg.get(path)        the first value, "" when there is none; never fails
//     msg.all(path)        all values that the path names, one for each segment or repetition
//     msg.has(path)        whether there is one that is neither empty nor null
//     msg.is_null(path)    whether the first is HL7 null: ""
//     msg.count(path)      "OBX" how many segments; "PID-3" how many repetitions
//     msg.segments(name)   the segments of that name, each with the same calls
//     hl7.timestamp(text)  a point in time, or none
//     hl7.number(text)     a number, or none
//
// A path that is a literal is read when planning, and refused there when malformed.
#pragma once

#include <span>
#include <string_view>

#include "cel/function.hpp"
#include "cel/value.hpp"
#include "hl7/message.hpp"
#include "intake/message_text.hpp"

namespace intake {

inline constexpr std::string_view kMessageType = "hl7.Message";
inline constexpr std::string_view kSegmentType = "hl7.Segment";

// `msg`: what the text has open.
class MessageObject final : public cel::Opaque {
 public:
  explicit MessageObject(MessageText& text) noexcept : text_(&text) {}

  [[nodiscard]] std::string_view type_name() const override { return kMessageType; }

  [[nodiscard]] bool equals(const cel::Opaque& /*other*/) const override { return true; }

  [[nodiscard]] MessageText& text() const noexcept { return *text_; }

 private:
  MessageText* text_;
};

class SegmentObject final : public cel::Opaque {
 public:
  SegmentObject(MessageText& text, const hl7::Segment& segment) noexcept
      : text_(&text), segment_(&segment) {}

  [[nodiscard]] std::string_view type_name() const override { return kSegmentType; }

  [[nodiscard]] bool equals(const cel::Opaque& other) const override {
    return static_cast<const SegmentObject&>(other).segment_ == segment_;
  }

  [[nodiscard]] MessageText& text() const noexcept { return *text_; }

  [[nodiscard]] const hl7::Segment& segment() const noexcept { return *segment_; }

 private:
  MessageText* text_;
  const hl7::Segment* segment_;
};

// Constants: they outlive every environment.
[[nodiscard]] std::span<const cel::Overload> message_functions() noexcept;
[[nodiscard]] std::span<const cel::Overload> hl7_functions() noexcept;

}  // namespace intake
