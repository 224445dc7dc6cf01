#include "cli/interrupt.hpp"

#include <csignal>

namespace cli {
namespace {

volatile std::sig_atomic_t interrupt_noted = 0;

void note_interrupt(int /*signal*/) { interrupt_noted = 1; }

}  // namespace

void catch_interrupts() noexcept {
  struct sigaction action {};

  action.sa_handler = note_interrupt;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  // Fails only for signals that do not exist.
  static_cast<void>(::sigaction(SIGINT, &action, nullptr));
  static_cast<void>(::sigaction(SIGTERM, &action, nullptr));
}

bool was_interrupted() noexcept { return interrupt_noted != 0; }

}  // namespace cli
