// What rules and filters cost a message: judged without any, and with ten rules and two
// filters. CPU time; medians of runs in turn:
//
//   rules_bench --benchmark_repetitions=9 --benchmark_enable_random_interleaving=true
#include <benchmark/benchmark.h>

#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "config/compose.hpp"
#include "config/given.hpp"
#include "intake/intake.hpp"
#include "intake/test_support/hostile.hpp"
#include "intake/validator.hpp"

namespace {

constexpr std::string_view kMessage =
    "MSH|^~\\&|LAB|CENTRAL|HIS|WARD|20260403120000+0200||ORU^R01^ORU_R01|M1|P|2.5.1\r"
    "PID|1||4711^^^MRN~0815^^^SS||DOE^JANE||19800229|F|||S 1^^T^^^FI\r"
    "PV1|1|I|ICU^2^B\r"
    "OBR|1|P1|F1|PANEL\r"
    "OBX|1|NM|GLU^Glucose||5.4|mmol/L|||||F\r"
    "OBX|2|ST|TXT^Text||fine|||||P\r"
    "OBX|3|NM|CRE^Creatinine||70|umol/L|||||F\r";

constexpr std::string_view kRules = R"(
validation:
  rules:
    - {name: r1, expression: 'msh.msg_type in ["ADT", "ORU", "SIU"]'}
    - {name: r2, expression: 'msh.sending_app == "LAB"'}
    - {name: r3, expression: 'msh.version.startsWith("2.")'}
    - {name: r4, expression: 'msh.processing_id == "P"'}
    - {name: r5, expression: 'has(pid.id) && pid.id != ""'}
    - {name: r6, expression: 'pid[?"sex"].orValue("") in ["", "F", "M", "O", "U"]'}
    - {name: r7, expression: 'msg.get("PID-3.4") == "MRN"'}
    - {name: r8, when: 'msh.msg_type == "ORU"', expression: 'obx_list.size() > 0'}
    - {name: r9, expression: 'pid.id.matches("^[0-9]+$")'}
    - {name: r10, when: 'msh.msg_type == "ADT"', expression: 'msg.has("PV1-3")'}
connectors:
  - {name: one, type: file, filter: 'msh.msg_type == "ORU"'}
  - {name: two, type: file, filter: 'msh.msg_type == "ADT" && msh.trigger != "A08"'}
)";

constexpr std::string_view kNone =
    "connectors:\n  - {name: one, type: file}\n  - {name: two, type: file}\n";

void judge(benchmark::State& state, std::string_view document) {
  const auto configuration =
      config::compose(config::collect_given({}, std::nullopt),
                      config::NamedText{"config.yaml", std::string(document)},
                      config::Machine{1, std::uint64_t{1} << 32U});
  auto rules = intake::RuleSet::make(*configuration, 1);
  const intake::LiveRules live(
      {*std::move(rules), intake::Router(std::vector<store::ConnectorId>{{1}, {2}})});
  const intake::Intake intake(configuration->listeners.front(), intake::AckPolicy(), {live, 0},
                              base::Clock::system());
  const intake::Peer peer{"192.0.2.7:51034", "lab", "", {}};
  const std::string message(kMessage);
  intake::Decision decision;
  for (auto _ : state) {
    intake.judge(base::as_bytes(message), peer, decision);
    benchmark::DoNotOptimize(decision);
  }
}

// The longest that the rules of one message may keep a thread: microseconds for each hostile
// rule alone, for all of them together, and for the check of structure, over 2 MiB.
void hostile(benchmark::State& state, const std::string& document, const std::string& octets) {
  const auto configuration = config::compose(config::collect_given({}, std::nullopt),
                                             config::NamedText{"config.yaml", document},
                                             config::Machine{1, std::uint64_t{1} << 32U});
  const auto rules = *intake::RuleSet::make(*configuration, 1);
  const intake::Peer peer{"192.0.2.7:51034", "lab", "", {}};
  hl7::Message message;
  if (!message.parse(base::as_bytes(octets))) return state.SkipWithError("no message");
  intake::MessageContext context;
  for (auto _ : state) {
    context.open(message, {.peer = peer, .now = {}, .limits = rules->cost_limits()});
    benchmark::DoNotOptimize(intake::validate(rules->rules(0), context));
  }
  state.counters["units"] = static_cast<double>(context.message_cost());
}

std::string warning(std::string_view rest, std::size_t number) {
  return "    - {name: h" + std::to_string(number) + ", severity: warning, " + std::string(rest) +
         "}\n";
}

void register_hostile() {
  using intake::test_support::hostile_message;
  using intake::test_support::hostile_structure;
  using intake::test_support::kHostileLines;
  using intake::test_support::kHostileRules;
  using intake::test_support::kHostileTexts;
  const auto add = [](const std::string& name, const std::string& rules, std::string octets) {
    benchmark::RegisterBenchmark(name.c_str(), hostile, "validation:\n  rules:\n" + rules,
                                 std::move(octets))
        ->Unit(benchmark::kMicrosecond);
  };
  for (const std::string_view text : kHostileTexts) {
    const std::string with = std::to_string(static_cast<unsigned char>(text.front()));
    std::string all;
    for (std::size_t index = 0; index < std::size(kHostileRules); ++index) {
      const std::string rule =
          warning("expression: \"" + std::string(kHostileRules[index]) + "\"", index);
      all += rule;
      add("hostile/" + std::to_string(index) + "/" + with, rule, hostile_message(text));
    }
    add("hostile/all/" + with, all, hostile_message(text));
  }
  for (std::size_t index = 0; index < std::size(kHostileLines); ++index) {
    for (const std::string strictness : {"required", "strict"}) {
      add("structure/" + std::to_string(index) + "/" + strictness,
          warning("structure: " + strictness, 0), hostile_structure(kHostileLines[index]));
    }
  }
}

const bool kIsRegistered = (register_hostile(), true);

void without_rules(benchmark::State& state) { judge(state, kNone); }

void with_rules(benchmark::State& state) { judge(state, kRules); }

BENCHMARK(without_rules);
BENCHMARK(with_rules);

}  // namespace
