#include "admin/json_views.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "telemetry/line_format.hpp"

namespace admin {
namespace {

namespace json = boost::json;

json::value to_json(const std::optional<base::WallTime>& time) {
  if (!time) return nullptr;
  return json::value(telemetry::to_iso_time(*time));
}

json::value to_json(const std::optional<FailureFacts>& failure) {
  if (!failure) return nullptr;
  return {{"class", failure->what},
          {"reason", failure->reason},
          {"at", telemetry::to_iso_time(failure->at)}};
}

json::value to_json(const ConnectorFacts& facts) {
  return {{"name", facts.name},
          {"target", facts.target},
          {"state", facts.state},
          {"waiting", facts.waiting_count},
          {"waiting_bytes", facts.waiting_bytes},
          {"dead_letters", facts.parked_count},
          {"oldest", to_json(facts.oldest_at)},
          {"attempts", facts.attempt_count},
          {"delivered", facts.delivered_count},
          {"restarts", facts.restart_count},
          {"backlog_refused", facts.backlog_refused_count},
          {"backlog_parked", facts.backlog_parked_count},
          {"last_failure", to_json(facts.last_failure)}};
}

json::value to_json(const ConnectionFacts& facts) {
  return {{"id", facts.id},
          {"listener", facts.listener},
          {"peer", facts.peer},
          {"tls_identity", facts.tls_identity},
          {"since", telemetry::to_iso_time(facts.since)},
          {"frames", facts.frame_count},
          {"received_bytes", facts.received_bytes},
          {"in_flight", facts.in_flight_count}};
}

json::value to_json(const Unready& reason) {
  return {{"code", reason.code}, {"text", reason.text}};
}

template <class Each>
json::value list_view(std::string_view name, const std::vector<Each>& facts) {
  json::array list;
  list.reserve(facts.size());
  for (const Each& each : facts) list.push_back(to_json(each));
  json::object view;
  view.emplace(name, std::move(list));
  return view;
}

}  // namespace

json::value readiness_view(const std::vector<Unready>& reasons) {
  json::value view = list_view("reasons", reasons);
  view.as_object().emplace("ready", reasons.empty());
  return view;
}

json::value status_view(const StatusFacts& facts) {
  return {{"version", facts.version},
          {"phase", facts.phase},
          {"store", facts.store},
          {"started", telemetry::to_iso_time(facts.started_at)},
          {"config_revision", facts.config_revision},
          {"connections", facts.connection_count},
          {"listeners", json::array(facts.listeners.begin(), facts.listeners.end())}};
}

json::value connectors_view(const std::vector<ConnectorFacts>& facts) {
  return list_view("connectors", facts);
}

json::value connections_view(const std::vector<ConnectionFacts>& facts) {
  return list_view("connections", facts);
}

std::string logs_text(const std::vector<std::string>& lines) {
  std::string text = "{\"lines\":[";
  for (const std::string& line : lines) {
    if (text.back() != '[') text += ",\n";
    text += line;
  }
  text += "]}\n";
  return text;
}

}  // namespace admin
