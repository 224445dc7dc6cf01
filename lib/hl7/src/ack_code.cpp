#include "hl7/ack_code.hpp"

#include "hl7/message.hpp"
#include "parts.hpp"

namespace hl7 {
namespace {

bool is_valued(std::string_view condition) noexcept {
  return !condition.empty() && !is_null(condition);
}

// Table 0155; what it does not know counts as AL.
bool asks_for(std::string_view condition, AckCode code) noexcept {
  if (!is_valued(condition) || condition == "NE") return false;
  if (condition == "ER") return !is_accept(code);
  if (condition == "SU") return is_accept(code);
  return true;
}

}  // namespace

std::string_view to_string(AckCode code) noexcept {
  switch (code) {
    case AckCode::kAA: return "AA";
    case AckCode::kAE: return "AE";
    case AckCode::kAR: return "AR";
    case AckCode::kCA: return "CA";
    case AckCode::kCE: return "CE";
    case AckCode::kCR: return "CR";
  }
  return "AE";
}

std::optional<AckCode> find_ack_code(std::string_view text) noexcept {
  for (const AckCode code :
       {AckCode::kAA, AckCode::kAE, AckCode::kAR, AckCode::kCA, AckCode::kCE, AckCode::kCR}) {
    if (to_string(code) == text) return code;
  }
  return std::nullopt;
}

AckCode to_commit(AckCode code) noexcept {
  switch (code) {
    case AckCode::kAA: return AckCode::kCA;
    case AckCode::kAE: return AckCode::kCE;
    case AckCode::kAR: return AckCode::kCR;
    case AckCode::kCA:
    case AckCode::kCE:
    case AckCode::kCR: break;
  }
  return code;
}

std::optional<AckCode> choose_answer(const AnswerConditions& asked, AckCode code) noexcept {
  const std::string_view accept = trim_blanks(asked.accept_ack);
  const std::string_view application = trim_blanks(asked.application_ack);
  if (!is_valued(accept) && !is_valued(application)) return code;
  if (asks_for(accept, code)) return to_commit(code);
  if (asks_for(application, code)) return code;
  return std::nullopt;
}

}  // namespace hl7
