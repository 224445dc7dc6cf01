#include "store/sqlite/open_error.hpp"

#include <system_error>

namespace store {
namespace {

std::string locked(const OpenError& error) {
  if (error.holder_pid == 0) return "another process uses this folder";
  return "another process (pid " + std::to_string(error.holder_pid) + ") uses this folder";
}

std::string newer(const OpenError& error) {
  return "written by a newer version of this program: its schema is " +
         std::to_string(error.version_found) + ", this binary knows up to " +
         std::to_string(error.version_known);
}

std::string disk(const OpenError& error) {
  std::string text = "cannot be used (" + std::string(to_string(error.error.fault)) + ")";
  if (error.error.os_error != 0) {
    text += ": " + std::generic_category().message(error.error.os_error);
  }
  return text;
}

std::string no_key(const OpenError& error) {
  return "what it holds is encrypted with the key " + error.key +
         ", and neither ENCRYPTION_KEY_FILE nor ENCRYPTION_KEY is set";
}

std::string wrong_key(const OpenError& error) {
  return "what it holds is encrypted with the key " + error.key +
         ", which is not among those of ENCRYPTION_KEY_FILE: " + error.keys_there;
}

std::string reason(const OpenError& error) {
  switch (error.fault) {
    case OpenFault::kDisk: return disk(error);
    case OpenFault::kLocked: return locked(error);
    case OpenFault::kNewerSchema: return newer(error);
    case OpenFault::kDamaged: return "damaged: not what this program wrote";
    case OpenFault::kForeign: return "a database of another program";
    case OpenFault::kMissing: return "missing, though the log beside it holds messages";
    case OpenFault::kNoKey: return no_key(error);
    case OpenFault::kWrongKey: return wrong_key(error);
  }
  return "unknown";
}

}  // namespace

std::string to_string(const OpenError& error) { return error.path + ": " + reason(error); }

base::Failure<OpenError> cannot_open(std::string path, StoreError error) {
  OpenError open_error;
  open_error.fault = error.fault == StoreFault::kDamaged ? OpenFault::kDamaged : OpenFault::kDisk;
  open_error.path = std::move(path);
  open_error.error = error;
  return base::fail(std::move(open_error));
}

}  // namespace store
