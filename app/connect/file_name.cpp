#include "connect/file_name.hpp"

#include <fmt/core.h>

#include <array>
#include <chrono>
#include <utility>

#include "base/try.hpp"

namespace connectors {
namespace {

bool is_plain(char octet) noexcept {
  return (octet >= 'A' && octet <= 'Z') || (octet >= 'a' && octet <= 'z') ||
         (octet >= '0' && octet <= '9') || octet == '.' || octet == '_' || octet == '-';
}

std::string encode(char octet) {
  return fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(octet)));
}

std::string date_of(base::WallTime time) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(time));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

// Of the folders and the file that the operator wrote, placeholders standing for "x".
base::Status<std::string> check_shape(std::string_view shape) {
  if (shape.empty()) return base::fail(std::string("expected a file name, found nothing"));
  std::size_t begin = 0;
  while (begin <= shape.size()) {
    const std::size_t end = std::min(shape.find('/', begin), shape.size());
    const std::string_view part = shape.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") {
      return base::fail(std::string(
          "expected a name below `directory`, without empty parts and without '.' or '..'"));
    }
    begin = end + 1;
  }
  return base::Done{};
}

}  // namespace

std::string encode_for_file_name(std::string_view value) {
  std::string name;
  for (const char octet : value) {
    const bool leading_dot = name.empty() && octet == '.';
    const std::string next =
        is_plain(octet) && !leading_dot ? std::string(1, octet) : encode(octet);
    if (name.size() + next.size() > kNameValueBytesMax) break;
    name += next;
  }
  return name.empty() ? "_" : name;
}

base::Result<FileNameTemplate::Placeholder, std::string> FileNameTemplate::find(
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

base::Result<FileNameTemplate, std::string> FileNameTemplate::parse(std::string_view text) {
  FileNameTemplate made;
  std::string shape;
  while (!text.empty()) {
    const std::size_t open = std::min(text.find('{'), text.size());
    const std::string_view literal = text.substr(0, open);
    if (literal.find('}') != std::string_view::npos || literal.find('\0') != literal.npos) {
      return base::fail(std::string("a '}' without its '{', or a NUL"));
    }
    if (!literal.empty()) made.parts_.push_back({std::string(literal), Placeholder::kNone});
    shape += literal;
    text.remove_prefix(open);
    if (text.empty()) break;

    const std::size_t close = text.find('}');
    if (close == std::string_view::npos) return base::fail(std::string("a '{' without its '}'"));
    const Placeholder placeholder = TRY(find(text.substr(1, close - 1)));
    made.parts_.push_back({{}, placeholder});
    shape += 'x';
    text.remove_prefix(close + 1);
  }
  if (const auto good = check_shape(shape); !good) return base::fail(good.error());
  return made;
}

std::string FileNameTemplate::value_of(Placeholder placeholder, const Delivery& delivery) {
  switch (placeholder) {
    case Placeholder::kNone: break;
    case Placeholder::kId: return base::to_string(delivery.message_id);
    case Placeholder::kEntry: return fmt::format("{:020}", delivery.id.value);
    case Placeholder::kControlId: return encode_for_file_name(delivery.control_id);
    case Placeholder::kType: return encode_for_file_name(delivery.type);
    case Placeholder::kTrigger: return encode_for_file_name(delivery.trigger);
    case Placeholder::kDate: return date_of(delivery.received_at);
  }
  return {};
}

std::string FileNameTemplate::render(const Delivery& delivery) const {
  std::string name;
  for (const Part& part : parts_) {
    name +=
        part.placeholder == Placeholder::kNone ? part.text : value_of(part.placeholder, delivery);
  }
  return name;
}

}  // namespace connectors
