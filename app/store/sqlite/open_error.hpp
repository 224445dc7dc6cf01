// store/sqlite/open_error.hpp: why a store could not be opened.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "store/append.hpp"

namespace store {

enum class OpenFault : std::uint8_t {
  kDisk = 1,         // a file or folder cannot be made, read or written: see `error`
  kLocked = 2,       // another process has the folder: see `holder_pid`
  kNewerSchema = 3,  // written by a newer version of this program: see `version_found`
  kDamaged = 4,      // a file is not what this program wrote
  kForeign = 5,      // a database of another program
  kMissing = 6,      // not there, though others depend on it
  kNoKey = 7,        // sealed, and there is no key: see `key`
  kWrongKey = 8,     // sealed with a key that is not among those that there are
};

struct OpenError {
  OpenFault fault = OpenFault::kDisk;
  std::string path;
  StoreError error{};      // with kDisk
  int holder_pid = 0;      // 0 where it is not known
  int version_found = 0;   // with kNewerSchema
  int version_known = 0;   // the newest that this binary can read
  std::string key;         // with kNoKey and kWrongKey: the id of the one that is needed
  std::string keys_there;  // with kWrongKey: the ids of those that there are
};

// One sentence for the operator, e.g. "data/lock: another process (pid 4711) uses
// this folder".
[[nodiscard]] std::string to_string(const OpenError& error);

// What went wrong with a file while a store was being opened.
[[nodiscard]] base::Failure<OpenError> cannot_open(std::string path, StoreError error);

// Yields the value, or says at which file it failed.
template <class T>
[[nodiscard]] base::Result<T, OpenError> at_open(std::string path,
                                                 base::Result<T, StoreError> result) {
  if (!result) return cannot_open(std::move(path), result.error());
  return std::move(result).value();
}

}  // namespace store
