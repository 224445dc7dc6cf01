#include "net/tls/files.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/try.hpp"

namespace net {
namespace {

// A secret that leaves nothing behind.
class Secret {
 public:
  explicit Secret(std::string text) : text_(std::move(text)) {}

  ~Secret() { OPENSSL_cleanse(text_.data(), text_.size()); }

  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  [[nodiscard]] std::string& text() noexcept { return text_; }

 private:
  std::string text_;
};

class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)) {}

  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

std::string with_path(const std::string& path, const std::string& what) {
  return path + ": " + what;
}

std::string os_text(const std::string& path) {
  return with_path(path, std::generic_category().message(errno));
}

struct PasswordAsk {
  const std::string* password = nullptr;  // null: none is known
  bool asked = false;
};

int give_password(char* room, int room_bytes, int /*for_writing*/, void* user) {
  auto& ask = *static_cast<PasswordAsk*>(user);
  ask.asked = true;
  if (ask.password == nullptr) return -1;
  const std::size_t size = ask.password->size();
  if (size > static_cast<std::size_t>(std::max(room_bytes, 0))) return -1;
  std::memcpy(room, ask.password->data(), size);
  return static_cast<int>(size);
}

// The objects of a PEM text, until there is no further one.
template <class Owner, class Read>
base::Result<std::vector<Owner>, std::string> read_all(const std::string& path, const char* what,
                                                       Read read) {
  const std::string text = TRY(read_tls_file(path));
  const openssl::Memory memory = openssl::read_from(text);
  std::vector<Owner> found;
  ERR_clear_error();
  while (Owner next{read(memory.get())}) found.push_back(std::move(next));
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const std::string error = openssl::take_error();
  if (!at_end) return base::fail(with_path(path, "is damaged: " + error));
  if (found.empty()) return base::fail(with_path(path, std::string("holds no ") + what));
  return found;
}

std::string first_line(std::string text) {
  const std::size_t end = text.find_first_of("\r\n");
  if (end != std::string::npos) {
    OPENSSL_cleanse(text.data() + end, text.size() - end);
    text.resize(end);
  }
  return text;
}

}  // namespace

base::Result<std::string, std::string> read_tls_file(const std::string& path) {
  const OpenFile file(path);
  if (file.descriptor() < 0) return base::fail(os_text(path));

  struct stat facts {};

  if (::fstat(file.descriptor(), &facts) != 0) return base::fail(os_text(path));
  if (!S_ISREG(facts.st_mode)) return base::fail(with_path(path, "is not a file"));
  if (static_cast<std::size_t>(facts.st_size) > kTlsFileBytesMax) {
    return base::fail(with_path(path, "is larger than 16 MiB"));
  }
  // Made large enough at once: a string that grows leaves copies of a secret behind.
  std::string text(static_cast<std::size_t>(facts.st_size), '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t got = ::read(file.descriptor(), text.data() + filled, text.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::fail(os_text(path));
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  text.resize(filled);
  return text;
}

base::Result<std::vector<openssl::Certificate>, std::string> read_certificate_file(
    const std::string& path) {
  return read_all<openssl::Certificate>(path, "certificate", [](BIO* from) {
    return PEM_read_bio_X509(from, nullptr, nullptr, nullptr);
  });
}

base::Result<std::vector<openssl::RevocationList>, std::string> read_revocation_file(
    const std::string& path) {
  return read_all<openssl::RevocationList>(path, "revocation list", [](BIO* from) {
    return PEM_read_bio_X509_CRL(from, nullptr, nullptr, nullptr);
  });
}

base::Result<openssl::Key, std::string> read_key_file(const std::string& path,
                                                      const std::string& password_path) {
  Secret text(TRY(read_tls_file(path)));
  Secret password(password_path.empty() ? std::string()
                                        : first_line(TRY(read_tls_file(password_path))));
  PasswordAsk ask;
  if (!password_path.empty()) ask.password = &password.text();
  const openssl::Memory memory = openssl::read_from(text.text());
  ERR_clear_error();
  openssl::Key key(PEM_read_bio_PrivateKey(memory.get(), nullptr, give_password, &ask));
  if (key) return key;
  const std::string error = openssl::take_error();
  if (ask.asked && ask.password == nullptr) {
    return base::fail(with_path(path, "the key is encrypted, and no password file is given"));
  }
  if (ask.asked) {
    return base::fail(with_path(path, "the password in " + password_path + " does not open it"));
  }
  return base::fail(with_path(path, "holds no private key: " + error));
}

std::string stamp_of(const std::vector<std::string>& paths) {
  std::string stamp;
  for (const std::string& path : paths) {
    struct stat facts {};

    if (path.empty()) continue;
    stamp += path;
    if (::stat(path.c_str(), &facts) != 0) {
      stamp += "|none;";
      continue;
    }
    for (const auto number :
         {static_cast<std::int64_t>(facts.st_dev), static_cast<std::int64_t>(facts.st_ino),
          static_cast<std::int64_t>(facts.st_size), static_cast<std::int64_t>(facts.st_mtim.tv_sec),
          static_cast<std::int64_t>(facts.st_mtim.tv_nsec)}) {
      stamp += "|" + std::to_string(number);
    }
    stamp += ';';
  }
  return stamp;
}

}  // namespace net
