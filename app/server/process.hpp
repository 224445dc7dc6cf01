// server/process.hpp: what this process may do, cut down to what it needs.
#pragma once

#include <string>

#include "base/result.hpp"

namespace server {

// Before anything else: files of ours are for our user alone (umask), nobody may read
// our memory by a core dump or a debugger of the same user, and no program that is
// started from here gains a right (no_new_privs).
void harden_process();

// Started as root: becomes this user (RUN_AS), with its groups, and keeps of root's
// rights only that to ports below 1024, until drop_last_rights(). Empty, or not
// started as root: as root it keeps the rights that files need and gives up all
// others. Fails with a sentence; then nothing may be served.
[[nodiscard]] base::Status<std::string> drop_privileges(const std::string& run_as);

// The addresses are bound: nothing is left that another user could not do.
void drop_last_rights();

}  // namespace server
