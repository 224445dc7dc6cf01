// The codes of table 0357 and what the standard calls them.
#include "hl7/ack.hpp"

namespace hl7 {

namespace {

struct Entry {
  std::string_view code;
  std::string_view text;
};

constexpr Entry kEntries[] = {
    {"0", "Message accepted"},
    {"100", "Segment sequence error"},
    {"101", "Required field missing"},
    {"102", "Data type error"},
    {"103", "Table value not found"},
    {"104", "Value too long"},
    {"198", "Non-conformant cardinality"},
    {"199", "Other HL7 error"},
    {"200", "Unsupported message type"},
    {"201", "Unsupported event code"},
    {"202", "Unsupported processing id"},
    {"203", "Unsupported version id"},
    {"204", "Unknown key identifier"},
    {"205", "Duplicate key identifier"},
    {"206", "Application record locked"},
    {"207", "Application internal error"},
};

}  // namespace

std::string_view standard_error_text(std::string_view code) noexcept {
  for (const Entry& entry : kEntries) {
    if (entry.code == code) return entry.text;
  }
  return {};
}

}  // namespace hl7
