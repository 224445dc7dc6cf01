#include <unistd.h>

#include "cli/program.hpp"

int main(int word_count, char** words) { return cli::run_program(word_count, words, environ); }
