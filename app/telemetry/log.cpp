#include "telemetry/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "telemetry/line_format.hpp"
#include "telemetry/line_writer.hpp"
#include "telemetry/log_level.hpp"
#include "telemetry/recent_lines.hpp"
#include "telemetry/repeat_limit.hpp"

namespace telemetry {
namespace {

constexpr std::uint32_t kSameEventPerSecond = 50;
constexpr const char* kTextPattern = "%Y-%m-%dT%H:%M:%S.%eZ %^%-8l%$ %v";
constexpr const char* kJsonPattern = "%v";  // the object holds time and level itself

spdlog::level::level_enum to_spdlog(Level level) noexcept {
  switch (level) {
    case Level::kTrace: return spdlog::level::trace;
    case Level::kDebug: return spdlog::level::debug;
    case Level::kInfo: return spdlog::level::info;
    case Level::kWarning: return spdlog::level::warn;
    case Level::kError: return spdlog::level::err;
    case Level::kCritical: return spdlog::level::critical;
    case Level::kOff: break;
  }
  return spdlog::level::off;
}

std::string_view color_of(spdlog::level::level_enum level) noexcept {
  switch (level) {
    case spdlog::level::warn: return "\033[33m";
    case spdlog::level::err:
    case spdlog::level::critical: return "\033[1;31m";
    case spdlog::level::info: return "\033[32m";
    default: return "\033[2m";
  }
}

// Standard error with a deadline, in colours if it is a terminal.
class ErrorSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  ErrorSink() : colors_(::isatty(STDERR_FILENO) == 1), writer_(STDERR_FILENO) {}

  [[nodiscard]] std::uint64_t take_lost_count() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return writer_.take_lost_count();
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t buffer;
    formatter_->format(message, buffer);
    const std::string_view line(buffer.data(), buffer.size());
    if (!colors_ || message.color_range_end <= message.color_range_start) {
      writer_.write(line);
      return;
    }
    std::string colored(line.substr(0, message.color_range_start));
    colored += color_of(message.level);
    colored +=
        line.substr(message.color_range_start, message.color_range_end - message.color_range_start);
    colored += "\033[0m";
    colored += line.substr(message.color_range_end);
    writer_.write(colored);
  }

  void flush_() override {}

 private:
  bool colors_;
  LineWriter writer_;
};

// The logger as it stands, and what it leaves out. One for the process, never
// destroyed: a thread that ends late may still log.
class Channel {
 public:
  static Channel& instance() {
    static Channel* const channel = new Channel;
    return *channel;
  }

  void start(LogFormat format) {
    const base::Lock lock(mutex_);
    sink_ = std::make_shared<ErrorSink>();
    logger_ = std::make_shared<spdlog::logger>("", sink_);
    logger_->set_level(spdlog::level::trace);  // log_enabled() decides
    logger_->set_error_handler([](const std::string&) {});
    logger_->set_formatter(std::make_unique<spdlog::pattern_formatter>(
        format == LogFormat::kJson ? kJsonPattern : kTextPattern, spdlog::pattern_time_type::utc));
    format_ = format;
  }

  void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
    const base::Lock lock(mutex_);
    const base::SteadyTime now = base::Clock::system().steady_now();
    tell_what_is_missing(now);
    // Who asks for debug or trace asks for every line.
    if (level >= Level::kInfo && !limit_.admit(event, level, now)) return;
    write_line(level, event, fields);
  }

  [[nodiscard]] std::vector<std::string> recent() {
    const base::Lock lock(mutex_);
    return recent_.lines();
  }

 private:
  Channel() { start(LogFormat::kText); }

  void tell_what_is_missing(base::SteadyTime now) REQUIRES_LOCK(mutex_) {
    for (const Repeated& repeated : limit_.take_repeated(now)) {
      write_line(repeated.level, "repeated", {{"of", repeated.event}, {"count", repeated.count}});
    }
    const std::uint64_t lost_count = sink_->take_lost_count();
    if (lost_count > 0) write_line(Level::kWarning, "log_lines_lost", {{"count", lost_count}});
  }

  void write_line(Level level, std::string_view event, std::initializer_list<Field> fields)
      REQUIRES_LOCK(mutex_) {
    const base::WallTime now = base::Clock::system().wall_now();
    std::string object = render_json(now, level, event, fields);
    const std::string line = format_ == LogFormat::kJson ? object : render_text(event, fields);
    if (level > Level::kTrace) recent_.add(std::move(object));
    logger_->log(now, spdlog::source_loc{}, to_spdlog(level), spdlog::string_view_t(line));
  }

  base::Mutex mutex_;
  std::shared_ptr<ErrorSink> sink_ GUARDED_BY(mutex_);
  std::shared_ptr<spdlog::logger> logger_ GUARDED_BY(mutex_);
  LogFormat format_ GUARDED_BY(mutex_) = LogFormat::kText;
  RecentLines recent_ GUARDED_BY(mutex_);
  RepeatLimit limit_ GUARDED_BY(mutex_){kSameEventPerSecond};
};

std::atomic<Level>& least_level() noexcept {
  static std::atomic<Level> level{Level::kInfo};
  return level;
}

}  // namespace

void start_log(Level level, LogFormat format) {
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  set_log_level(level);
  Channel::instance().start(format);
}

void set_log_level(Level level) noexcept { least_level().store(level, std::memory_order_relaxed); }

Level log_level() noexcept { return least_level().load(std::memory_order_relaxed); }

bool log_enabled(Level level) noexcept {
  return level != Level::kOff && level >= least_level().load(std::memory_order_relaxed);
}

void log(Level level, std::string_view event, std::initializer_list<Field> fields) noexcept {
  if (!log_enabled(level)) return;
  try {
    Channel::instance().write(level, event, fields);
  } catch (...) {
    // Out of memory, or a fault of the library: a line less, and work goes on.
    return;
  }
}

std::vector<std::string> recent_log_lines() { return Channel::instance().recent(); }

}  // namespace telemetry
