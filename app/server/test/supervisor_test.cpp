#include "server/supervisor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace server {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// The manager's end: a real unix datagram socket.
class ManagerSocket {
 public:
  explicit ManagerSocket(const std::string& name)
      : name_(name), descriptor_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(name, &address.sun_path[0]);
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    bound_ = ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), length) == 0;
  }

  ~ManagerSocket() {
    ::close(descriptor_);
    if (name_.front() == '/') std::filesystem::remove(name_);
  }

  ManagerSocket(const ManagerSocket&) = delete;
  ManagerSocket& operator=(const ManagerSocket&) = delete;

  [[nodiscard]] bool bound() const { return bound_; }

  // The next datagram; empty if none is there.
  [[nodiscard]] std::string next() const {
    std::array<char, 4096> room{};
    const auto size = ::recv(descriptor_, room.data(), room.size(), MSG_DONTWAIT);
    return size < 0 ? std::string() : std::string(room.data(), static_cast<std::size_t>(size));
  }

 private:
  const std::string name_;
  const int descriptor_;
  bool bound_ = false;
};

class SupervisorTest : public ::testing::Test {
 protected:
  void SetUp() override { forget(); }

  void TearDown() override { forget(); }

  static void forget() {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }

  static Supervisor with(const char* name, const std::string& value) {
    ::setenv(name, value.c_str(), 1);
    return Supervisor::from_environment();
  }

  [[nodiscard]] static std::string path() {
    return (std::filesystem::temp_directory_path() /
            ("supervisor_test." + std::to_string(::getpid())))
        .string();
  }
};

TEST_F(SupervisorTest, TellsItsLifeInDatagrams) {
  const ManagerSocket manager(path());
  ASSERT_TRUE(manager.bound());
  Supervisor supervisor = with("NOTIFY_SOCKET", path());

  supervisor.ready("Serving");
  EXPECT_EQ(manager.next(), "READY=1\nSTATUS=Serving");
  supervisor.alive();
  EXPECT_EQ(manager.next(), "WATCHDOG=1");
  supervisor.stopping(seconds(90));
  EXPECT_THAT(manager.next(), StartsWith("STOPPING=1\nEXTEND_TIMEOUT_USEC=90000000\nSTATUS="));
  EXPECT_EQ(manager.next(), "");
}

// The manager compares the time of a reload with its own monotonic clock.
TEST_F(SupervisorTest, AReloadTellsTheMonotonicTime) {
  const ManagerSocket manager(path());
  Supervisor supervisor = with("NOTIFY_SOCKET", path());
  const auto now = base::Clock::system().steady_now().time_since_epoch();
  const long long least = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  supervisor.reloading();
  const std::string told = manager.next();
  const std::string head = "RELOADING=1\nMONOTONIC_USEC=";
  ASSERT_THAT(told, StartsWith(head));
  EXPECT_THAT(told, HasSubstr("\nSTATUS="));
  long long at = 0;
  std::from_chars(told.data() + head.size(), told.data() + told.size(), at);
  EXPECT_GE(at, least);
  EXPECT_LE(at, least + 60'000'000LL);
}

TEST_F(SupervisorTest, KnowsAbstractSockets) {
  const std::string name = "@mllp-server.supervisor_test." + std::to_string(::getpid());
  const ManagerSocket manager(name);
  ASSERT_TRUE(manager.bound());
  Supervisor supervisor = with("NOTIFY_SOCKET", name);
  supervisor.alive();
  EXPECT_EQ(manager.next(), "WATCHDOG=1");
}

TEST_F(SupervisorTest, WithoutAManagerNothingIsSaid) {
  Supervisor supervisor = Supervisor::from_environment();
  EXPECT_FALSE(supervisor.alive_every());
  supervisor.ready("Serving");  // and it comes back
}

// Serving is worth more than a word to the manager.
TEST_F(SupervisorTest, AManagerThatIsGoneHoldsNothingUp) {
  Supervisor supervisor = with("NOTIFY_SOCKET", path() + ".gone");
  ::testing::internal::CaptureStderr();
  supervisor.alive();
  supervisor.alive();
  const std::string log = ::testing::internal::GetCapturedStderr();
  const std::size_t first = log.find("supervisor_unreachable");
  ASSERT_NE(first, std::string::npos) << log;
  EXPECT_EQ(log.find("supervisor_unreachable", first + 1), std::string::npos) << log;
}

TEST_F(SupervisorTest, ANameThatFitsNoAddressIsRefused) {
  Supervisor supervisor = with("NOTIFY_SOCKET", "/" + std::string(200, 'x'));
  ::testing::internal::CaptureStderr();
  supervisor.alive();
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("too long"));
}

TEST_F(SupervisorTest, GivesTwoSignsOfLifeInTheTimeOfOne) {
  static_cast<void>(with("NOTIFY_SOCKET", path()));
  EXPECT_EQ(with("WATCHDOG_USEC", "30000000").alive_every(), seconds(15));
  EXPECT_EQ(with("WATCHDOG_PID", std::to_string(::getpid())).alive_every(), seconds(15));
  EXPECT_FALSE(with("WATCHDOG_PID", "1").alive_every());  // another process is watched
}

TEST_F(SupervisorTest, NoIntervalComesOfWhatIsNone) {
  static_cast<void>(with("NOTIFY_SOCKET", path()));
  for (const char* text : {"", "0", "-5", "30s", "18446744073709551615", "99999999999999999999"}) {
    EXPECT_FALSE(with("WATCHDOG_USEC", text).alive_every()) << text;
  }
}

}  // namespace
}  // namespace server
