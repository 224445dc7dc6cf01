#include "control/store_operations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <utility>

#include "base/mutex.hpp"
#include "base/try.hpp"
#include "base/uuid.hpp"
#include "control/letter_filter.hpp"
#include "control/newest_search.hpp"
#include "hl7/header.hpp"
#include "hl7/message.hpp"
#include "hl7/path.hpp"
#include "intake/fingerprint.hpp"

namespace control {
namespace {

using store::ConnectorId;
using store::EntryId;

constexpr std::size_t kLookedAtMax = 10'000;  // dead letters, for one page
constexpr std::size_t kReasonBytesMax = 500;
constexpr auto kCommitWait = std::chrono::seconds(10);
constexpr auto kReturnWait = std::chrono::seconds(15);

std::string sentence(const store::StoreError& error) {
  return fmt::format("the store: {}{}", to_string(error.fault),
                     error.os_error == 0 ? "" : fmt::format(", error {}", error.os_error));
}

// What is a failure of the store becomes a sentence.
template <class T>
Answer<T> told(base::Result<T, store::StoreError> result) {
  if (!result) return base::fail(sentence(result.error()));
  return std::move(result).value();
}

Answer<base::Done> check_reason(const std::string& reason) {
  if (reason.empty()) return base::fail(std::string("a reason is required"));
  if (reason.size() <= kReasonBytesMax) return base::Done{};
  return base::fail(fmt::format("a reason has at most {} octets", kReasonBytesMax));
}

// A corrected version on its way; owns what the views of its append look at.
struct Edited {
  std::string octets;
  hl7::Message message;
  hl7::Header header;
  std::array<char, 32> digest{};
};

store::Draft make_draft(const Edited& edited, store::LaneKey key, base::WallTime now) {
  store::Draft draft;
  draft.facts.id = base::make_uuid_v7(now);
  draft.facts.received_at = now;
  draft.facts.listener = "(edit)";
  draft.facts.peer = "control";
  draft.facts.type = edited.header.type;
  draft.facts.trigger = edited.header.trigger;
  draft.facts.version = edited.header.version;
  draft.facts.control_id = edited.header.control_id;
  draft.facts.sending_application = edited.header.sending_application;
  draft.facts.sending_facility = edited.header.sending_facility;
  if (const auto path = hl7::parse_path("PID-3.1")) {
    draft.facts.patient_key = edited.message.get(*path);
  }
  draft.facts.charset = edited.header.charset;
  draft.facts.sha256 = {edited.digest.data(), edited.digest.size()};
  draft.payload = base::as_bytes(edited.octets);
  draft.lanes = {key};
  return draft;
}

}  // namespace

// Where an edit's append comes back to, one at a time.
class EditSink final : public store::AppendSink {
 public:
  void appended(std::vector<std::unique_ptr<store::Append>> batch) override {
    const base::Lock lock(mutex_);
    for (auto& append : batch) back_.push_back(std::move(append));
    arrived_.notify_all();
  }

  // The append with this keep_alive; none if it has not come back in time.
  std::unique_ptr<store::Append> take(const void* mark, base::SteadyTime deadline) {
    const base::Lock lock(mutex_);
    for (;;) {
      const auto found = std::ranges::find_if(
          back_, [mark](const auto& append) { return append->keep_alive.get() == mark; });
      if (found != back_.end()) {
        auto append = std::move(*found);
        back_.erase(found);
        return append;
      }
      if (arrived_.wait_until(mutex_, deadline) == std::cv_status::timeout) return nullptr;
    }
  }

 private:
  base::Mutex mutex_;
  std::condition_variable_any arrived_;
  std::vector<std::unique_ptr<store::Append>> back_ GUARDED_BY(mutex_);
};

StoreOperations::StoreOperations(store::Outbox& outbox, store::Archive* archive,
                                 const base::Clock& clock, Lanes lanes)
    : outbox_(outbox),
      archive_(archive),
      clock_(clock),
      lanes_(std::move(lanes)),
      sink_(std::make_unique<EditSink>()) {}

StoreOperations::~StoreOperations() = default;

// ── Looking ─────────────────────────────────────────────────────────────────

Answer<std::vector<Queue>> StoreOperations::queues() {
  const std::vector<LaneView> views = lanes_.views();
  std::vector<Queue> queues;
  for (const store::Registered& connector : outbox_.connectors()) {
    Queue queue;
    const auto view = std::ranges::find(views, connector.name, &LaneView::connector);
    queue.lane = view == views.end() ? LaneView{connector.name, "", kNotConfigured, ""} : *view;
    const store::LaneStatus status = outbox_.status(connector.id);
    queue.waiting_count = status.waiting_count;
    queue.waiting_bytes = status.waiting_bytes;
    queue.parked_count = status.parked_count;
    queue.oldest = TRY(told(outbox_.oldest(connector.id)));
    queues.push_back(std::move(queue));
  }
  return queues;
}

Answer<LetterPage> StoreOperations::letters(const LetterFilter& filter,
                                            const std::optional<LetterId>& after,
                                            std::size_t count_max) {
  if (!filter.connector.empty()) static_cast<void>(TRY(find(filter.connector)));
  if (after) static_cast<void>(TRY(find(after->connector)));
  count_max = std::clamp<std::size_t>(count_max, 1, kPageMax);
  LetterPage page;
  std::size_t looked_at = 0;
  bool begun = !after;
  for (const store::Registered& connector : outbox_.connectors()) {
    begun = begun || connector.name == after->connector;
    if (!begun || (!filter.connector.empty() && filter.connector != connector.name)) continue;
    EntryId at = after && after->connector == connector.name ? after->id : EntryId{};
    for (;;) {
      const auto entries = TRY(told(outbox_.parked(connector.id, at, count_max)));
      if (entries.empty()) break;
      for (const store::ParkedEntry& entry : entries) {
        at = entry.id;
        ++looked_at;
        if (takes(filter, entry)) page.letters.push_back({connector.name, entry});
        if (page.letters.size() < count_max && looked_at < kLookedAtMax) continue;
        page.after = LetterId{connector.name, at};
        return page;
      }
    }
  }
  return page;
}

Answer<std::vector<store::Attempt>> StoreOperations::attempts(const LetterId& id) {
  const ConnectorId connector = TRY(find(id.connector));
  return told(outbox_.attempts(connector, id.id));
}

Answer<std::vector<DiscardedLetter>> StoreOperations::discarded(const std::string& connector,
                                                                EntryId after,
                                                                std::size_t count_max) {
  const ConnectorId id = TRY(find(connector));
  std::vector<DiscardedLetter> found;
  for (auto& entry : TRY(told(outbox_.discarded(id, after, std::min(count_max, kPageMax))))) {
    found.push_back({connector, std::move(entry)});
  }
  return found;
}

Answer<store::FoundPage> StoreOperations::search(const store::Search& search,
                                                 const std::optional<store::MessageKey>& after,
                                                 std::size_t count_max) {
  count_max = std::clamp<std::size_t>(count_max, 1, kPageMax);
  if (!search.connector.empty()) static_cast<void>(TRY(find(search.connector)));
  if (archive_ == nullptr) return search_newest(outbox_, search, after, count_max);
  if (!search.fields.empty()) static_cast<void>(TRY(check_fields(search)));
  return told(archive_->search(search, after, count_max));
}

// A search for what no message can have would find nothing, and say no more.
Answer<base::Done> StoreOperations::check_fields(const store::Search& search) {
  const auto unknown = TRY(told(archive_->unknown_fields(search)));
  if (unknown.empty()) return base::Done{};
  return base::fail(fmt::format(
      "no index field {} is configured, and no message in the index has one", unknown.front()));
}

Answer<std::optional<store::MessageRecord>> StoreOperations::record(const store::MessageKey& key) {
  if (archive_ == nullptr) return record_of_newest(outbox_, key);
  return told(archive_->record(key));
}

Answer<std::optional<store::StoredMessage>> StoreOperations::message(EntryId id) {
  return told(outbox_.message(id));
}

Answer<store::Care*> StoreOperations::care() const {
  if (archive_ == nullptr) return base::fail(std::string("STORE=memory has no files"));
  return &archive_->care();
}

Answer<store::StoreStats> StoreOperations::store_stats() {
  store::Care* const care = TRY(this->care());
  return told(care->stats());
}

Answer<base::Done> StoreOperations::begin_backup(const std::string& folder) {
  store::Care* const care = TRY(this->care());
  return care->begin_backup(folder);
}

Answer<store::BackupState> StoreOperations::backup_state() {
  store::Care* const care = TRY(this->care());
  return care->backup_state();
}

Answer<base::Done> StoreOperations::begin_rekey() {
  store::Care* const care = TRY(this->care());
  return care->begin_rekey();
}

Answer<store::RekeyState> StoreOperations::rekey_state() {
  store::Care* const care = TRY(this->care());
  return care->rekey_state();
}

// ── Deciding ────────────────────────────────────────────────────────────────

Answer<std::size_t> StoreOperations::replay(const std::string& connector,
                                            const std::vector<EntryId>& ids) {
  const ConnectorId id = TRY(find(connector));
  std::size_t count = 0;
  for (const EntryId entry : ids) {
    if (TRY(told(outbox_.release(id, entry)))) ++count;
  }
  return count;
}

Answer<std::size_t> StoreOperations::discard(const std::string& connector,
                                             const std::vector<EntryId>& ids,
                                             const std::string& reason) {
  const ConnectorId id = TRY(find(connector));
  static_cast<void>(TRY(check_reason(reason)));
  std::size_t count = 0;
  for (const EntryId entry : ids) {
    if (TRY(told(outbox_.discard(id, entry, {reason, {}})))) ++count;
  }
  return count;
}

Answer<GivenUp> StoreOperations::give_up(const std::string& connector, const std::string& reason) {
  const ConnectorId id = TRY(find(connector));
  static_cast<void>(TRY(check_reason(reason)));
  const std::vector<LaneView> views = lanes_.views();
  if (std::ranges::find(views, connector, &LaneView::connector) != views.end()) {
    return base::fail(configured_sentence(connector));
  }
  GivenUp ended;
  ended.waiting = TRY(told(outbox_.give_up(id, kPageMax, {reason, {}})));
  ended.letters = TRY(give_up_letters(id, kPageMax - ended.waiting.size(), reason));
  return ended;
}

Answer<std::vector<EntryId>> StoreOperations::give_up_letters(ConnectorId connector,
                                                              std::size_t count_max,
                                                              const std::string& reason) {
  std::vector<EntryId> ended;
  if (count_max == 0) return ended;
  for (const auto& letter : TRY(told(outbox_.parked(connector, {}, count_max)))) {
    if (TRY(told(outbox_.discard(connector, letter.id, {reason, {}})))) ended.push_back(letter.id);
  }
  return ended;
}

// Appended first, ended then: a crash between the two leaves both, and loses neither.
Answer<EntryId> StoreOperations::edit(const LetterId& id, base::ByteView octets) {
  const ConnectorId connector = TRY(find(id.connector));
  const store::ParkedEntry letter = TRY(find_letter(connector, id));
  const EntryId stored =
      TRY(append({connector, store::released_key(letter.key_hash), letter.joined_hash}, octets));
  static_cast<void>(TRY(told(outbox_.discard(connector, id.id, {"replaced", stored}))));
  return stored;
}

Answer<EntryId> StoreOperations::append(store::LaneKey key, base::ByteView octets) {
  auto edited = std::make_shared<Edited>();
  edited->octets = base::as_text(octets);
  const base::ByteView own = base::as_bytes(edited->octets);
  const auto parsed = edited->message.parse(own);
  const auto header = hl7::parse_header(own);
  if (!parsed || !header) {
    return base::fail(fmt::format("this is no HL7 message: {}",
                                  to_string(parsed ? header.error().fault : parsed.error().fault)));
  }
  edited->header = *header;
  edited->digest = intake::sha256(own);

  auto append = std::make_unique<store::Append>();
  append->drafts.push_back(make_draft(*edited, key, clock_.wall_now()));
  append->give_up_at = clock_.steady_now() + kCommitWait;
  append->sink = sink_.get();
  append->keep_alive = edited;
  std::vector<std::unique_ptr<store::Append>> batch;
  batch.push_back(std::move(append));
  outbox_.append(std::move(batch));

  const auto back = sink_->take(edited.get(), clock_.steady_now() + kReturnWait);
  if (!back) {
    return base::fail(
        std::string("the store has not answered in time; whether the new version "
                    "is stored is not known: look before you try again"));
  }
  return told(back->outcome);
}

Answer<base::Done> StoreOperations::resume(const std::string& connector) {
  if (!lanes_.resume) return base::fail(std::string("the server is not running"));
  if (lanes_.resume(connector)) return base::Done{};
  return base::fail(fmt::format("no connector {} is configured", connector));
}

Answer<ConnectorId> StoreOperations::find(std::string_view connector) const {
  for (const store::Registered& each : outbox_.connectors()) {
    if (each.name == connector) return each.id;
  }
  return base::fail(fmt::format("no connector {} has ever been registered", connector));
}

Answer<store::ParkedEntry> StoreOperations::find_letter(ConnectorId connector, const LetterId& id) {
  auto found = TRY(told(outbox_.parked(connector, {id.id.value - 1}, 1)));
  if (found.empty() || found.front().id != id.id) {
    return base::fail(fmt::format("{} is no dead letter", to_string(id)));
  }
  return std::move(found.front());
}

}  // namespace control
