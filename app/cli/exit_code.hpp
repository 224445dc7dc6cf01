// cli/exit_code.hpp: what a script learns from the end of a command.
#pragma once

namespace cli {

inline constexpr int kExitDone = 0;    // all that was asked for
inline constexpr int kExitFailed = 1;  // it was tried, and not all of it succeeded
inline constexpr int kExitUsage = 2;   // not tried: the command or the settings are wrong

}  // namespace cli
