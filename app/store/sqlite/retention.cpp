#include "store/sqlite/retention.hpp"

#include <algorithm>
#include <utility>

#include "base/try.hpp"
#include "store/sqlite/owed_survey.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace store::sqlite {
namespace {

using telemetry::Counter;
using telemetry::Level;

constexpr int kHeldLooks = 20;   // a segment that stays is looked at again so much later
constexpr int kPruneLooks = 20;  // and what is kept
constexpr std::size_t kPruneIds = 256;
constexpr std::uint64_t kPressedSegments = 20;  // a share of MAX_STORE_SIZE that is worth to go

Counter counter_of(GoneFor why) {
  switch (why) {
    case GoneFor::kAge: return Counter::kSegmentsGoneAge;
    case GoneFor::kSize: return Counter::kSegmentsGoneSize;
    case GoneFor::kDamage: break;
  }
  return Counter::kSegmentsGoneDamage;
}

}  // namespace

Retention::Retention(Place place, const RetentionSources& sources, const RetentionOptions& options,
                     std::function<void(SegmentNumber)> on_gone)
    : place_(std::move(place)),
      sources_(sources),
      options_(options),
      on_gone_(std::move(on_gone)) {}

base::Result<bool, OpenError> Retention::step(bool may_press) {
  if (!has_begun_) return begin();
  if (remover_ || !leftovers_.empty()) return remove();
  if (job_) return advance();
  if (TRY(choose(may_press))) return true;
  return prune();
}

std::map<SegmentNumber, std::uint64_t> Retention::held() const {
  const base::Lock lock(mutex_);
  std::map<SegmentNumber, std::uint64_t> counts;
  for (const auto& [number, held] : held_) counts.emplace(number, held.owed_count);
  return counts;
}

// What a crash has left.
base::Result<bool, OpenError> Retention::begin() {
  const std::vector<GoneSegment> gone = TRY(read_gone(place_));
  has_gone_ = !gone.empty();
  if (has_gone_) {
    leftovers_ = TRY(find_leftovers(place_, gone));
    KeptTable* const kept = TRY(table());
    static_cast<void>(TRY(remove_stray_payloads(place_, *kept)));
  }
  has_begun_ = true;
  return !leftovers_.empty();
}

base::Result<bool, OpenError> Retention::remove() {
  if (!remover_) {
    remover_.emplace(place_, leftovers_.back().number, leftovers_.back().why);
    leftovers_.pop_back();
  }
  const SegmentNumber number = remover_->number();
  if (sources_.log.is_in_use(number)) return false;
  const std::string path = place_.layout.segment_file(number);
  const bool is_more = TRY(at_open(path, remover_->step()));
  if (!is_more) {
    remover_.reset();
    look_at_ = base::SteadyTime::min();  // how large the store is now
  }
  return true;
}

// ── Which one ───────────────────────────────────────────────────────────────

base::Result<bool, OpenError> Retention::choose(bool may_press) {
  if (TRY(choose_damaged())) return true;
  const bool is_asked = may_press && sources_.room.take_ask();
  if (now() < look_at_ && !is_asked) return false;
  look_at_ = now() + options_.look_every;
  sources_.writer.look_at_segment();
  const StoreSizes sizes = TRY(at_open(place_.layout.root(), sources_.meter.measure()));
  sources_.room.set_measured(sizes.total_bytes());
  return choose_among_closed(may_press);
}

base::Result<bool, OpenError> Retention::choose_damaged() {
  for (const SegmentNumber number : sources_.log.damaged()) {
    const auto extent = sources_.log.extent(number);
    // Without its own first entry nobody knows what is in it: then it stays as it is.
    if (!extent || !*extent || (*extent)->number != number || is_held(number)) continue;
    auto reader = LogReader::open(place_, number);
    if (reader && reader->is_sound() && sources_.log.clear_damage(number)) continue;
    take(**extent, GoneFor::kDamage);
    if (reader) job_->damaged = std::make_unique<LogReader>(std::move(reader).value());
    return true;
  }
  return false;
}

// From the oldest on. The last one still grows and never goes.
base::Result<bool, OpenError> Retention::choose_among_closed(bool may_press) {
  const bool is_pressed = may_press && sources_.room.is_pressed();
  std::vector<SegmentNumber> numbers = sources_.log.numbers();
  if (!numbers.empty()) numbers.pop_back();
  const base::WallTime wall = sources_.clock.wall_now();
  const auto retain = std::chrono::duration_cast<std::chrono::microseconds>(options_.retain);
  for (const SegmentNumber number : numbers) {
    if (is_held(number)) continue;
    const bool is_old =
        options_.retain != base::Duration::zero() && TRY(newest_at(number)) + retain <= wall;
    if (!is_old && !is_pressed) return false;
    const auto extent = TRY(at_open(place_.layout.log_folder(), sources_.log.extent(number)));
    if (!extent || extent->number != number) continue;
    if (!is_recorded(*extent)) return false;
    take(*extent, is_old ? GoneFor::kAge : GoneFor::kSize);
    return true;
  }
  if (is_pressed) {
    look_at_held_soon();
    begin_segment_if_pressed();
  }
  return false;
}

// What is owed now may be delivered in a moment: where room is short, that is not missed for
// long. Only behind the last of them: else those in front would be looked at again and again.
void Retention::look_at_held_soon() {
  const base::SteadyTime at = now() + options_.look_every;
  const base::Lock lock(mutex_);
  for (auto& [number, held] : held_) held.until = std::min(held.until, at);
}

// Where all that is there is in the last segment, it is closed early.
void Retention::begin_segment_if_pressed() {
  const std::uint64_t worthwhile = sources_.room.bytes_max() / kPressedSegments;
  if (sources_.writer.last_segment_bytes() < worthwhile) return;
  if (sources_.writer.begin_segment_now()) look_at_ = base::SteadyTime::min();
}

base::Result<base::WallTime, OpenError> Retention::newest_at(SegmentNumber number) {
  const auto known = newest_.find(number);
  if (known != newest_.end()) return known->second;
  const auto facts = facts_of(place_, number);
  if (!facts) {
    if (facts.error().fault != OpenFault::kDisk) sources_.log.note_damage(number);
    return base::fail(facts.error());
  }
  newest_[number] = facts->newest_at;
  return facts->newest_at;
}

void Retention::take(const Log::Extent& extent, GoneFor why) {
  job_ = std::make_unique<Job>();
  job_->segment = {.number = extent.number,
                   .first = extent.first,
                   .next_first = extent.next_first,
                   .why = why,
                   .at = sources_.clock.wall_now()};
  job_->surveyed_to = {extent.first.value - 1};
}

bool Retention::is_held(SegmentNumber number) const {
  const base::Lock lock(mutex_);
  const auto held = held_.find(number);
  return held != held_.end() && now() < held->second.until;
}

void Retention::hold(const Job& job) {
  const base::Lock lock(mutex_);
  held_[job.segment.number] = {now() + kHeldLooks * options_.look_every, job.owed.size()};
  look_at_ = base::SteadyTime::min();
}

void Retention::let_go_behind(std::function<EntryId()> recorded_to) {
  const base::Lock lock(mutex_);
  recorded_to_ = std::move(recorded_to);
}

// That its messages came, and by what they are known again, stands elsewhere.
bool Retention::is_recorded(const Log::Extent& extent) const {
  const EntryId last{extent.next_first.value - 1};
  {
    const base::Lock lock(mutex_);
    if (!recorded_to_ && options_.is_audited) return false;
    if (recorded_to_ && last > recorded_to_()) return false;
  }
  return sources_.known == nullptr || sources_.known->may_go(last);
}

// ── A segment on its way ────────────────────────────────────────────────────

base::Result<bool, OpenError> Retention::advance() {
  const std::string path = place_.layout.segment_file(job_->segment.number);
  base::Status<OpenError> done = base::Done{};
  switch (job_->stage) {
    case Stage::kSurvey: done = at_open(path, survey()); break;
    case Stage::kCopy: done = copy(); break;
    case Stage::kSettle:
      if (!sources_.writer.settle_all()) {
        done = cannot_open(place_.layout.lanes_file(), {StoreFault::kIo, 0});
      }
      job_->stage = Stage::kName;
      break;
    case Stage::kName: done = name(); break;
  }
  if (done) return true;
  job_.reset();
  table_.reset();
  return base::fail(done.error());
}

Status Retention::survey() {
  Job& job = *job_;
  const EntryId last{job.segment.next_first.value - 1};
  const bool is_damaged = job.segment.why == GoneFor::kDamage;
  const Owed owed = is_damaged ? TRY(owed_in_damaged(sources_.lanes, job.damaged.get(),
                                                     job.surveyed_to, last, job.unreadable_count))
                               : TRY(owed_in(sources_.lanes, sources_.log, job.surveyed_to, last));
  job.owed.insert(job.owed.end(), owed.ids.begin(), owed.ids.end());
  job.surveyed_to = owed.looked_to;
  const std::uint64_t id_count = job.segment.next_first.value - job.segment.first.value;
  if (!is_damaged && job.owed.size() > id_count / 2) {
    hold(job);
    job_.reset();
    return base::Done{};
  }
  if (job.surveyed_to == last) {
    job.stage = Stage::kCopy;
    job.damaged.reset();
  }
  return base::Done{};
}

base::Status<OpenError> Retention::copy() {
  Job& job = *job_;
  const std::span<const EntryId> rest = std::span(job.owed).subspan(job.copied_count);
  if (rest.empty()) {
    job.stage = Stage::kSettle;
    return base::Done{};
  }
  const auto source =
      job.segment.why == GoneFor::kDamage ? KeptTable::Source::kDamaged : KeptTable::Source::kWhole;
  KeptTable& kept = *TRY(table());
  const auto copied = kept.copy(job.segment.number, source, rest);
  if (!copied) {
    const bool is_damage = copied.error().fault == StoreFault::kDamaged;
    if (is_damage) sources_.log.note_damage(job.segment.number);
    return cannot_open(place_.layout.segment_file(kKept), copied.error());
  }
  job.copied_count += *copied;
  return base::Done{};
}

base::Status<OpenError> Retention::name() {
  const GoneSegment segment = job_->segment;
  KeptTable& kept = *TRY(table());
  static_cast<void>(TRY(at_open(place_.layout.segment_file(kKept), kept.name_gone(segment))));
  sources_.log.set_gone(segment.number);
  on_gone_(segment.number);
  telemetry::count(counter_of(segment.why));
  const bool is_damaged = segment.why == GoneFor::kDamage;
  if (is_damaged) sources_.lanes.recount();
  telemetry::log(is_damaged ? Level::kError : Level::kInfo,
                 is_damaged ? "store_segment_set_aside" : "store_segment_gone",
                 {{"segment", segment.number.value},
                  {"first", segment.first.value},
                  {"last", segment.next_first.value - 1},
                  {"why", to_string(segment.why)},
                  {"kept", job_->owed.size()},
                  {"unreadable", job_->unreadable_count}});
  {
    const base::Lock lock(mutex_);
    held_.erase(segment.number);
  }
  newest_.erase(segment.number);
  has_gone_ = true;
  job_.reset();
  remover_.emplace(place_, segment.number, segment.why);
  return base::Done{};
}

base::Result<KeptTable*, OpenError> Retention::table() {
  if (!table_) table_.emplace(TRY(KeptTable::open(place_)));
  return &*table_;
}

// ── What is kept ────────────────────────────────────────────────────────────

// Goes on through what is kept, and drops what nobody is owed any more.
base::Result<bool, OpenError> Retention::prune() {
  if (!has_gone_ || now() < prune_at_) return false;
  const std::string path = place_.layout.segment_file(kKept);
  KeptTable& kept = *TRY(table());
  const auto ids = TRY(at_open(path, kept.ids_after(pruned_to_, kPruneIds)));
  if (ids.empty()) {
    pruned_to_ = {};
    prune_at_ = now() + kPruneLooks * options_.look_every;
    static_cast<void>(TRY(forget_discarded()));
    return false;
  }
  const EntryId before{ids.front().value - 1};
  const Owed owed = TRY(at_open(path, owed_in(sources_.lanes, sources_.log, before, ids.back())));
  std::vector<EntryId> settled;
  for (const EntryId id : ids) {
    if (id > owed.looked_to) break;
    if (!std::ranges::binary_search(owed.ids, id)) settled.push_back(id);
  }
  pruned_to_ = owed.looked_to;
  if (settled.empty()) return true;
  if (!sources_.writer.settle_all()) {
    return cannot_open(place_.layout.lanes_file(), {StoreFault::kIo, 0});
  }
  static_cast<void>(TRY(at_open(path, kept.drop(settled))));
  return true;
}

// Why a letter was discarded is kept as long as messages are, and its message with it.
base::Status<OpenError> Retention::forget_discarded() {
  if (options_.retain == base::Duration::zero()) return base::Done{};
  const auto retain = std::chrono::duration_cast<std::chrono::microseconds>(options_.retain);
  const std::vector<SegmentNumber> numbers = sources_.log.numbers();
  const auto oldest =
      TRY(at_open(place_.layout.log_folder(), sources_.log.extent(numbers.front())));
  if (!oldest) return base::Done{};
  return at_open(
      place_.layout.lanes_file(),
      sources_.lanes.forget_discarded(oldest->first, sources_.clock.wall_now() - retain));
}

}  // namespace store::sqlite
