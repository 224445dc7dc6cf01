#include "cli/audit_report.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "cli/json_object.hpp"

namespace cli {
namespace {

using audit::Verdict;

std::string chain_of(const Verdict& verdict) {
  return verdict.key_name.empty() ? "SHA-256 without a key"
                                  : "HMAC-SHA-256, key " + verdict.key_name;
}

std::string place_of(const audit::Flaw& flaw) {
  if (flaw.file.empty()) return fmt::format("record {}", flaw.record);
  return fmt::format("record {} ({}, offset {})", flaw.record, flaw.file, flaw.offset);
}

// What the result does not say.
std::string caveats(const Verdict& verdict, const AuditReport& report) {
  std::string text;
  if (verdict.key_name.empty()) {
    text +=
        "note: without AUDIT_KEY_FILE this shows damage; whoever may write here could have made "
        "all of it\n";
  }
  if (verdict.unproven_count > 0) {
    text += fmt::format(
        "note: records up to {} were chained without a key: they are proven as they stood when "
        "the key came\n",
        verdict.unproven_count);
  }
  if (!report.has_head) {
    text +=
        "note: that nothing was cut off at the end shows only with --head, a head that the server "
        "has published\n";
  }
  return text;
}

}  // namespace

std::string render(const Verdict& verdict, const AuditReport& report) {
  const char* const files = verdict.file_count == 1 ? "file" : "files";
  std::string text = fmt::format("{}: {} records in {} {}, from {} to {}, {}\n", report.folder,
                                 verdict.record_count, verdict.file_count, files,
                                 verdict.first_record, verdict.head.sequence, chain_of(verdict));
  if (verdict.first_record > 1 && verdict.first_record <= verdict.dropped_before) {
    text += fmt::format("records before {} were let go by RETAIN_AUDIT\n", verdict.first_record);
  }
  text += fmt::format("messages recorded up to {}\nhead {}\n", verdict.messages_recorded_to,
                      audit::to_string(verdict.head));
  for (const audit::TrailEvent& event : verdict.events) {
    text +=
        fmt::format("told by itself: {} in record {}, {}\n", event.kind, event.record, event.at);
  }
  for (const std::string& name : verdict.aside) {
    text += fmt::format("put aside at a start: {}\n", name);
  }
  text += caveats(verdict, report);
  for (const audit::Flaw& flaw : verdict.flaws) {
    text += fmt::format("WRONG {}: {}\n", place_of(flaw), audit::sentence(flaw.finding));
  }
  if (verdict.flaw_count > verdict.flaws.size()) {
    text += fmt::format("WRONG and {} more\n", verdict.flaw_count - verdict.flaws.size());
  }
  if (verdict.is_whole()) text += "nothing was changed, cut or inserted\n";
  return text;
}

std::string to_json_line(const Verdict& verdict, const AuditReport& report) {
  std::vector<JsonObject> flaws;
  for (const audit::Flaw& flaw : verdict.flaws) {
    JsonObject object;
    object.add("finding", audit::to_string(flaw.finding)).add("record", flaw.record);
    if (!flaw.file.empty()) object.add("file", flaw.file).add("offset", flaw.offset);
    flaws.push_back(object.add("text", audit::sentence(flaw.finding)));
  }
  std::vector<JsonObject> events;
  for (const audit::TrailEvent& event : verdict.events) {
    events.push_back(
        JsonObject().add("record", event.record).add("at", event.at).add("kind", event.kind));
  }
  JsonObject object;
  object.add("folder", report.folder)
      .add("whole", verdict.is_whole())
      .add("records", verdict.record_count)
      .add("files", verdict.file_count)
      .add("first", verdict.first_record)
      .add("dropped_before", verdict.dropped_before)
      .add("head", audit::to_string(verdict.head))
      .add("messages_recorded_to", verdict.messages_recorded_to)
      .add("key", verdict.key_name)
      .add("without_key_to", verdict.unproven_count)
      .add("head_given", report.has_head)
      .add("files_aside", std::uint64_t{verdict.aside.size()})
      .add("told", events)
      .add("flaw_count", verdict.flaw_count)
      .add("flaws", flaws);
  return object.to_text() + "\n";
}

}  // namespace cli
