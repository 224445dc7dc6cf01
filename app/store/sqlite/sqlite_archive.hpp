// store/sqlite/sqlite_archive.hpp: the archive of a folder: an index for each segment of
// its log, and what was refused. Its thread looks after the files besides: see store_care.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "store/archive.hpp"
#include "store/payload_cipher.hpp"
#include "store/sqlite/log.hpp"
#include "store/sqlite/segment.hpp"

namespace store {

// Reads the keys again; a sentence says why not.
using LoadKeys = std::function<base::Result<EncryptionKeys, std::string>()>;

struct ArchiveOptions {
  base::Duration retain{};                                      // of accepted messages; 0: for ever
  base::Duration retain_rejected = std::chrono::hours(7 * 24);  // 0: none is kept
  std::uint64_t rejected_bytes_max = std::uint64_t{256} << 20U;

  // Below so much free room on the disk nothing is indexed; below twice as much refused
  // messages go.
  std::uint64_t min_free_bytes = 0;

  // Nothing accepted goes before Care::let_go_behind() is called.
  bool is_audited = false;

  // Folders of DATA_DIR, not of the store, that a backup takes along. Their files only grow,
  // and may go.
  std::vector<std::string> besides;

  // Index fields of one's own; none: there are none. REQUIRES: outlives the archive.
  FieldSource* fields = nullptr;
  // For a rekey.
  LoadKeys load_keys;

  // How often it is looked for what is old enough to go.
  base::Duration look_every = std::chrono::seconds(30);
  base::Duration retry_every = std::chrono::seconds(5);  // behind a failure

  // Rows in one batch of the index.
  std::size_t batch_rows = 1000;

  // How long a search waits for the index to come up to what had been accepted.
  base::Duration search_wait = std::chrono::seconds(2);
};

namespace sqlite {

class KnownKeeper;
class LaneKeeper;
class StoreRoom;
class Writer;

// What the archive has of the store beside it; all outlive it.
struct ArchiveSources {
  Log& log;
  Outbox& outbox;
  LaneKeeper& lanes;
  Writer& writer;
  StoreRoom& room;
  const base::Clock& clock;
  const KnownKeeper* known = nullptr;  // none: no message is known again
  PayloadCipher* cipher = nullptr;     // null: everything is in clear
};

// Makes what is missing when it is needed: never fails. What cannot be kept or indexed is
// told on the log, and tried again.
[[nodiscard]] std::unique_ptr<Archive> make_archive(const Place& place,
                                                    const ArchiveSources& sources,
                                                    const ArchiveOptions& options);

}  // namespace sqlite
}  // namespace store
