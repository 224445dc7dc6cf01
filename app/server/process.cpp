#include "server/process.hpp"

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <initializer_list>
#include <system_error>

#include "telemetry/log.hpp"

// Sanitizers look at their own memory through ptrace at the end.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MLLP_SANITIZED 1
#endif

namespace server {
namespace {

using Capabilities = std::array<__user_cap_data_struct, 2>;

std::string os_text(const char* what) {
  return std::string(what) + ": " + std::generic_category().message(errno);
}

// Only these, of those that the process has.
bool keep_only(std::initializer_list<unsigned> kept) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  Capabilities now{};
  if (::syscall(SYS_capget, &header, now.data()) != 0) return false;
  Capabilities wanted{};
  for (const unsigned capability : kept) {
    wanted.at(capability / 32).permitted |= 1U << capability % 32;
  }
  for (std::size_t half = 0; half < wanted.size(); ++half) {
    auto& own = wanted.at(half);
    own.permitted &= now.at(half).permitted;
    own.effective = own.permitted;
  }
  return ::syscall(SYS_capset, &header, wanted.data()) == 0;
}

base::Status<std::string> become(const std::string& user) {
  errno = 0;
  const passwd* const entry = ::getpwnam(user.c_str());
  if (entry == nullptr) return base::fail("RUN_AS: there is no user " + user);
  if (::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return base::fail(os_text("RUN_AS"));
  if (::initgroups(user.c_str(), entry->pw_gid) != 0) return base::fail(os_text("RUN_AS: groups"));
  if (::setgid(entry->pw_gid) != 0) return base::fail(os_text("RUN_AS: group"));
  if (::setuid(entry->pw_uid) != 0) return base::fail(os_text("RUN_AS"));
  if (entry->pw_uid != 0 && ::setuid(0) == 0) {
    return base::fail(std::string("RUN_AS: the way back to root is open"));
  }
  if (!keep_only({CAP_NET_BIND_SERVICE})) return base::fail(os_text("RUN_AS: capabilities"));
  return base::Done{};
}

}  // namespace

void harden_process() {
  ::umask(0077);
  const rlimit none{0, 0};
  static_cast<void>(::setrlimit(RLIMIT_CORE, &none));
  static_cast<void>(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
#ifndef MLLP_SANITIZED
  static_cast<void>(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
#endif
}

base::Status<std::string> drop_privileges(const std::string& run_as) {
  if (::geteuid() != 0) {
    if (run_as.empty()) return base::Done{};
    return base::fail(std::string("RUN_AS: only root can become another user"));
  }
  if (!run_as.empty()) {
    auto became = become(run_as);
#ifndef MLLP_SANITIZED
    static_cast<void>(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
#endif
    return became;
  }
  // Root without a name to become: files of other users stay within reach, as whoever
  // set it up so may need; all else goes.
  static_cast<void>(keep_only(
      {CAP_NET_BIND_SERVICE, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_CHOWN}));
  telemetry::log(telemetry::Level::kWarning, "running_as_root",
                 {{"text", "RUN_AS names a user to run as"}});
  return base::Done{};
}

void drop_last_rights() {
  if (::geteuid() == 0) {
    static_cast<void>(keep_only({CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_CHOWN}));
    return;
  }
  static_cast<void>(keep_only({}));
}

}  // namespace server
