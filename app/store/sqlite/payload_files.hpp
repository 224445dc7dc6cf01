// store/sqlite/payload_files.hpp: payloads that are too large for a row.
//
// A file is written and synced, and its name made durable, before the commit that
// refers to it; so a row never names a file that is not there.
//
// The other way round takes care, too. A commit that failed may still be found whole
// in the write-ahead log if the process ends before the next commit writes over it;
// so its files stay until then. Names are never used again: <seq>_<message id>.
//
// With a key a file is a mark and the sealed octets. No message begins with that mark, so a file
// says itself which it is, whatever its row says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include "base/bytes.hpp"
#include "store/disk.hpp"
#include "store/payload_cipher.hpp"
#include "store/sqlite/layout.hpp"

namespace store::sqlite {

// Payloads above this many octets lie in files of their own.
inline constexpr std::size_t kInlineBytesMax = 256 * base::kKiB;

// The octets of a payload as its file holds them.
[[nodiscard]] std::vector<std::byte> seal_payload_file(const PayloadCipher& cipher, EntryId id,
                                                       base::ByteView payload);

// With which key a file is sealed; 0: it is in clear.
[[nodiscard]] KeyId payload_file_key(base::ByteView file) noexcept;

// The payload that a file holds. Errors: see PayloadCipher::open().
[[nodiscard]] base::Result<std::vector<std::byte>, StoreError> open_payload_file(
    const PayloadCipher* cipher, EntryId id, std::vector<std::byte> file);

// The writer's side. Not thread-safe.
class PayloadFiles {
 public:
  // `cipher`: see Place.
  PayloadFiles(Disk& disk, Layout layout, const PayloadCipher* cipher)
      : disk_(disk), layout_(std::move(layout)), cipher_(cipher) {}

  // Writes the file of one entry of the coming commit.
  [[nodiscard]] DiskStatus write(SegmentNumber segment, const PayloadName& name,
                                 base::ByteView payload);

  // Makes the names of all that were written durable: before the commit.
  [[nodiscard]] DiskStatus sync(SegmentNumber segment);

  // After the commit: its files stay, those of failed ones before it go.
  void keep(SegmentNumber segment);

  // After a commit that failed.
  void set_aside();

  // At start: removes what a commit that never came about left behind, i.e. files
  // of entries above `last`. Looks at this segment's folder only.
  void remove_orphans(SegmentNumber segment, EntryId last);

 private:
  [[nodiscard]] DiskStatus prepare_folder(SegmentNumber segment);

  Disk& disk_;
  Layout layout_;
  const PayloadCipher* cipher_;
  SegmentNumber prepared_{};            // this segment's folder is there, durably
  std::vector<PayloadName> fresh_;      // written for the coming commit
  std::vector<PayloadName> set_aside_;  // written for commits that failed
};

}  // namespace store::sqlite
