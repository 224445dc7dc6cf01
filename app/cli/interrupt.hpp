// cli/interrupt.hpp: Ctrl-C ends a run with its summary; a second one ends the process.
#pragma once

namespace cli {

// From now on SIGINT and SIGTERM are noted; each is back to its default once it
// has come. Waits of the process end early then.
void catch_interrupts() noexcept;

[[nodiscard]] bool was_interrupted() noexcept;

}  // namespace cli
