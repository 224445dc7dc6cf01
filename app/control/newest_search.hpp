// control/newest_search.hpp: searching a store that has no archive (STORE=memory).
#pragma once

#include <cstddef>
#include <optional>

#include "control/operations.hpp"
#include "store/archive.hpp"
#include "store/outbox.hpp"

namespace control {

// Looks at what the store still holds, newest first. It knows a message by its control id,
// type and times; to ask for anything else is an error.
[[nodiscard]] Answer<store::FoundPage> search_newest(store::Outbox& outbox,
                                                     const store::Search& search,
                                                     const std::optional<store::MessageKey>& after,
                                                     std::size_t count_max);

// What it knows of one.
[[nodiscard]] Answer<std::optional<store::MessageRecord>> record_of_newest(
    store::Outbox& outbox, const store::MessageKey& key);

}  // namespace control
