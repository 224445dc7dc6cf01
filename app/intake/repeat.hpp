// intake/repeat.hpp: messages that came before: what the store is asked, and what its word means.
#pragma once

#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "config/configuration.hpp"
#include "hl7/header.hpp"
#include "intake/decision.hpp"
#include "store/append.hpp"

namespace intake {

// What the store is asked of this message; none: it has no control id by which it could be
// known. REQUIRES: the header's views look into the octets.
[[nodiscard]] std::optional<store::DedupQuery> query_of(const store::DedupSecret& secret,
                                                        const config::ListenerSettings& settings,
                                                        base::ByteView octets,
                                                        const hl7::Header& header);

// Takes the store's word on the committed drafts over into their rulings: what came before is
// accepted, with the answer that it was given then, or refused, as the settings say.
void take_recognitions(Decision& decision, std::span<const store::Draft> drafts,
                       const config::ListenerSettings& settings);

}  // namespace intake
