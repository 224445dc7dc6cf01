// What it costs to know messages again, at MLLP_DEDUP_ENTRIES of them (20,000 where it is
// not given; docs/adr/0023 asks for ten million).
//
// Appends with and without are to be compared in one run; neither figure means anything
// alone.
#include <benchmark/benchmark.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "store/dedup_window.hpp"
#include "store/sqlite/known_file.hpp"
#include "store/sqlite/known_keeper.hpp"
#include "store/sqlite/sqlite_outbox.hpp"

namespace {

using store::Append;
using store::DedupEntry;
using store::DedupSecret;
using store::Fingerprint;

constexpr DedupSecret kSecret = {11, 12};
constexpr std::uint64_t kFileIds = 8U << 16U;

std::uint64_t entry_count() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody writes the environment here
  const char* const given = std::getenv("MLLP_DEDUP_ENTRIES");
  return given == nullptr ? 20'000 : std::strtoull(given, nullptr, 10);
}

base::WallTime now() { return base::Clock::system().wall_now(); }

Fingerprint print_of(std::uint64_t number, const DedupSecret& secret = kSecret) {
  store::FingerprintSource source;
  source.listener = "default";
  source.sending_application = "LAB";
  source.sending_facility = "CENTRAL";
  const std::string id = std::to_string(number);
  source.control_id = id;
  return fingerprint_of(secret, source);
}

class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / "dedup_bench_XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
  }

  ~Folder() { std::filesystem::remove_all(path_); }

  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void FingerprintOfKilobyte(benchmark::State& state) {
  const std::string body(1000, 'x');
  store::FingerprintSource source;
  source.listener = "default";
  source.sending_application = "LAB";
  source.sending_facility = "CENTRAL";
  source.control_id = "MSG-4711-0815";
  source.before_time = base::as_bytes(body).first(50);
  source.after_time = base::as_bytes(body).subspan(64);
  for (auto _ : state) benchmark::DoNotOptimize(fingerprint_of(kSecret, source));
}

// Messages that are new, as nearly all are, in groups of 64, and what the table takes.
void AdmitNew(benchmark::State& state) {
  const std::uint64_t count = entry_count();
  store::DedupOptions options;
  options.entries_max = 4 * count;
  store::DedupWindow window(options);
  for (std::uint64_t number = 1; number <= count; ++number) {
    window.remember(to_dedup_entry(print_of(number), {{number}, now(), store::KeptAnswer::kAA}),
                    now());
  }
  state.counters["bytes_per_message"] =
      static_cast<double>(window.size_bytes()) / static_cast<double>(window.count());
  std::uint64_t number = count;
  std::vector<store::Draft> drafts(64);
  for (auto _ : state) {
    state.PauseTiming();
    for (store::Draft& draft : drafts) {
      draft.facts.received_at = now();
      draft.dedup = store::DedupQuery{print_of(++number)};
    }
    state.ResumeTiming();
    for (store::Draft& draft : drafts) {
      if (!window.admit(draft, {number})) state.SkipWithError("new and not taken for it");
    }
    window.commit();
  }
  state.SetItemsProcessed(state.iterations() * 64);
}

// Takes a group back, and makes of it the next one.
class Sink final : public store::AppendSink {
 public:
  void appended(std::vector<std::unique_ptr<Append>> batch) override {
    const std::size_t count = batch.size();
    std::ranges::move(batch, std::back_inserter(back_));
    arrived_.fetch_add(count, std::memory_order_release);
    arrived_.notify_one();
  }

  std::vector<std::unique_ptr<Append>> await(std::size_t count) {
    for (std::size_t seen = 0; (seen = arrived_.load(std::memory_order_acquire)) < count;) {
      arrived_.wait(seen);
    }
    arrived_.store(0);
    return std::exchange(back_, {});
  }

 private:
  std::vector<std::unique_ptr<Append>> back_;
  std::atomic<std::size_t> arrived_{0};
};

store::SqliteOptions options_of(const Folder& folder, bool with_dedup) {
  store::SqliteOptions options;
  options.data_dir = folder.path() + "/data";
  if (with_dedup) options.dedup = store::DedupOptions{};
  return options;
}

std::unique_ptr<Append> make_append(const std::string& payload, Sink& sink) {
  auto append = std::make_unique<Append>();
  store::Draft& draft = append->drafts.emplace_back();
  draft.facts.listener = "default";
  draft.facts.answer_code = "AA";
  draft.facts.answer = base::as_bytes(payload).first(100);
  draft.payload = base::as_bytes(payload);
  append->sink = &sink;
  return append;
}

void append_groups(benchmark::State& state, bool with_dedup) {
  const Folder folder;
  const auto opened = open_sqlite_store(options_of(folder, with_dedup), {});
  if (!opened) return state.SkipWithError("cannot open");
  const auto group_size = static_cast<std::size_t>(state.range(0));
  const std::string payload(550, 'x');
  Sink sink;
  std::vector<std::unique_ptr<Append>> group;
  for (std::size_t index = 0; index < group_size; ++index) {
    group.push_back(make_append(payload, sink));
  }
  std::uint64_t number = 0;
  for (auto _ : state) {
    for (const auto& append : group) {
      store::Draft& draft = append->drafts.front();
      draft.facts.received_at = now();
      if (with_dedup) draft.dedup = store::DedupQuery{print_of(++number, *opened->dedup_secret)};
    }
    opened->outbox->append(std::move(group));
    group = sink.await(group_size);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  if (opened->outbox->last().value != static_cast<std::uint64_t>(state.iterations()) * group_size) {
    state.SkipWithError("not all were stored");
  }
}

void AppendWithout(benchmark::State& state) { append_groups(state, false); }

void AppendWith(benchmark::State& state) { append_groups(state, true); }

// Puts so many messages at the end of a store, eight to a commit: what a start has to read.
void append_tail(store::Outbox& outbox, const DedupSecret& secret, std::uint64_t first,
                 std::uint64_t count) {
  constexpr std::size_t kGroup = 8;
  const std::string payload(100, 'x');
  Sink sink;
  for (std::uint64_t number = first; number < first + count; number += kGroup) {
    std::vector<std::unique_ptr<Append>> group;
    for (std::size_t index = 0; index < kGroup; ++index) {
      group.push_back(make_append(payload, sink));
      group.back()->drafts.front().facts.received_at = now();
      group.back()->drafts.front().dedup = store::DedupQuery{print_of(number + index, secret)};
    }
    outbox.append(std::move(group));
    static_cast<void>(sink.await(kGroup));
  }
}

// A folder whose log goes on above so many messages, of which it has only what is known again,
// and has a tail that is in no file yet.
DedupSecret make_history(const Folder& folder, std::uint64_t count) {
  DedupSecret secret;
  {
    const auto opened = open_sqlite_store(options_of(folder, true), {});
    secret = *opened->dedup_secret;
  }
  const store::sqlite::Place place{
      store::sqlite::Layout(folder.path() + "/data"), &store::Disk::system(), {}};
  {
    auto segment = store::sqlite::Connection::open(place.layout.segment_file({1}), {},
                                                   store::sqlite::OpenMode::kExisting);
    const std::string first = "UPDATE segment SET first_seq = " + std::to_string(count + 1);
    if (!segment || !segment->run(first.c_str())) std::abort();
  }
  for (std::uint64_t after = 0; after < count; after += kFileIds) {
    const std::uint64_t to = std::min(after + kFileIds, count);
    std::vector<DedupEntry> entries;
    for (std::uint64_t number = after + 1; number <= to; ++number) {
      entries.push_back(
          to_dedup_entry(print_of(number, secret), {{number}, now(), store::KeptAnswer::kAA}));
    }
    if (!write_known_file(place, {{after}, {to}}, secret, entries)) std::abort();
  }
  const auto opened = open_sqlite_store(options_of(folder, true), {});
  if (!opened) std::abort();
  append_tail(*opened->outbox, secret, count + 1, std::min<std::uint64_t>(count / 10, 60'000));
  return secret;
}

// From the opening of the store to the first outcomes: of one sender, and of 64 at once that
// send what came long ago. What is read is in the system's cache, as after a restart.
void StartToFirstOutcome(benchmark::State& state) {
  const Folder folder;
  const std::uint64_t count = entry_count();
  const DedupSecret secret = make_history(folder, count);
  const auto senders = static_cast<std::size_t>(state.range(0));
  const std::string payload(550, 'x');
  std::mt19937_64 random(7);
  for (auto _ : state) {
    state.PauseTiming();
    Sink sink;
    std::vector<std::unique_ptr<Append>> group;
    for (std::size_t index = 0; index < senders; ++index) {
      group.push_back(make_append(payload, sink));
      group.back()->drafts.front().facts.received_at = now();
      group.back()->drafts.front().dedup =
          store::DedupQuery{print_of(1 + random() % count, secret)};
    }
    state.ResumeTiming();
    const auto opened = open_sqlite_store(options_of(folder, true), {});
    if (!opened) return state.SkipWithError("cannot open");
    opened->outbox->append(std::move(group));
    const auto back = sink.await(senders);
    state.PauseTiming();
    for (const auto& append : back) {
      if (append->drafts.front().is_stored) state.SkipWithError("a duplicate passed");
    }
    opened->outbox->close();
    state.ResumeTiming();
  }
}

// After a start: one message that is new, looked up in every file; and how long until nothing
// need be any more.
void AfterAStart(benchmark::State& state) {
  const Folder folder;
  const std::uint64_t count = entry_count();
  const DedupSecret secret = make_history(folder, count);
  const store::sqlite::Place place{
      store::sqlite::Layout(folder.path() + "/data"), &store::Disk::system(), {}};
  const bool is_held = state.range(0) == 0;
  for (auto _ : state) {
    state.PauseTiming();
    store::sqlite::Log log(place);
    log.add({1}, {count + 1});
    store::sqlite::LogEnds ends;
    ends.committed.store(count);
    ends.published.store(count);
    store::sqlite::KnownOptions options;
    options.holds_load_for_test = is_held;
    auto keeper =
        store::sqlite::KnownKeeper::open(place, {log, ends, base::Clock::system()}, options);
    if (!keeper) return state.SkipWithError("cannot open");
    state.ResumeTiming();
    if (is_held) {
      for (std::uint64_t number = 0; number < 1000; ++number) {
        if ((*keeper)->find(print_of(2 * count + number, secret), 1)) {
          state.SkipWithError("new and not taken for it");
        }
      }
    } else {
      while (!(*keeper)->is_loaded()) std::this_thread::yield();
    }
    state.PauseTiming();
    (*keeper)->close();
    state.ResumeTiming();
  }
  if (is_held) state.SetItemsProcessed(state.iterations() * 1000);
}

BENCHMARK(FingerprintOfKilobyte);
BENCHMARK(AdmitNew)->Iterations(2000);  // once, as what it stands on takes long to make
BENCHMARK(AppendWithout)->Arg(1)->Arg(64)->Arg(256)->UseRealTime();
BENCHMARK(AppendWith)->Arg(1)->Arg(64)->Arg(256)->UseRealTime();
BENCHMARK(StartToFirstOutcome)
    ->Arg(1)
    ->Arg(64)
    ->Iterations(3)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(AfterAStart)
    ->ArgName("loads")
    ->Arg(0)
    ->Arg(1)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
