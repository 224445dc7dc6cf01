#include "cli/listen_command.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <string_view>

#include "base/try.hpp"
#include "cli/exit_code.hpp"
#include "cli/interrupt.hpp"
#include "cli/json_object.hpp"
#include "cli/listen_run.hpp"
#include "cli/printable.hpp"
#include "hl7/decoder.hpp"
#include "hl7/header.hpp"
#include "hl7/message.hpp"
#include "intake/text_file.hpp"

namespace cli {
namespace {

constexpr std::size_t kScriptBytesMax = 1'000'000;
constexpr std::size_t kSegmentCharactersMax = 1000;

std::string time_of(base::WallTime at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::milliseconds>(at - day));
  return fmt::format("{:02}:{:02}:{:02}.{:03}", time.hours().count(), time.minutes().count(),
                     time.seconds().count(), time.subseconds().count());
}

// Shows each message while it is taken.
class ListenScreen final : public ListenObserver {
 public:
  ListenScreen(const ListenCommandOptions& options, const base::Clock& clock)
      : options_(options), clock_(clock) {}

  void on_message(const ListenArrival& arrival) override {
    const auto parsed = hl7::parse_header(base::as_bytes(arrival.payload));
    const hl7::Header header = parsed ? *parsed : hl7::Header{};
    fmt::print("{}\n", options_.json ? to_json(arrival, header) : to_text(arrival, header));
    std::fflush(stdout);
  }

  void on_trouble(std::string_view peer, std::string_view what) override {
    fmt::print(stderr, "{}: {}\n", peer, what);
  }

 private:
  static std::string to_json(const ListenArrival& arrival, const hl7::Header& header) {
    return JsonObject()
        .add("number", arrival.number)
        .add("connection", arrival.connection)
        .add("peer", arrival.peer)
        .add("type", header.type)
        .add("trigger", header.trigger)
        .add("control_id", header.control_id)
        .add("bytes", std::uint64_t{arrival.payload.size()})
        .add("answer", arrival.doing)
        .add("message", arrival.payload)
        .to_text();
  }

  std::string to_text(const ListenArrival& arrival, const hl7::Header& header) {
    if (message_.parse(base::as_bytes(arrival.payload))) {
      decoder_.open(message_);
    } else {
      decoder_.open(hl7::DecoderSource{.octets = base::as_bytes(arrival.payload)});
    }
    std::string text =
        fmt::format("{} #{} {} {}^{} {}, {} bytes: {}", time_of(clock_.wall_now()), arrival.number,
                    arrival.peer, shown(header.type), shown(header.trigger),
                    shown(header.control_id), arrival.payload.size(), arrival.doing);
    if (options_.quiet) return text;
    std::string_view rest = arrival.payload;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
      if (end > 0) text += "\n  " + shown(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return text;
  }

  std::string shown(std::string_view octets) {
    std::string utf8;
    decoder_.append_utf8(utf8, octets);
    return make_printable(utf8, kSegmentCharactersMax);
  }

  const ListenCommandOptions& options_;
  const base::Clock& clock_;
  hl7::Message message_;
  hl7::Decoder decoder_;
};

base::Result<ListenScript, std::string> read_script(const ListenCommandOptions& options) {
  if (options.script_file.empty()) return ListenScript::parse(options.answer);
  const std::string text = TRY(intake::read_text_file(options.script_file, kScriptBytesMax));
  return ListenScript::parse(text);
}

base::Status<std::string> add_tls(const ListenCommandOptions& options, ListenPlan& plan) {
  if (options.certificate.empty()) {
    if (options.key.empty() && options.client_ca.empty()) return base::Done{};
    return base::fail(std::string("--key and --client-ca do nothing without --cert"));
  }
  net::TlsServerFiles files;
  files.identities.push_back({options.certificate, options.key, options.key_password_file});
  files.client_ca = options.client_ca;
  plan.tls = TRY(net::TlsServerContext::load(files));
  return base::Done{};
}

int fail(int code, std::string_view sentence) {
  fmt::print(stderr, "mllp-server listen: {}\n", sentence);
  return code;
}

}  // namespace

int run_listen_command(const ListenCommandOptions& options, const base::Clock& clock) {
  auto script = read_script(options);
  if (!script) return fail(kExitUsage, script.error());
  ListenPlan plan{.address = options.listen, .count_max = options.count, .tls = nullptr};
  if (const auto added = add_tls(options, plan); !added) return fail(kExitUsage, added.error());

  ListenScreen screen(options, clock);
  ListenRun run(std::move(plan), *std::move(script), screen, clock);
  if (const auto opened = run.open(); !opened) return fail(kExitFailed, opened.error());
  fmt::print(stderr, "listening on {}{}\n", config::to_string(run.address()),
             options.certificate.empty() ? "" : " with TLS");
  catch_interrupts();
  while (!was_interrupted() && run.step()) continue;
  const ListenTally& tally = run.tally();
  fmt::print(stderr, "{} message{} over {} connection{}\n", tally.message_count,
             tally.message_count == 1 ? "" : "s", tally.connection_count,
             tally.connection_count == 1 ? "" : "s");
  return kExitDone;
}

}  // namespace cli
