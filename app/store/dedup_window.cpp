#include "store/dedup_window.hpp"

#include <algorithm>

#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace store {
namespace {

using telemetry::Counter;
using telemetry::Level;

bool is_same_body(const DedupEntry& entry, const Fingerprint& print) noexcept {
  return entry.body() == print.body;
}

// A plain answer is its code; what more was said stands in the log.
KeptAnswer kept_answer(const MessageFacts& facts) noexcept {
  if (facts.answer.empty()) return KeptAnswer::kNone;
  if (!facts.answer_reason.empty()) return KeptAnswer::kInLog;
  if (facts.answer_code == "AA") return KeptAnswer::kAA;
  return facts.answer_code == "CA" ? KeptAnswer::kCA : KeptAnswer::kInLog;
}

std::string_view code_of(KeptAnswer answer) noexcept {
  switch (answer) {
    case KeptAnswer::kAA: return "AA";
    case KeptAnswer::kCA: return "CA";
    case KeptAnswer::kNone:
    case KeptAnswer::kInLog: break;
  }
  return {};
}

}  // namespace

std::uint32_t DedupWindow::since(base::WallTime now) const noexcept {
  const auto window = std::chrono::duration_cast<std::chrono::microseconds>(options_.window);
  return to_seen_at(now - window);
}

bool DedupWindow::admit(Draft& draft, EntryId as) {
  draft.recognition = {};
  draft.is_stored = true;
  if (!draft.dedup) return true;
  const DedupQuery& query = *draft.dedup;
  const auto known = find(query.print, since(draft.facts.received_at));
  Recognition& seen = draft.recognition;
  if (known) {
    const bool is_same = is_same_body(*known, query.print);
    seen.sighting = is_same ? Sighting::kDuplicate : Sighting::kConflict;
    seen.earlier = known->id();
    if (is_same) seen.answer_code = code_of(known->answer());
    seen.is_answer_in_log = is_same && known->answer() == KeptAnswer::kInLog;
  }
  const bool is_refused =
      seen.sighting == Sighting::kDuplicate ||
      (seen.sighting == Sighting::kConflict && query.on_conflict == OnConflict::kReject);
  draft.is_stored = !is_refused && !query.is_probe;
  if (draft.is_stored) stage(draft, as);
  if (known && !(query.is_probe && seen.sighting == Sighting::kConflict)) {
    told_.push_back({seen.sighting, draft.is_stored ? as : EntryId{}, seen.earlier,
                     draft.facts.listener, draft.facts.peer});
  }
  return draft.is_stored;
}

std::optional<DedupEntry> DedupWindow::find(const Fingerprint& print, std::uint32_t since) {
  const bool may_be_past = past_ != nullptr && past_->may_hold(print);
  auto here = table_.find(print, since);
  if (!may_be_past || (here && is_same_body(*here, print))) return here;
  const auto before = past_->find(print, since);
  return before && (!here || is_same_body(*before, print)) ? before : here;
}

void DedupWindow::stage(const Draft& draft, EntryId as) {
  const Seen seen{as, draft.facts.received_at, kept_answer(draft.facts)};
  staged_.push_back(to_dedup_entry(draft.dedup->print, seen));
  table_.put(staged_.back(), since(draft.facts.received_at));
}

void DedupWindow::commit() {
  tell();
  told_.clear();
  staged_.clear();
  telemetry::set(telemetry::Gauge::kDedupEntries, static_cast<std::int64_t>(table_.count()));
  tell_dropped();
}

void DedupWindow::roll_back() {
  for (const DedupEntry& entry : staged_) table_.forget(entry);
  staged_.clear();
  told_.clear();
}

bool DedupWindow::knows_all(const Append& append) {
  return std::ranges::all_of(append.drafts, [this](const Draft& draft) {
    if (!draft.dedup) return false;
    const auto known = find(draft.dedup->print, since(draft.facts.received_at));
    return known && is_same_body(*known, draft.dedup->print);
  });
}

// Once the outcome is sure, so that a commit that is tried again is told of once.
void DedupWindow::tell() const {
  for (const Told& each : told_) {
    if (each.sighting == Sighting::kDuplicate) {
      telemetry::count(Counter::kDedupDuplicates);
      telemetry::log(
          Level::kDebug, "duplicate_message",
          {{"listener", each.listener}, {"peer", each.peer}, {"earlier", each.earlier.value}});
      continue;
    }
    telemetry::count(Counter::kDedupConflicts);
    telemetry::log(Level::kWarning, "control_id_conflict",
                   {{"listener", each.listener},
                    {"peer", each.peer},
                    {"earlier", each.earlier.value},
                    {"accepted_as", each.id.value},
                    {"text", "another message with a control id that came before"}});
  }
}

void DedupWindow::tell_dropped() {
  const std::uint64_t dropped = table_.dropped_count();
  if (dropped == dropped_told_) return;
  telemetry::count(Counter::kDedupForgotten, dropped - dropped_told_);
  telemetry::log(Level::kWarning, "dedup_window_short",
                 {{"entries", table_.count()},
                  {"text", "no memory for all of DEDUP_WINDOW: the oldest are forgotten"}});
  dropped_told_ = dropped;
}

}  // namespace store
