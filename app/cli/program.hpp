// cli/program.hpp: the program: its words in, its exit code out.
#pragma once

namespace cli {

// As main() gets them. Prints to stdout and stderr.
[[nodiscard]] int run_program(int word_count, char** words, char** environment);

}  // namespace cli
