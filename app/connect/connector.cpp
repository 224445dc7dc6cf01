#include "connect/connector.hpp"

namespace connectors {

std::string_view to_string(FailureClass what) noexcept {
  switch (what) {
    case FailureClass::kConnect: return "connect";
    case FailureClass::kTls: return "tls";
    case FailureClass::kWrite: return "write";
    case FailureClass::kReset: return "reset";
    case FailureClass::kTimeout: return "timeout";
    case FailureClass::kAnswerCode: return "answer_code";
    case FailureClass::kMismatch: return "mismatch";
    case FailureClass::kHttpStatus: return "http_status";
    case FailureClass::kDisk: return "disk";
    case FailureClass::kName: return "name";
    case FailureClass::kConflict: return "conflict";
    case FailureClass::kStopped: return "stopped";
    case FailureClass::kSqlState: return "sql_state";
  }
  return "unknown";
}

base::Result<Connector::Answered, Failure> Connector::ask(const Delivery& /*delivery*/,
                                                          base::SteadyTime /*until*/,
                                                          std::stop_token /*stop*/) {
  return base::fail(Failure{.what = FailureClass::kMismatch,
                            .blame = Blame::kTarget,
                            .reason = "targets of this type give no answers to pass on"});
}

}  // namespace connectors
