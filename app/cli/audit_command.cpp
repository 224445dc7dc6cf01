#include "cli/audit_command.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <cstdio>
#include <utility>

#include "audit/record.hpp"
#include "audit/sealed_line.hpp"
#include "audit/verifier.hpp"
#include "base/try.hpp"
#include "cli/audit_report.hpp"
#include "cli/exit_code.hpp"
#include "cli/moment.hpp"
#include "server/open_cipher.hpp"

namespace cli {
namespace {

constexpr int kPauseMillis = 50;

// Lines that are records and lie in the time go out as they stand, MAC and all; sealed ones in
// clear, where their key is there.
class Export {
 public:
  Export(const AuditOptions& options, base::WallTime now, const store::PayloadCipher* cipher)
      : since_(limit_of(options.since, now)),
        until_(limit_of(options.until, now)),
        cipher_(cipher) {}

  base::Status<std::string> run(const std::string& folder) {
    store::Disk& disk = store::Disk::system();
    const auto files = audit::list_trail(disk, folder);
    if (!files) return base::fail(fmt::format("{}: cannot be read", folder));
    if (files->numbers.empty()) {
      return base::fail(fmt::format("{}: there is no audit trail", folder));
    }
    for (const audit::FileNumber number : files->numbers) {
      const std::string path = folder + "/" + audit::file_name(number);
      const auto octets = disk.read(path);
      if (!octets) {
        return base::fail(
            fmt::format("{}: cannot be read (error {})", path, octets.error().os_error));
      }
      const bool is_last = number == files->numbers.back();
      static_cast<void>(TRY(print(base::as_text(*octets), path, is_last)));
    }
    if (std::fflush(stdout) == 0) return base::Done{};
    return base::fail(std::string("the output could not be written"));
  }

 private:
  static std::string limit_of(const std::string& moment, base::WallTime now) {
    const auto at = parse_moment(moment, now);
    return at ? audit::to_text(*at) : std::string();
  }

  // A record at the end of the last file may be being written.
  [[nodiscard]] base::Status<std::string> print(std::string_view octets, const std::string& path,
                                                bool is_last) {
    for (std::size_t offset = 0; offset < octets.size();) {
      const std::size_t end = octets.find('\n', offset);
      if (end == std::string_view::npos && is_last) break;
      const std::string_view text = octets.substr(offset, end - offset);
      const auto line = audit::parse_line(text);
      if (!line) {
        return base::fail(fmt::format(
            "{}: what stands at offset {} is no record: see `audit verify`", path, offset));
      }
      if (is_wanted(line->at)) static_cast<void>(TRY(print_line(text, path)));
      offset = end + 1;
    }
    return base::Done{};
  }

  [[nodiscard]] base::Status<std::string> print_line(std::string_view line,
                                                     const std::string& path) {
    const audit::LineState state = audit::open_line(cipher_, line, clear_);
    if (state == audit::LineState::kNoKey) {
      return base::fail(fmt::format(
          "{}: its records are encrypted with a key that ENCRYPTION_KEY_FILE lacks", path));
    }
    if (state == audit::LineState::kOpened) line = clear_;
    const bool is_written =
        std::fwrite(line.data(), line.size(), 1, stdout) == 1 && std::fputc('\n', stdout) != EOF;
    if (!is_written) return base::fail(std::string("the output could not be written"));
    return base::Done{};
  }

  // Times of one form compare as text.
  [[nodiscard]] bool is_wanted(std::string_view at) const {
    return (since_.empty() || at >= since_) && (until_.empty() || at < until_);
  }

  const std::string since_;
  const std::string until_;
  const store::PayloadCipher* cipher_;
  std::string clear_;  // a line that was sealed
};

int refuse(std::string_view verb, const std::string& sentence) {
  static_cast<void>(std::fflush(stdout));
  fmt::print(stderr, "mllp-server audit {}: {}\n", verb, sentence);
  return kExitFailed;
}

int verify(const std::string& folder, audit::AuditKeys keys, const AuditOptions& options,
           const store::PayloadCipher* cipher) {
  audit::VerifyOptions what;
  what.cipher = cipher;
  what.folder = folder;
  what.keys = std::move(keys);
  what.head = audit::parse_head(options.head);
  what.pause = [] { static_cast<void>(::poll(nullptr, 0, kPauseMillis)); };
  const auto verdict = audit::verify(what);
  if (!verdict) return refuse("verify", verdict.error());
  const AuditReport report{folder, what.head.has_value(), what.keys.is_given()};
  fmt::print("{}", options.json ? to_json_line(*verdict, report) : render(*verdict, report));
  return verdict->is_whole() ? kExitDone : kExitFailed;
}

}  // namespace

int run_audit_command(const config::ConfigurationSources& sources, const AuditOptions& options,
                      const base::Clock& clock) {
  const auto configuration = config::load_configuration(sources);
  if (!configuration) {
    fmt::print(stderr, "{}\n", config::to_string(configuration.error()));
    return kExitUsage;
  }
  const std::string folder = audit::trail_folder_of(configuration->server.data_dir);
  const auto cipher = server::open_cipher(configuration->server);
  if (!cipher)
    return refuse(options.act == AuditAct::kExport ? "export" : "verify", cipher.error());
  if (options.act == AuditAct::kExport) {
    const auto done = Export(options, clock.wall_now(), cipher->get()).run(folder);
    return done ? kExitDone : refuse("export", done.error());
  }
  auto keys = audit::AuditKeys::load(configuration->server.audit_key_file);
  if (!keys) return refuse("verify", keys.error());
  return verify(folder, *std::move(keys), options, cipher->get());
}

}  // namespace cli
