// The whole session over memory: octets in, answers out, of three connections at once,
// over a store that commits, refuses and fails when the input says so.
//
// Whatever comes in:
//   1. What goes out is whole frames.
//   2. Of positive answers a connection gets one for each message that was stored of it,
//      at most, in the order of storing (release 2: three in any, where the peer refuses
//      them) and with its control id; never one for another connection's.
//   3. When all peers have gone and the store has spoken, no session and no octet of the
//      buffer budget is left.
//
// The input: two octets of settings, then steps. A step begins with an octet n:
//   0 … 239    the next n octets come from the peer
//   240 … 243  the store commits what waits
//   244 … 247  the store refuses: full twice, a failed write, a failed sync
//   248        the next of the three connections; the first octets of one are its
//              PROXY header, where the settings want that
//   249        this peer ends its stream
//   250        this peer is gone without an end
//   251        other rules come into force
//   252        the server is told to end
//   253 …      time for all that can run
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "config/compose.hpp"
#include "config/given.hpp"
#include "intake/live_rules.hpp"
#include "net/proxy_header.hpp"
#include "session/test/session_bench.hpp"
#include "telemetry/log.hpp"

namespace {

constexpr std::string_view kConnector =
    "connectors:\n"
    "  - name: lab\n"
    "    type: file\n"
    "    directory: unused\n"
    "    filter: msh.msg_type != 'ORU' || msg.count('OBX') < 3\n"
    "    order_by: pid.id\n";

constexpr std::string_view kRules =
    "validation:\n"
    "  rules:\n"
    "    - name: id\n"
    "      when: msh.msg_type == 'ADT'\n"
    "      expression: pid.id != ''\n"
    "      message: PID-3.1 is required\n"
    "      location: PID-3.1\n"
    "    - name: few\n"
    "      expression: msg.segments('OBX').all(o, o.get('OBX-11') in ['F', 'C', ''])\n"
    "      message_expression: \"'not final: ' + msg.get('OBX-11')\"\n"
    "      severity: warning\n";

std::shared_ptr<const intake::RuleSet> compile(const std::string& document,
                                               std::uint64_t revision) {
  const auto configuration =
      config::compose(config::collect_given({}, {}), config::NamedText{"config.yaml", document},
                      config::Machine{1, 1U << 30U});
  CHECK(configuration.has_value());
  auto rules = intake::RuleSet::make(*configuration, revision);
  CHECK(rules.has_value());
  return *std::move(rules);
}

const std::array<std::shared_ptr<const intake::RuleSet>, 2>& rule_sets() {
  static const std::array<std::shared_ptr<const intake::RuleSet>, 2> sets = {
      compile(std::string(kConnector) + std::string(kRules), 1),
      compile(std::string(kConnector), 2)};
  return sets;
}

struct Choice {
  std::uint8_t settings;
  std::uint8_t faults;

  [[nodiscard]] bool release_2() const { return (settings & 1U) != 0; }

  [[nodiscard]] bool rules() const { return (faults & 1U) != 0; }

  [[nodiscard]] bool proxy() const { return (faults & 2U) != 0; }

  [[nodiscard]] bool broken_write() const { return (faults & 16U) != 0; }
};

config::ListenerSettings settings_of(Choice choice) {
  config::ListenerSettings settings = session::bench_settings();
  if (choice.release_2()) settings.mllp_release = 2;
  if ((choice.settings & 2U) != 0) settings.frame_end = config::FrameEnd::kFs;
  if ((choice.settings & 4U) != 0) settings.frame_resync = config::Resync::kAny;
  if ((choice.settings & 8U) != 0) settings.batch_answer = config::BatchAnswer::kErrors;
  if ((choice.settings & 16U) != 0) settings.several_messages = config::SeveralMessages::kSplit;
  if ((choice.settings & 32U) != 0) settings.no_control_id = config::NoControlId::kAccept;
  if ((choice.settings & 64U) != 0) settings.ack_mode = config::AckMode::kEnhanced;
  if ((choice.settings & 128U) != 0) settings.answer_acks = true;
  if ((choice.faults & 32U) != 0) settings.frame_resync = config::Resync::kClose;
  if ((choice.faults & 64U) != 0) settings.unrouted = config::Unrouted::kReject;
  if ((choice.faults & 128U) != 0) settings.max_in_flight = 1;
  return settings;
}

session::MemoryFaults faults_of(Choice choice) {
  session::MemoryFaults faults;
  if ((choice.faults & 4U) != 0) faults.read_bytes_max = 23;
  if ((choice.faults & 8U) != 0) faults.write_bytes_max = 60;
  if (choice.broken_write()) faults.write = 2;
  return faults;
}

// One of the three, from its PROXY header on.
class Caller {
 public:
  Caller(session::SessionBench& bench, Choice choice, std::size_t index)
      : bench_(bench), choice_(choice), peer_("192.0.2." + std::to_string(index) + ":1") {
    if (choice.proxy()) {
      header_ = std::make_unique<net::ProxyHeaderReader>();
    } else {
      arrive();
    }
  }

  void give(std::string_view octets) {
    while (header_ && !octets.empty()) octets.remove_prefix(read_header(octets));
    if (channel_) channel_->give(octets);
  }

  void end() {
    if (channel_) channel_->end_input();
  }

  void reset() {
    if (channel_) channel_->reset();
    was_reset_ = true;
  }

  [[nodiscard]] bool was_reset() const { return was_reset_; }

  [[nodiscard]] const std::string& peer() const { return peer_; }

  [[nodiscard]] std::string output() const { return channel_ ? channel_->output() : std::string(); }

 private:
  void arrive() { channel_ = bench_.connect(faults_of(choice_), peer_); }

  // How many octets of these it took.
  std::size_t read_header(std::string_view octets) {
    const std::span<std::byte> room = header_->room();
    CHECK(!room.empty());
    const std::size_t count = std::min(room.size(), octets.size());
    std::memcpy(room.data(), octets.data(), count);
    const net::ProxyStep step = header_->filled(count);
    if (step == net::ProxyStep::kMore) return count;
    // Two that claim to be the same one stay two: the address is the oracle's key.
    if (step == net::ProxyStep::kDone && header_->source()) {
      peer_ += " for " + net::to_string(*header_->source());
    }
    header_.reset();
    if (step == net::ProxyStep::kDone) arrive();
    return count;
  }

  session::SessionBench& bench_;
  const Choice choice_;
  std::string peer_;
  std::unique_ptr<net::ProxyHeaderReader> header_;  // while it is read
  std::shared_ptr<session::MemoryChannel> channel_;
  bool was_reset_ = false;
};

// Control ids of the positive answers, as far as they can be compared: an id that is
// more than letters and digits may be written another way in the store.
bool is_plain(std::string_view id) {
  return std::ranges::all_of(id,
                             [](char c) { return std::isalnum(static_cast<unsigned char>(c)); });
}

std::vector<std::string> accepted_in(std::string_view output) {
  std::vector<std::string> accepted;
  for (std::size_t at = output.find("\rMSA"); at != std::string_view::npos;
       at = output.find("\rMSA", at + 1)) {
    const std::string_view line = output.substr(at + 1, output.find('\r', at + 1) - at - 1);
    if (line.size() < 7 || line[5] != 'A') continue;
    const std::size_t begin = std::min<std::size_t>(7, line.size());
    accepted.emplace_back(line.substr(begin, line.find(line[3], begin) - begin));
  }
  return accepted;
}

void check_answers(const Caller& caller, const std::vector<session::GatedOutbox::Kept>& all,
                   bool release_2) {
  std::vector<std::string> kept;
  for (const auto& one : all) {
    if (one.peer == caller.peer()) kept.push_back(one.control_id);
  }
  const std::vector<std::string> accepted = accepted_in(caller.output());
  CHECK(accepted.size() <= kept.size() * (release_2 ? 3 : 1));
  if (!std::ranges::all_of(kept, is_plain)) return;
  // In release 2 an answer, also one to a batch, may come again: no order to hold it to.
  if (release_2) {
    for (const std::string& id : accepted) CHECK(std::ranges::find(kept, id) != kept.end());
    return;
  }
  std::size_t next = 0;
  for (const std::string& id : accepted) {
    while (next < kept.size() && kept[next] != id) ++next;
    CHECK(next < kept.size());
    ++next;
  }
}

void check_frames(const Caller& caller) {
  const std::string output = caller.output();
  if (output.empty()) return;
  CHECK(output.front() == '\v');
  CHECK(output.ends_with("\x1c\r"));
}

intake::InForce in_force(std::size_t set) {
  return {rule_sets()[set], intake::Router({store::ConnectorId{1}})};
}

class Conversation {
 public:
  explicit Conversation(Choice choice)
      : choice_(choice),
        live_(in_force(0)),
        bench_(settings_of(choice), choice.rules() ? &live_ : nullptr) {
    callers_.push_back(std::make_unique<Caller>(bench_, choice_, 0));
  }

  void step(std::uint8_t step, std::string_view& rest) {
    if (step < 240) {
      callers_[now_]->give(rest.substr(0, step));
      rest.remove_prefix(std::min<std::size_t>(step, rest.size()));
      return;
    }
    switch (step) {
      case 240:
      case 241:
      case 242:
      case 243: bench_.outbox().commit(); break;
      case 244:
      case 245: bench_.outbox().refuse(store::StoreFault::kFull); break;
      case 246: bench_.outbox().refuse(store::StoreFault::kIo); break;
      case 247: bench_.outbox().refuse(store::StoreFault::kSyncFailed); break;
      case 248: next_caller(); break;
      case 249: callers_[now_]->end(); break;
      case 250: callers_[now_]->reset(); break;
      case 251: live_.replace(in_force(++reloads_ % 2)); break;
      case 252: bench_.drain(); break;
      default: bench_.settle(); break;
    }
  }

  void end() {
    for (const auto& caller : callers_) caller->end();
    do {
      bench_.settle();
    } while (bench_.outbox().commit() > 0);
    bench_.settle();
    for (const auto& caller : callers_) {
      if (!caller->was_reset() && !choice_.broken_write()) check_frames(*caller);
      check_answers(*caller, bench_.outbox().kept(), choice_.release_2());
    }
    CHECK(bench_.session_count() == 0);
    CHECK(bench_.held_bytes() == 0);
  }

 private:
  static constexpr std::size_t kCallers = 3;

  void next_caller() {
    now_ = (now_ + 1) % kCallers;
    if (now_ < callers_.size()) return;
    callers_.push_back(std::make_unique<Caller>(bench_, choice_, now_));
  }

  const Choice choice_;
  intake::LiveRules live_;
  session::SessionBench bench_;
  std::vector<std::unique_ptr<Caller>> callers_;
  std::size_t now_ = 0;
  std::size_t reloads_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool quiet = [] {
    telemetry::start_log(telemetry::Level::kOff, telemetry::LogFormat::kText);
    return true;
  }();
  if (!quiet || size < 2) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data) + 2, size - 2);
  Conversation conversation(Choice{data[0], data[1]});
  while (!rest.empty()) {
    const auto step = static_cast<std::uint8_t>(rest.front());
    rest.remove_prefix(1);
    conversation.step(step, rest);
  }
  conversation.end();
  return 0;
}
