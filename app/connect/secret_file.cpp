#include "connect/secret_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "connect/descriptor.hpp"

namespace connectors {
namespace {

bool is_control(char octet) noexcept {
  return static_cast<unsigned char>(octet) < ' ' || octet == '\x7f';
}

}  // namespace

base::Result<std::string, std::string> read_secret_file(const std::string& path) {
  const auto system_error = [&path] {
    return base::fail(path + ": " + std::generic_category().message(errno));
  };
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return system_error();
  std::string text(kSecretBytesMax + 1, '\0');
  const ssize_t count = ::read(file.value(), text.data(), text.size());
  if (count < 0) return system_error();
  text.resize(static_cast<std::size_t>(count));
  if (text.size() > kSecretBytesMax) return base::fail(path + ": is too large for a secret");
  text.resize(std::min(text.find('\n'), text.size()));
  if (text.ends_with('\r')) text.pop_back();
  if (text.empty()) return base::fail(path + ": its first line is empty");
  if (std::ranges::any_of(text, is_control)) {
    return base::fail(path + ": its first line holds a control character");
  }
  return text;
}

}  // namespace connectors
