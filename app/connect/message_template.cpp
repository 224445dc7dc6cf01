#include "connect/message_template.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/try.hpp"

namespace connectors {
namespace {

bool is_plain_in_file_name(char octet) noexcept {
  return (octet >= 'A' && octet <= 'Z') || (octet >= 'a' && octet <= 'z') ||
         (octet >= '0' && octet <= '9') || octet == '.' || octet == '_' || octet == '-';
}

bool is_plain_in_header(char octet) noexcept {
  return octet > ' ' && octet < '\x7f' && octet != '%';
}

std::string encode(char octet) {
  return fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(octet)));
}

std::string date_of(base::WallTime time) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(time));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

}  // namespace

std::string percent_encode(std::string_view value, bool (*is_plain)(char)) {
  std::string text;
  for (const char octet : value) {
    const bool leading_dot = text.empty() && octet == '.';
    const std::string next =
        is_plain(octet) && !leading_dot ? std::string(1, octet) : encode(octet);
    if (text.size() + next.size() > kValueBytesMax) break;
    text += next;
  }
  return text.empty() ? "_" : text;
}

std::string encode_for_file_name(std::string_view value) {
  return percent_encode(value, is_plain_in_file_name);
}

std::string encode_for_header(std::string_view value) {
  return percent_encode(value, is_plain_in_header);
}

base::Result<MessageTemplate::Placeholder, std::string> MessageTemplate::find(
    std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, Placeholder>, 6> kKnown{{
      {"id", Placeholder::kId},
      {"entry", Placeholder::kEntry},
      {"control_id", Placeholder::kControlId},
      {"type", Placeholder::kType},
      {"trigger", Placeholder::kTrigger},
      {"date", Placeholder::kDate},
  }};
  for (const auto& [known, placeholder] : kKnown) {
    if (known == name) return placeholder;
  }
  std::string text = fmt::format("unknown placeholder '{{{}}}'; known are", name);
  for (const auto& [known, placeholder] : kKnown) text += fmt::format(" {{{}}}", known);
  return base::fail(std::move(text));
}

base::Result<MessageTemplate, std::string> MessageTemplate::parse(std::string_view text) {
  MessageTemplate made;
  while (!text.empty()) {
    const std::size_t open = std::min(text.find('{'), text.size());
    const std::string_view literal = text.substr(0, open);
    if (literal.find('}') != std::string_view::npos || literal.find('\0') != literal.npos) {
      return base::fail(std::string("a '}' without its '{', or a NUL"));
    }
    if (!literal.empty()) made.parts_.push_back({std::string(literal), Placeholder::kNone});
    text.remove_prefix(open);
    if (text.empty()) break;

    const std::size_t close = text.find('}');
    if (close == std::string_view::npos) return base::fail(std::string("a '{' without its '}'"));
    const Placeholder placeholder = TRY(find(text.substr(1, close - 1)));
    made.parts_.push_back({{}, placeholder});
    text.remove_prefix(close + 1);
  }
  return made;
}

std::string MessageTemplate::value_of(Placeholder placeholder, const Delivery& delivery,
                                      ValueEncoder encode) {
  switch (placeholder) {
    case Placeholder::kNone: break;
    case Placeholder::kId: return base::to_string(delivery.message_id);
    case Placeholder::kEntry: return fmt::format("{:020}", delivery.id.value);
    case Placeholder::kControlId: return encode(delivery.control_id);
    case Placeholder::kType: return encode(delivery.type);
    case Placeholder::kTrigger: return encode(delivery.trigger);
    case Placeholder::kDate: return date_of(delivery.received_at);
  }
  return {};
}

std::string MessageTemplate::render(const Delivery& delivery, ValueEncoder encode) const {
  std::string text;
  for (const Part& part : parts_) {
    text += part.placeholder == Placeholder::kNone ? part.text
                                                   : value_of(part.placeholder, delivery, encode);
  }
  return text;
}

std::string MessageTemplate::shape() const {
  std::string shape;
  for (const Part& part : parts_) {
    shape += part.placeholder == Placeholder::kNone ? part.text : "x";
  }
  return shape;
}

}  // namespace connectors
