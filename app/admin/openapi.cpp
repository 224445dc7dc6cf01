#include "admin/openapi.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string_view>

#include "admin/route.hpp"

namespace admin {
namespace {

namespace json = boost::json;

// What json_views.cpp writes. No other member than these: a test holds real answers
// against them.
constexpr std::string_view kSchemas = R"({
"Health": {"type": "object", "additionalProperties": false, "required": ["alive"],
  "properties": {"alive": {"const": true}}},
"Readiness": {"type": "object", "additionalProperties": false, "required": ["ready", "reasons"],
  "properties": {
    "ready": {"type": "boolean"},
    "reasons": {"type": "array", "items": {"type": "object", "additionalProperties": false,
      "required": ["code", "text"],
      "properties": {
        "code": {"enum": ["starting", "draining", "store_failing", "disk_full", "lane_stopped"]},
        "text": {"type": "string"}}}}}},
"Status": {"type": "object", "additionalProperties": false,
  "required": ["version", "phase", "store", "started", "config_revision", "connections",
    "listeners"],
  "properties": {
    "version": {"type": "string"},
    "phase": {"enum": ["starting", "serving", "draining"]},
    "store": {"enum": ["sqlite", "memory"]},
    "started": {"$ref": "#/components/schemas/Time"},
    "config_revision": {"$ref": "#/components/schemas/Count"},
    "connections": {"$ref": "#/components/schemas/Count"},
    "listeners": {"type": "array", "items": {"type": "string"},
      "description": "Name and address of each."}}},
"Connectors": {"type": "object", "additionalProperties": false, "required": ["connectors"],
  "properties": {"connectors": {"type": "array",
    "items": {"$ref": "#/components/schemas/Connector"}}}},
"Connector": {"type": "object", "additionalProperties": false,
  "required": ["name", "target", "state", "waiting", "waiting_bytes", "dead_letters", "oldest",
    "attempts", "delivered", "restarts", "backlog_refused", "backlog_parked", "last_failure"],
  "properties": {
    "name": {"type": "string"},
    "target": {"type": "string", "description": "removed: configured no more, its queue is kept."},
    "state": {"enum": ["running", "waiting", "stopped"]},
    "waiting": {"$ref": "#/components/schemas/Count"},
    "waiting_bytes": {"$ref": "#/components/schemas/Count"},
    "dead_letters": {"$ref": "#/components/schemas/Count"},
    "oldest": {"anyOf": [{"$ref": "#/components/schemas/Time"}, {"type": "null"}],
      "description": "When the oldest message that waits was received."},
    "attempts": {"$ref": "#/components/schemas/Count"},
    "delivered": {"$ref": "#/components/schemas/Count"},
    "restarts": {"$ref": "#/components/schemas/Count"},
    "backlog_refused": {"$ref": "#/components/schemas/Count"},
    "backlog_parked": {"$ref": "#/components/schemas/Count"},
    "last_failure": {"anyOf": [{"type": "null"}, {"type": "object",
      "additionalProperties": false, "required": ["class", "reason", "at"],
      "properties": {"class": {"type": "string"}, "reason": {"type": "string"},
        "at": {"$ref": "#/components/schemas/Time"}}}]}}},
"Connections": {"type": "object", "additionalProperties": false, "required": ["connections"],
  "properties": {"connections": {"type": "array", "maxItems": 1000, "items": {"type": "object",
    "additionalProperties": false,
    "required": ["id", "listener", "peer", "tls_identity", "since", "frames", "received_bytes",
      "in_flight"],
    "properties": {
      "id": {"$ref": "#/components/schemas/Count"},
      "listener": {"type": "string"},
      "peer": {"type": "string"},
      "tls_identity": {"type": "string"},
      "since": {"$ref": "#/components/schemas/Time"},
      "frames": {"$ref": "#/components/schemas/Count"},
      "received_bytes": {"$ref": "#/components/schemas/Count"},
      "in_flight": {"$ref": "#/components/schemas/Count"}}}}}},
"Logs": {"type": "object", "additionalProperties": false, "required": ["lines"],
  "properties": {"lines": {"type": "array", "maxItems": 256, "items": {"type": "object",
    "required": ["time", "level", "event"],
    "properties": {
      "time": {"$ref": "#/components/schemas/Time"},
      "level": {"enum": ["trace", "debug", "info", "warning", "error", "critical"]},
      "event": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}}}}}},
"Document": {"type": "object", "required": ["openapi", "info", "paths"]},
"Error": {"type": "object", "additionalProperties": false, "required": ["error"],
  "properties": {"error": {"type": "string"}}},
"Count": {"type": "integer", "minimum": 0},
"Time": {"type": "string", "description": "RFC 3339, UTC, milliseconds.",
  "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$"}
})";

json::object reference_to(std::string_view schema) {
  json::object reference;
  reference.emplace("$ref", "#/components/schemas/" + std::string(schema));
  return reference;
}

json::object content_of(std::string_view schema) {
  json::object media;
  json::object text;
  text.emplace("type", "string");
  media.emplace("schema", schema.empty() ? text : reference_to(schema));
  json::object content;
  content.emplace(schema.empty() ? "text/plain" : "application/json", std::move(media));
  return content;
}

json::object response(std::string_view description, std::string_view schema) {
  json::object answer;
  answer.emplace("description", description);
  answer.emplace("content", content_of(schema));
  return answer;
}

json::object responses_of(const Route& route) {
  json::object all;
  all.emplace("200", response("What was asked for.", route.schema));
  if (route.may_be_unready) all.emplace("503", response("Not ready, and why.", route.schema));
  if (!route.is_open) {
    all.emplace("401", response("Without the right token.", "Error"));
    all.emplace("403", response("The server has no token (ADMIN_TOKEN_FILE).", "Error"));
  }
  all.emplace("405", response("Another method than GET and HEAD.", "Error"));
  return all;
}

std::string id_of(std::string_view path) {
  std::string id;
  for (const char c : path) {
    if (c != '/' || !id.empty()) id += c == '/' || c == '.' ? '_' : c;
  }
  return id;
}

json::object parameter_of(const Route& route) {
  json::object schema;
  schema.emplace("type", "string");
  json::object parameter;
  parameter.emplace("name", route.query);
  parameter.emplace("in", "query");
  parameter.emplace("required", false);
  parameter.emplace("description", route.query_help);
  parameter.emplace("schema", std::move(schema));
  return parameter;
}

// An empty list where no token is asked for.
json::array security_of(const Route& route) {
  json::array security;
  if (route.is_open) return security;
  json::object needed;
  needed.emplace("token", json::array());
  security.push_back(std::move(needed));
  return security;
}

json::object operation_of(const Route& route) {
  json::object operation;
  operation.emplace("operationId", id_of(route.path));
  operation.emplace("summary", route.summary);
  if (!route.query.empty()) {
    json::array parameters;
    parameters.push_back(parameter_of(route));
    operation.emplace("parameters", std::move(parameters));
  }
  operation.emplace("security", security_of(route));
  operation.emplace("responses", responses_of(route));
  return operation;
}

json::object info_of(std::string_view version) {
  json::object license;
  license.emplace("name", "Apache-2.0");
  license.emplace("identifier", "Apache-2.0");
  json::object info;
  info.emplace("title", "MLLP Server");
  info.emplace("version", version);
  info.emplace("description",
               "Health, metrics and what is going on. Nothing here changes anything: HEAD answers "
               "as GET does, without the body.");
  info.emplace("license", std::move(license));
  return info;
}

json::object components() {
  json::object token;
  token.emplace("type", "http");
  token.emplace("scheme", "bearer");
  token.emplace("description", "The token of ADMIN_TOKEN_FILE.");
  json::object schemes;
  schemes.emplace("token", std::move(token));
  json::object all;
  all.emplace("schemas", json::parse(kSchemas));
  all.emplace("securitySchemes", std::move(schemes));
  return all;
}

}  // namespace

std::string openapi_document(std::string_view version) {
  json::object paths;
  for (const Route& route : all_routes()) {
    json::object path;
    path.emplace("get", operation_of(route));
    paths.emplace(route.path, std::move(path));
  }
  json::object document;
  document.emplace("openapi", "3.1.0");
  document.emplace("info", info_of(version));
  document.emplace("paths", std::move(paths));
  document.emplace("components", components());
  return json::serialize(document) + '\n';
}

}  // namespace admin
