#include "telemetry/log.hpp"
#include "telemetry/log_level.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "telemetry/line_writer.hpp"

namespace telemetry {
namespace {

using testing::MatchesRegex;

// Standard error goes to `fd` for as long as this lives.
class ErrorGoesTo {
 public:
  explicit ErrorGoesTo(int fd) : saved_(::dup(STDERR_FILENO)) { ::dup2(fd, STDERR_FILENO); }

  ~ErrorGoesTo() {
    ::dup2(saved_, STDERR_FILENO);
    ::close(saved_);
  }

  ErrorGoesTo(const ErrorGoesTo&) = delete;
  ErrorGoesTo& operator=(const ErrorGoesTo&) = delete;

 private:
  int saved_;
};

struct Pipe {
  Pipe() { EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0); }

  ~Pipe() {
    close_reader();
    ::close(ends[1]);
  }

  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void close_reader() {
    if (ends[0] >= 0) ::close(ends[0]);
    ends[0] = -1;
  }

  // What is in the pipe now.
  std::string drain() const {
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    std::string all;
    char buffer[4096];
    for (ssize_t count = 0; (count = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
      all.append(buffer, static_cast<std::size_t>(count));
    }
    return all;
  }

  int ends[2] = {-1, -1};
};

// What `body` logs, as it arrives at the reader of a pipe.
template <class Body>
std::string logged(Level level, LogFormat format, Body body) {
  const Pipe pipe;
  const ErrorGoesTo redirected(pipe.ends[1]);
  start_log(level, format);
  body();
  return pipe.drain();
}

std::size_t count_of(std::string_view part, std::string_view whole) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = whole.find(part, at)) != std::string_view::npos; ++at) ++count;
  return count;
}

TEST(Log, TextIsOneLineWithUtcTimeLevelAndEvent) {
  const std::string line = logged(Level::kInfo, LogFormat::kText, [] {
    log(Level::kWarning, "target_down", {{"connector", "lab"}, {"attempt", 3}});
  });
  EXPECT_THAT(line, MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
                                 "\\.[0-9]{3}Z warning  target_down connector=lab attempt=3\n"));
}

TEST(Log, JsonIsOneObjectALine) {
  const std::string lines = logged(Level::kInfo, LogFormat::kJson, [] {
    log(Level::kInfo, "started", {{"address", "[::]:2575"}});
    log(Level::kError, "odd", {{"text", "a\nb\x01\xFF"}});
  });
  const std::size_t first_end = lines.find('\n');
  const auto first = boost::json::parse(lines.substr(0, first_end)).as_object();
  EXPECT_EQ(first.at("event"), "started");
  EXPECT_EQ(first.at("level"), "info");
  EXPECT_EQ(first.at("address"), "[::]:2575");
  const auto second = boost::json::parse(lines.substr(first_end + 1)).as_object();
  EXPECT_EQ(second.at("text"), "a\nb\x01\xEF\xBF\xBD");
}

TEST(Log, LevelChangesAtRunTime) {
  const std::string lines = logged(Level::kWarning, LogFormat::kJson, [] {
    log(Level::kInfo, "unseen");
    start_log(Level::kTrace, LogFormat::kJson);
    log(Level::kTrace, "seen");
    set_log_level(Level::kOff);
    log(Level::kCritical, "unseen");
    log(Level::kOff, "unseen");
    set_log_level(Level::kDebug);
    log(Level::kTrace, "unseen");
    log(Level::kDebug, "seen");
    EXPECT_EQ(log_level(), Level::kDebug);
  });
  EXPECT_EQ(count_of("\"unseen\"", lines), 0U) << lines;
  EXPECT_EQ(count_of("\"seen\"", lines), 2U) << lines;
}

TEST(Log, TellsWhetherALineWouldBeWritten) {
  start_log(Level::kWarning, LogFormat::kText);
  EXPECT_FALSE(log_enabled(Level::kInfo));
  EXPECT_TRUE(log_enabled(Level::kWarning));
  EXPECT_FALSE(log_enabled(Level::kOff)) << "off is no level to write at";
}

// A real terminal: the other end of a pseudo terminal sees the colours.
TEST(Log, ColorsOnATerminalOnly) {
  int terminal[2] = {-1, -1};
  ASSERT_EQ(::openpty(&terminal[0], &terminal[1], nullptr, nullptr, nullptr), 0);
  {
    const ErrorGoesTo redirected(terminal[1]);
    start_log(Level::kInfo, LogFormat::kText);
    log(Level::kError, "disk_full");
  }
  char buffer[512];
  const ssize_t count = ::read(terminal[0], buffer, sizeof buffer);
  ASSERT_GT(count, 0);
  EXPECT_THAT(std::string(buffer, static_cast<std::size_t>(count)),
              testing::HasSubstr("\033[1;31merror   \033[0m disk_full"));
  ::close(terminal[0]);
  ::close(terminal[1]);
}

TEST(Log, AStormOfOneEventIsCutShort) {
  const std::string lines = logged(Level::kInfo, LogFormat::kText, [] {
    for (int i = 0; i < 400; ++i) log(Level::kInfo, "storm");
    log(Level::kInfo, "other");
  });
  const auto count = std::count(lines.begin(), lines.end(), '\n');
  EXPECT_LT(count, 200) << "all of them, but for a second's change in between";
  EXPECT_NE(lines.find("other"), std::string::npos);
}

TEST(Log, DebugLinesAreNotCutShort) {
  const std::string lines = logged(Level::kDebug, LogFormat::kText, [] {
    for (int i = 0; i < 400; ++i) log(Level::kDebug, "detail");
  });
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 400);
}

TEST(Log, AReaderThatIsGoneDoesNotEndTheProcess) {
  Pipe pipe;
  const ErrorGoesTo redirected(pipe.ends[1]);
  start_log(Level::kInfo, LogFormat::kText);
  pipe.close_reader();
  log(Level::kInfo, "to_nobody");
  log(Level::kInfo, "to_nobody");
}

void log_a_hundred() {
  for (int n = 0; n < 100; ++n) log(Level::kDebug, "line", {{"tail", "end"}});
}

TEST(Log, ThreadsDoNotMixTheirLines) {
  const std::string lines = logged(Level::kDebug, LogFormat::kText, [] {
    std::vector<std::jthread> threads(4);
    for (std::jthread& thread : threads) thread = std::jthread(log_a_hundred);
  });
  EXPECT_EQ(count_of(" line tail=end\n", lines), 400U);
}

TEST(LineWriter, AReaderThatIsStuckLosesLinesAndIsToldSo) {
  const Pipe pipe;
  LineWriter writer(pipe.ends[1]);
  const std::string line = std::string(999, 'x') + "\n";
  std::uint64_t written = 0;
  while (writer.write(line)) ++written;  // until the pipe is full and the wait in vain
  EXPECT_FALSE(writer.write(line));
  EXPECT_EQ(writer.take_lost_count(), 2U);
  EXPECT_EQ(writer.take_lost_count(), 0U);

  EXPECT_EQ(pipe.drain().size(), written * line.size()) << "no line in part";
  EXPECT_TRUE(writer.write(line)) << "there is room again";
  EXPECT_EQ(pipe.drain(), line);
}

// A line longer than the pipe's room is cut; the next one begins on a line of its own.
TEST(LineWriter, ALineCutShortIsEndedBeforeTheNext) {
  const Pipe pipe;
  ::fcntl(pipe.ends[1], F_SETPIPE_SZ, 8192);
  LineWriter writer(pipe.ends[1]);
  EXPECT_FALSE(writer.write(std::string(20000, 'x') + "\n"));
  const std::string cut = pipe.drain();
  EXPECT_EQ(cut, std::string(8192, 'x'));
  EXPECT_TRUE(writer.write("next\n"));
  EXPECT_EQ(pipe.drain(), "\nnext\n");
}

}  // namespace
}  // namespace telemetry
