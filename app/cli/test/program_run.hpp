// Runs mllp-server as a person would: words and stdin in, exit code and text out.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace cli {

struct Ended {
  int exit_code = -1;  // -1: by a signal
  std::string out;
  std::string err;
};

// A process that was started and not yet waited for. Killed with the object.
class ProgramRun {
 public:
  // `folder` is where its streams are kept; `input` is what it reads on stdin.
  ProgramRun(const std::vector<std::string>& words, const std::string& folder,
             const std::string& input);
  ~ProgramRun();

  ProgramRun(const ProgramRun&) = delete;
  ProgramRun& operator=(const ProgramRun&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }

  [[nodiscard]] Ended wait();

 private:
  std::string folder_;
  pid_t pid_ = -1;
};

// Both steps in one.
[[nodiscard]] Ended run_program(const std::vector<std::string>& words, const std::string& folder,
                                const std::string& input = "");

}  // namespace cli
