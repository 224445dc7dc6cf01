#include "store/sqlite/rekey.hpp"

#include <utility>

#include "base/try.hpp"
#include "store/sqlite/key_register.hpp"
#include "store/sqlite/lane_keeper.hpp"
#include "store/sqlite/payload_files.hpp"
#include "store/sqlite/side_database.hpp"
#include "store/sqlite/writer.hpp"
#include "telemetry/log.hpp"

namespace store::sqlite {
namespace {

using telemetry::Level;

constexpr int kSwapTriesMax = 2000;
constexpr const char* kUnfinished = ".part";

// The keys of the file, if the store can be read with them.
base::Result<EncryptionKeys, std::string> usable_keys(const Place& place,
                                                      const LoadKeys& load_keys) {
  EncryptionKeys keys = TRY(load_keys());
  const auto needed = keys_of(place);
  if (!needed) return base::fail(to_string(needed.error()));
  for (const KeyId each : *needed) {
    if (keys.find(each) != nullptr) continue;
    return base::fail("the store still needs the key " + to_string(each) +
                      ", which ENCRYPTION_KEY_FILE lacks: leave it there below the new one until "
                      "all is encrypted anew");
  }
  return keys;
}

}  // namespace

Rekey::Rekey(Place place, const ArchiveSources& sources, LoadKeys load_keys, RekeyHelpers helpers)
    : place_(std::move(place)),
      sources_(sources),
      load_keys_(std::move(load_keys)),
      helpers_(std::move(helpers)) {}

// ── From any thread ─────────────────────────────────────────────────────────

// The new key is named before anything is sealed with it.
base::Status<std::string> Rekey::begin() {
  if (sources_.cipher == nullptr || !load_keys_) {
    return base::fail(std::string(
        "the server has no key: set ENCRYPTION_KEY_FILE and start it again, then this encrypts "
        "what is there in clear"));
  }
  const base::Lock lock(mutex_);
  if (state_.phase == RekeyPhase::kRunning) return base::fail(std::string("it is running already"));
  EncryptionKeys keys = TRY(usable_keys(place_, load_keys_));
  const PayloadCipher next(keys);
  Place named = place_;
  named.cipher = &next;
  if (const auto done = name_current_key(named); !done) return base::fail(to_string(done.error()));
  sources_.cipher->replace(std::move(keys));
  state_ = {};
  state_.phase = RekeyPhase::kRunning;
  state_.key = to_string(next.current());
  state_.begun_at = sources_.clock.wall_now();
  return base::Done{};
}

bool Rekey::is_running() const {
  const base::Lock lock(mutex_);
  return state_.phase == RekeyPhase::kRunning;
}

RekeyState Rekey::state() const {
  const base::Lock lock(mutex_);
  return state_;
}

void Rekey::seal_besides(SealStep step) {
  const base::Lock lock(mutex_);
  besides_ = std::move(step);
}

void Rekey::note_piece() {
  const base::Lock lock(mutex_);
  ++state_.done_count;
}

// ── The thread ──────────────────────────────────────────────────────────────

void Rekey::step() {
  if (!run_) {
    run_ = std::make_unique<Run>();
    telemetry::log(Level::kInfo, "rekey_begun", {{"key", state().key}});
  }
  const auto advanced = advance(*run_);
  if (!advanced || run_->stage == Stage::kDone) end(advanced);
}

void Rekey::end(const base::Status<OpenError>& status) {
  run_.reset();
  const base::Lock lock(mutex_);
  state_.phase = status ? RekeyPhase::kDone : RekeyPhase::kFailed;
  if (status) {
    telemetry::log(Level::kInfo, "rekey_done",
                   {{"key", state_.key}, {"copied", state_.copied_count}});
    return;
  }
  state_.error = to_string(status.error());
  telemetry::log(Level::kError, "rekey_failed", {{"key", state_.key}, {"what", state_.error}});
}

base::Status<OpenError> Rekey::advance(Run& run) {
  switch (run.stage) {
    case Stage::kBegin: return prepare(run);
    case Stage::kSurvey: return survey(run);
    case Stage::kCopy: return copy(run);
    case Stage::kSwap: return swap(run);
    case Stage::kPayloads: return seal_payload(run);
    case Stage::kRejected: return seal_rejected(run);
    case Stage::kLanes: return seal_lanes(run);
    case Stage::kBesides: return seal_others(run);
    case Stage::kNames: return end_names(run);
    case Stage::kDone: break;
  }
  return base::Done{};
}

base::Result<bool, OpenError> Rekey::is_there(const std::string& path) const {
  return TRY(at_open(path, place_.disk->size_bytes(path))).has_value();
}

// What was committed before the key was replaced is in closed segments now.
base::Status<OpenError> Rekey::prepare(Run& run) {
  if (!sources_.writer.begin_segment_now()) {
    return cannot_open(place_.layout.log_folder(), {StoreFault::kIo, 0});
  }
  const std::vector<SegmentNumber> numbers = sources_.log.numbers();
  run.pieces.assign(numbers.rbegin() + 1, numbers.rend());
  if (TRY(is_there(place_.layout.segment_file(kKept)))) {
    run.pieces.insert(run.pieces.begin(), kKept);
  }
  {
    const base::Lock lock(mutex_);
    state_.total_count = run.pieces.size();
  }
  run.stage = run.pieces.empty() ? Stage::kRejected : Stage::kSurvey;
  return base::Done{};
}

base::Status<OpenError> Rekey::survey(Run& run) {
  const SegmentNumber number = run.pieces.back();
  const std::string path = place_.layout.segment_file(number);
  if (!run.survey) run.survey.emplace(TRY(KeySurvey::begin(place_, number)));
  if (TRY(at_open(path, run.survey->step()))) return base::Done{};
  const bool has_found = run.survey->has_found();
  run.survey.reset();
  if (has_found) {
    run.stage = Stage::kCopy;
    return base::Done{};
  }
  return list_payloads(run);
}

base::Status<OpenError> Rekey::copy(Run& run) {
  const SegmentNumber number = run.pieces.back();
  const std::string path = place_.layout.segment_file(number);
  if (!run.copy) run.copy = TRY(SealedCopy::begin(place_, number));
  if (TRY(at_open(path, run.copy->step()))) return base::Done{};
  static_cast<void>(TRY(SealedCopy::finish(std::move(run.copy))));
  run.swap_tries = 0;
  run.stage = Stage::kSwap;
  return base::Done{};
}

// Somebody may be reading the piece: then it is tried again.
base::Status<OpenError> Rekey::swap(Run& run) {
  const SegmentNumber number = run.pieces.back();
  const std::string path = place_.layout.segment_file(number);
  if (number == kKept) helpers_.close_kept();
  const auto swapped =
      sources_.log.replace(number, [this, number] { return take_place(place_, number); });
  const bool is_busy = swapped ? !*swapped : swapped.error() == StoreError{StoreFault::kIo, 0};
  if (is_busy && ++run.swap_tries < kSwapTriesMax) return base::Done{};
  if (!swapped || !*swapped) {
    return cannot_open(path, swapped ? StoreError{StoreFault::kIo, 0} : swapped.error());
  }
  {
    const base::Lock lock(mutex_);
    ++state_.copied_count;
  }
  return list_payloads(run);
}

base::Status<OpenError> Rekey::list_payloads(Run& run) {
  const SegmentNumber number = run.pieces.back();
  const std::string folder = place_.layout.payload_folder(number);
  run.payloads.clear();
  run.has_changed_payload = false;
  for (const std::string& text : TRY(at_open(folder, place_.disk->list(folder)))) {
    if (const auto name = parse_payload_name(text)) run.payloads.push_back(*name);
  }
  run.stage = Stage::kPayloads;
  return base::Done{};
}

// One that does not open, as it was changed on disk, stays as it is.
base::Status<OpenError> Rekey::seal_payload(Run& run) {
  const SegmentNumber number = run.pieces.back();
  const std::string folder = place_.layout.payload_folder(number);
  if (run.payloads.empty()) {
    if (run.has_changed_payload) {
      static_cast<void>(TRY(at_open(folder, place_.disk->sync_folder(folder))));
    }
    next_piece(run);
    return base::Done{};
  }
  const PayloadName name = run.payloads.back();
  run.payloads.pop_back();
  const std::string path = place_.layout.payload_file(number, name);
  std::vector<std::byte> file = TRY(at_open(path, place_.disk->read(path)));
  if (payload_file_key(file) == place_.cipher->current()) return base::Done{};
  auto payload = open_payload_file(place_.cipher, name.id, std::move(file));
  if (!payload && payload.error().fault == StoreFault::kDamaged) return base::Done{};
  if (!payload) return cannot_open(path, payload.error());
  const auto sealed = seal_payload_file(*place_.cipher, name.id, *payload);
  static_cast<void>(TRY(at_open(path, place_.disk->write_synced(path + kUnfinished, sealed))));
  static_cast<void>(TRY(at_open(path, place_.disk->rename(path + kUnfinished, path))));
  run.has_changed_payload = true;
  return base::Done{};
}

void Rekey::next_piece(Run& run) {
  const SegmentNumber number = run.pieces.back();
  if (number != kKept) helpers_.index_anew(number);
  run.pieces.pop_back();
  note_piece();
  run.stage = run.pieces.empty() ? Stage::kRejected : Stage::kSurvey;
}

// Nothing is promised of refused messages, but they go over as well.
base::Status<OpenError> Rekey::seal_rejected(Run& run) {
  const std::string path = place_.layout.rejected_file();
  if (!run.rejected) {
    if (!TRY(is_there(path))) {
      run.stage = Stage::kLanes;
      return base::Done{};
    }
    run.rejected = TRY(RejectedCopy::begin(place_));
  }
  if (TRY(at_open(path, run.rejected->step()))) return base::Done{};
  const bool has_others = run.rejected->has_others();
  run.rejected.reset();
  if (has_others) {
    const auto swap = [this] { return take_rejected_place(place_); };
    static_cast<void>(TRY(at_open(path, helpers_.replace_rejected(swap))));
  } else {
    const Place copies = rekey_place(place_);
    remove_side(copies, copies.layout.rejected_file());
  }
  run.stage = Stage::kLanes;
  return base::Done{};
}

base::Status<OpenError> Rekey::seal_lanes(Run& run) {
  const std::string path = place_.layout.lanes_file();
  if (!TRY(at_open(path, sources_.lanes.seal_anew()))) run.stage = Stage::kBesides;
  return base::Done{};
}

base::Status<OpenError> Rekey::seal_others(Run& run) {
  SealStep step;
  {
    const base::Lock lock(mutex_);
    step = besides_;
  }
  const bool is_first = !std::exchange(run.has_begun_besides, true);
  const bool is_more = step && TRY(at_open(place_.layout.root(), step(is_first)));
  if (!is_more) run.stage = Stage::kNames;
  return base::Done{};
}

base::Status<OpenError> Rekey::end_names(Run& run) {
  static_cast<void>(TRY(forget_other_keys(place_)));
  const Place copies = rekey_place(place_);
  for (const std::string& folder : {copies.layout.log_folder(), copies.layout.root()}) {
    // What is left of an earlier run is sealed, and takes room only.
    static_cast<void>(place_.disk->remove_folder(folder));
  }
  run.stage = Stage::kDone;
  return base::Done{};
}

}  // namespace store::sqlite
