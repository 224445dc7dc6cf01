// hl7/ack_code.hpp: which acknowledgement a message gets, and whether it gets one.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hl7 {

// Table 0008. The values are stored: add at the end, never renumber.
enum class AckCode : std::uint8_t {
  kAA = 1,  // application accept
  kAE = 2,  // application error: by this product, may be retried
  kAR = 3,  // application reject: by this product, permanent
  kCA = 4,  // commit accept
  kCE = 5,  // commit error
  kCR = 6,  // commit reject
};

// As MSA-1 holds it, e.g. "AA".
[[nodiscard]] std::string_view to_string(AckCode code) noexcept;

[[nodiscard]] std::optional<AckCode> find_ack_code(std::string_view text) noexcept;

[[nodiscard]] constexpr bool is_accept(AckCode code) noexcept {
  return code == AckCode::kAA || code == AckCode::kCA;
}

// AA becomes CA, AE CE, AR CR; a commit code stays.
[[nodiscard]] AckCode to_commit(AckCode code) noexcept;

// What the sender asked for (table 0155: AL, NE, ER, SU).
struct AnswerConditions {
  std::string_view accept_ack{};       // MSH-15
  std::string_view application_ack{};  // MSH-16
};

// Enhanced mode, with at most one answer per message:
//
//     neither valued                                       the code as it is
//     MSH-15 = AL, or ER on a refusal, or SU on success    the commit code
//     else MSH-16 = AL, or ER, or SU likewise              the code as it is
//     else                                                 none
//
// A value that is unknown counts as AL. Empty, blank and HL7 null are not valued.
// REQUIRES: `code` is AA, AE or AR.
[[nodiscard]] std::optional<AckCode> choose_answer(const AnswerConditions& asked,
                                                   AckCode code) noexcept;

}  // namespace hl7
