// What a durable append costs, beside the least that any store can do: one write
// and one fdatasync of the same octets for each group. Compare the two in one run;
// neither figure means anything alone.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "store/memory_outbox.hpp"
#include "store/sqlite/sqlite_outbox.hpp"

namespace {

using store::Append;

class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / "store_bench_XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
  }

  ~Folder() { std::filesystem::remove_all(path_); }

  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Takes a group back, and makes of it the next one.
class Sink final : public store::AppendSink {
 public:
  void appended(std::vector<std::unique_ptr<Append>> batch) override {
    const std::lock_guard lock(mutex_);
    for (auto& append : batch) {
      if (!append->outcome) ++failed_count_;
      back_.push_back(std::move(append));
    }
    arrived_.notify_one();
  }

  std::vector<std::unique_ptr<Append>> await(std::size_t count) {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return back_.size() == count; });
    return std::exchange(back_, {});
  }

  [[nodiscard]] std::size_t failed_count() const { return failed_count_; }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::unique_ptr<Append>> back_;
  std::size_t failed_count_ = 0;
};

// An ORU of 550 octets, with the facts that intake would give.
class Message {
 public:
  Message() : text_(550, 'x'), digest_(32, 'd'), answer_(120, 'a') {}

  [[nodiscard]] std::size_t size_bytes() const { return text_.size(); }

  [[nodiscard]] std::unique_ptr<Append> append_to(store::AppendSink& sink,
                                                  store::ConnectorId connector) const {
    auto append = std::make_unique<Append>();
    store::Draft draft;
    draft.facts.listener = "default";
    draft.facts.peer = "192.0.2.7:51034";
    draft.facts.type = "ORU";
    draft.facts.trigger = "R01";
    draft.facts.version = "2.5.1";
    draft.facts.control_id = "MSG-4711-0815";
    draft.facts.sending_application = "LAB";
    draft.facts.sending_facility = "CENTRAL";
    draft.facts.patient_key = "1234567";
    draft.facts.sha256 = digest_;
    draft.facts.answer_code = "AA";
    draft.facts.answer = base::as_bytes(answer_);
    draft.payload = base::as_bytes(text_);
    draft.lanes = {{connector, 0}};
    append->drafts.push_back(std::move(draft));
    append->sink = &sink;
    return append;
  }

 private:
  std::string text_;
  std::string digest_;
  std::string answer_;
};

void append_groups(benchmark::State& state, store::Outbox& outbox) {
  const auto group_size = static_cast<std::size_t>(state.range(0));
  const Message message;
  Sink sink;
  const auto connector = outbox.connector_id("bench");
  if (!connector) return state.SkipWithError("no connector");
  std::vector<std::unique_ptr<Append>> group;
  for (std::size_t index = 0; index < group_size; ++index) {
    group.push_back(message.append_to(sink, *connector));
  }
  for (auto _ : state) {
    outbox.append(std::move(group));
    group = sink.await(group_size);
  }
  const auto appended = static_cast<std::size_t>(state.iterations()) * group_size;
  state.SetItemsProcessed(static_cast<std::int64_t>(appended));
  // What is fast but loses messages is not fast.
  if (sink.failed_count() > 0) state.SkipWithError("an append failed");
  if (outbox.status(*connector).waiting_count != appended) state.SkipWithError("miscounted");
  outbox.close();
}

void Floor(benchmark::State& state) {
  const Folder folder;
  const auto group_size = static_cast<std::size_t>(state.range(0));
  const std::string octets(Message().size_bytes() * group_size, 'x');
  const int file = ::open((folder.path() + "/floor").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  for (auto _ : state) {
    if (::write(file, octets.data(), octets.size()) < 0 || ::fdatasync(file) != 0) {
      state.SkipWithError("cannot write");
    }
  }
  ::close(file);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void Sqlite(benchmark::State& state) {
  const Folder folder;
  store::SqliteOptions options;
  options.data_dir = folder.path() + "/data";
  auto outbox = store::open_sqlite_outbox(std::move(options));
  if (!outbox) return state.SkipWithError("cannot open");
  append_groups(state, **outbox);
}

void Memory(benchmark::State& state) {
  const auto outbox = store::make_memory_outbox(base::Clock::system(), {std::size_t{4} << 30U});
  append_groups(state, *outbox);
}

BENCHMARK(Floor)->Arg(1)->Arg(64)->Arg(256)->Arg(1024)->UseRealTime();
BENCHMARK(Sqlite)->Arg(1)->Arg(64)->Arg(256)->Arg(1024)->UseRealTime();
BENCHMARK(Memory)->Arg(1)->Arg(64)->UseRealTime();

}  // namespace
