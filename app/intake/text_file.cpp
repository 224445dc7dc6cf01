#include "intake/text_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "config/values.hpp"

namespace intake {
namespace {

// Closes what it has opened.
class Descriptor {
 public:
  explicit Descriptor(const std::string& path)
      : fd_(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}

  ~Descriptor() {
    if (fd_ > STDIN_FILENO) ::close(fd_);
  }

  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

}  // namespace

base::Result<std::string, std::string> read_text_file(const std::string& path,
                                                      std::size_t bytes_max) {
  const auto refuse = [&path](std::string_view why) {
    return base::fail(fmt::format("cannot read {}: {}", path, why));
  };
  const Descriptor file(path);
  if (file.fd() < 0) return refuse(std::strerror(errno));
  std::string text;
  std::array<char, 65536> buffer{};
  while (true) {
    const ssize_t count = ::read(file.fd(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return refuse(std::strerror(errno));
    if (count == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > bytes_max) return refuse("over " + config::size_to_string(bytes_max));
  }
}

}  // namespace intake
