// store/sqlite/sqlite_outbox.hpp: the durable outbox on SQLite, in one folder.
//
//   data/lock          one process at a time
//   data/lanes.db      connectors, cursors, what waits for a retry, what is parked
//   data/log/*.db      the messages, in segments
//   data/payload/*/*   payloads over 256 KiB
//   data/known/*       by what messages are known again, with SqliteOptions::dedup
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/archive.hpp"
#include "store/dedup_window.hpp"
#include "store/disk.hpp"
#include "store/outbox.hpp"
#include "store/payload_cipher.hpp"
#include "store/sqlite/open_error.hpp"
#include "store/sqlite/sqlite_archive.hpp"

namespace store {

struct SqliteOptions {
  std::string data_dir;  // made (0700) if it is not there; its parent must be
  const base::Clock* clock = &base::Clock::system();

  // Below so much free room on the disk appends wait and fail with kFull, while
  // settlements and checkpoints go on. 0: until the disk is full.
  std::uint64_t min_free_bytes = 0;

  // Above this size of all files appends wait and fail with kFull; what is settled goes
  // before. 0: without limit. Only with an archive, which measures it.
  std::uint64_t bytes_max = 0;

  // Seals what is written, and opens it again. None: everything is in clear.
  std::shared_ptr<PayloadCipher> cipher;

  // A new segment begins when either is reached.
  std::uint64_t segment_bytes = std::uint64_t{1} << 30U;
  base::Duration segment_age = std::chrono::hours(24);

  // Pages in a write-ahead log before they are moved to the database; fewer where segments
  // are smaller.
  int checkpoint_pages = 600;

  // Settlements are written down after so long, or when there are 256.
  base::Duration settle_within = std::chrono::milliseconds(20);

  // How often a commit is tried again while there is no room, or the disk errs.
  base::Duration retry_every = std::chrono::milliseconds(100);

  // None: no message is known again.
  std::optional<DedupOptions> dedup;
  std::uint64_t dedup_piece_ids_for_test = 0;  // 0: as it is
  bool holds_dedup_load_for_test = false;      // see KnownOptions

  // Called once, after a sync failed: the process must end, without answering. On
  // the thread that saw it, most often the writer's: must not call the outbox.
  std::function<void(const StoreError&)> on_fatal = [](const StoreError&) {};

  // For tests: another disk (both parts of it), and hooks that are run on the
  // writer's thread: before each commit of messages, e.g. to make it slow, and when
  // all that was settled is durable.
  Disk* disk = &Disk::system();
  std::string vfs_name;
  std::function<void()> before_commit_for_test;
  std::function<void()> after_settling_for_test;
};

// A store with what is searched of it.
struct SqliteStore {
  std::unique_ptr<Outbox> outbox;
  std::unique_ptr<Archive> archive;         // goes before the outbox
  std::optional<DedupSecret> dedup_secret;  // by which drafts are to ask, where they may
};

// As open_sqlite_outbox(), with an archive beside it.
[[nodiscard]] base::Result<SqliteStore, OpenError> open_sqlite_store(
    SqliteOptions options, const ArchiveOptions& archive_options);

// Opens the store of a folder. Takes the same time however many messages it holds.
// What was appended and not settled is due again. kNoKey, kWrongKey: see key_register.hpp.
// REQUIRES: clock and disk outlive it.
[[nodiscard]] base::Result<std::unique_ptr<Outbox>, OpenError> open_sqlite_outbox(
    SqliteOptions options);

}  // namespace store
