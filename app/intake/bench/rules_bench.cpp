// What rules and filters cost a message: judged without any, and with ten rules and two
// filters. CPU time; medians of runs in turn:
//
//   rules_bench --benchmark_repetitions=9 --benchmark_enable_random_interleaving=true
#include <benchmark/benchmark.h>

#include <string>

#include "config/compose.hpp"
#include "config/given.hpp"
#include "intake/intake.hpp"

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
  const intake::LiveRules live(std::move(*rules));
  const intake::Intake intake(configuration->listeners.front(), intake::AckPolicy(),
                              intake::Router({{1}, {2}}), base::Clock::system(), {&live, 0});
  const intake::Peer peer{"192.0.2.7:51034", "lab", "", {}};
  const std::string message(kMessage);
  intake::Decision decision;
  for (auto _ : state) {
    intake.judge(base::as_bytes(message), peer, decision);
    benchmark::DoNotOptimize(decision);
  }
}

void without_rules(benchmark::State& state) { judge(state, kNone); }

void with_rules(benchmark::State& state) { judge(state, kRules); }

BENCHMARK(without_rules);
BENCHMARK(with_rules);

}  // namespace
