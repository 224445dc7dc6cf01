#include "program_run.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "base/check.hpp"

namespace cli {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

ProgramRun::ProgramRun(const std::vector<std::string>& words, const std::string& folder,
                       const std::string& input)
    : folder_(folder) {
  std::ofstream(folder + "/in", std::ios::binary) << input;
  std::vector<std::string> all = {MLLP_SERVER_BINARY};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (std::string& word : all) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t streams{};
  CHECK(::posix_spawn_file_actions_init(&streams) == 0);
  constexpr int kWrite = O_WRONLY | O_CREAT | O_TRUNC;
  const auto open = [&](int descriptor, const std::string& path, int flags) {
    CHECK(::posix_spawn_file_actions_addopen(&streams, descriptor, path.c_str(), flags, 0600) == 0);
  };
  open(STDIN_FILENO, folder + "/in", O_RDONLY);
  open(STDOUT_FILENO, folder + "/out", kWrite);
  open(STDERR_FILENO, folder + "/err", kWrite);
  CHECK(::posix_spawn(&pid_, MLLP_SERVER_BINARY, &streams, nullptr, arguments.data(), environ) ==
        0);
  CHECK(::posix_spawn_file_actions_destroy(&streams) == 0);
}

ProgramRun::~ProgramRun() {
  if (pid_ < 0) return;
  static_cast<void>(::kill(pid_, SIGKILL));
  static_cast<void>(wait());
}

Ended ProgramRun::wait() {
  int status = 0;
  CHECK(::waitpid(pid_, &status, 0) == pid_);
  pid_ = -1;
  Ended ended;
  if (WIFEXITED(status)) ended.exit_code = WEXITSTATUS(status);
  ended.out = read_file(folder_ + "/out");
  ended.err = read_file(folder_ + "/err");
  return ended;
}

Ended run_program(const std::vector<std::string>& words, const std::string& folder,
                  const std::string& input) {
  return ProgramRun(words, folder, input).wait();
}

}  // namespace cli
