#include "cli/load_message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "hl7/header.hpp"
#include "mllp/octets.hpp"

namespace cli {
namespace {

constexpr std::uint64_t kPatientCount = 100'000;
constexpr std::size_t kPatientDigits = 6;
constexpr std::size_t kNoteBytes = 200;

// Every step can be undone, so no two numbers become one.
std::uint64_t scatter(std::uint64_t number) noexcept {
  number ^= number >> 32;
  number *= 0xd6e8feb86659fd93U;
  number ^= number >> 29;
  number *= 0x9e3779b97f4a7c55U;
  number ^= number >> 32;
  return number;
}

// The offset of MSH-10, and its end.
struct FieldRange {
  std::size_t begin;
  std::size_t end;
};

// MSH-1 is the first separator itself, so nine of them stand before field 10.
std::optional<FieldRange> find_control_id(std::string_view message, char separator) noexcept {
  const std::size_t line_end = std::min(message.find('\r'), message.size());
  std::size_t begin = 0;
  for (int count = 0; count < 9; ++count) {
    begin = message.find(separator, begin);
    if (begin >= line_end) return std::nullopt;
    ++begin;
  }
  return FieldRange{begin, std::min(message.find(separator, begin), line_end)};
}

}  // namespace

ControlId LoadNumber::to_control_id() const noexcept {
  constexpr std::string_view kDigits = "0123456789abcdef";
  ControlId id{};
  std::uint64_t rest = value;
  for (auto digit = id.rbegin(); digit != id.rend(); ++digit) {
    *digit = kDigits[rest % 16];
    rest /= 16;
  }
  return id;
}

LoadNumber LoadSequence::next() noexcept { return {scatter(next_++)}; }

std::optional<LoadTemplate> LoadTemplate::parse(std::string_view message) {
  const auto header = hl7::parse_header(base::as_bytes(message));
  if (!header) return std::nullopt;
  const auto id = find_control_id(message, header->delimiters.field);
  if (!id) return std::nullopt;

  LoadTemplate made;
  made.before_ = static_cast<char>(mllp::kStartOctet);
  made.before_ += message.substr(0, id->begin);
  const std::string_view rest = message.substr(id->end);
  const std::size_t patient = std::min(rest.find(kPatientMark), rest.size());
  made.has_patient_ = patient < rest.size();
  made.between_ = rest.substr(0, patient);
  if (made.has_patient_) made.after_ = rest.substr(patient + kPatientMark.size());
  made.after_ += static_cast<char>(mllp::kEndOctet);
  made.after_ += static_cast<char>(mllp::kCloseOctet);
  return made;
}

void LoadTemplate::append_frame(std::string& out, const ControlId& id, LoadNumber number) const {
  out += before_;
  out.append(id.data(), id.size());
  out += between_;
  if (has_patient_) {
    std::array<char, kPatientDigits> patient{};
    // 100000 to 199999: always six digits.
    std::to_chars(patient.data(), patient.data() + patient.size(),
                  kPatientCount + number.value % kPatientCount);
    out.append(patient.data(), patient.size());
  }
  out += after_;
}

std::size_t LoadTemplate::frame_bytes() const noexcept {
  const std::size_t patient_bytes = has_patient_ ? kPatientDigits : 0;
  return before_.size() + ControlId{}.size() + between_.size() + patient_bytes + after_.size();
}

std::string make_load_message(std::size_t payload_bytes_min) {
  std::string message =
      "MSH|^~\\&|ANALYSER|LAB|EHR|GEN|20260403120000||ORU^R01^ORU_R01|1|P|2.5.1\r"
      "PID|1||@PATIENT@^^^HOSP^MR||LOAD^PATIENT||19700101|F|||1 QUAY RD^^TURKU^^20100^FI\r"
      "PV1|1|I|W4^412||||20077^VIRTANEN^LEENA\r"
      "OBR|1||L7702|24323-8^METABOLIC PANEL^LN|||20260403113000\r";
  for (int i = 1; i <= 5; ++i) {
    message +=
        fmt::format("OBX|{}|NM|2951-2^SODIUM^LN||{}|mmol/L^^UCUM|136-145|N|||F\r", i, 136 + i);
  }
  while (message.size() < payload_bytes_min) {
    const std::size_t note_bytes = std::min(kNoteBytes, payload_bytes_min - message.size());
    message += "NTE|1||" + std::string(note_bytes, 'x') + "\r";
  }
  return message;
}

}  // namespace cli
