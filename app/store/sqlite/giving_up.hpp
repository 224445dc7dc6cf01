// store/sqlite/giving_up.hpp: ends what waits in a lane, undelivered.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/sqlite/lane.hpp"

namespace store::sqlite {

// See Outbox::give_up(). `load` reads the log on for the lane, as a claim does.
[[nodiscard]] base::Result<std::vector<EntryId>, StoreError> give_up(
    Lane& lane, std::size_t count_max, const Discard& order, const base::Clock& clock,
    const std::function<base::Status<StoreError>()>& load);

}  // namespace store::sqlite
