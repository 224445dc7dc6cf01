// store/sqlite/key_register.hpp: which keys a store needs, in lanes.db.
//
// A key is named here, durably, before the first thing is sealed with it, and goes when nothing
// is any more. So a key that is missing or wrong is found at the start, before anything is read
// with it or written beside it.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "store/payload_cipher.hpp"
#include "store/sqlite/open_error.hpp"
#include "store/sqlite/segment.hpp"

namespace store::sqlite {

// The keys that a store needs; none where nothing of it is sealed, or there is no store.
[[nodiscard]] base::Result<std::vector<KeyId>, OpenError> keys_of(const Place& place);

// kNoKey or kWrongKey where the store needs one that the place's cipher lacks.
[[nodiscard]] base::Status<OpenError> check_keys(const Place& place);

// Names the key that seals from now on. REQUIRES: lanes.db is there.
[[nodiscard]] base::Status<OpenError> name_current_key(const Place& place);

// Takes away the names of all keys but the current one. REQUIRES: nothing is sealed with them.
[[nodiscard]] base::Status<OpenError> forget_other_keys(const Place& place);

}  // namespace store::sqlite
