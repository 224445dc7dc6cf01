#include "connect/mllp_answer.hpp"

#include "hl7/message.hpp"
#include "hl7/path.hpp"

namespace connectors {
namespace {

constexpr std::size_t kShortIdBytes = 20;  // MSA-2 is ST(20) up to version 2.5.1
constexpr hl7::Ordinal kCodeField{1};
constexpr hl7::Ordinal kControlIdField{2};

}  // namespace

std::optional<Acknowledgement> read_acknowledgement(base::ByteView answer) {
  hl7::Message message;
  if (!message.parse(answer)) return std::nullopt;
  const hl7::Segment* msa = message.find("MSA");
  if (msa == nullptr) return std::nullopt;
  const auto code = hl7::find_ack_code(message.field(*msa, kCodeField));
  if (!code) return std::nullopt;
  return Acknowledgement{.code = *code,
                         .control_id = std::string(message.field(*msa, kControlIdField))};
}

bool names(Match match, const Naming& naming) noexcept {
  if (naming.answered.empty()) return false;
  if (naming.answered == naming.control_id) return true;
  return match == Match::kPrefix20 && naming.answered == naming.control_id.substr(0, kShortIdBytes);
}

}  // namespace connectors
