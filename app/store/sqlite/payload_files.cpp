#include "store/sqlite/payload_files.hpp"

#include <algorithm>

#include "base/try.hpp"
#include "store/sqlite/sealed_row.hpp"

namespace store::sqlite {
namespace {

constexpr std::string_view kMark = "MLLPSEAL";

bool is_sealed(base::ByteView file) noexcept {
  return base::as_text(file).substr(0, kMark.size()) == kMark;
}

}  // namespace

std::vector<std::byte> seal_payload_file(const PayloadCipher& cipher, EntryId id,
                                         base::ByteView payload) {
  std::vector<std::byte> file;
  cipher.seal(payload_place(id), payload, file);
  const base::ByteView mark = base::as_bytes(kMark);
  file.insert(file.begin(), mark.begin(), mark.end());
  return file;
}

KeyId payload_file_key(base::ByteView file) noexcept {
  return is_sealed(file) ? sealed_by(file.subspan(kMark.size())) : KeyId{};
}

base::Result<std::vector<std::byte>, StoreError> open_payload_file(const PayloadCipher* cipher,
                                                                   EntryId id,
                                                                   std::vector<std::byte> file) {
  if (!is_sealed(file)) return file;
  std::vector<std::byte> payload;
  const base::ByteView sealed = base::ByteView(file).subspan(kMark.size());
  static_cast<void>(TRY(open_sealed(cipher, payload_place(id), sealed, payload)));
  return payload;
}

DiskStatus PayloadFiles::write(SegmentNumber segment, const PayloadName& name,
                               base::ByteView payload) {
  static_cast<void>(TRY(prepare_folder(segment)));
  fresh_.push_back(name);
  const std::string path = layout_.payload_file(segment, name);
  if (cipher_ == nullptr) return disk_.write_synced(path, payload);
  return disk_.write_synced(path, seal_payload_file(*cipher_, name.id, payload));
}

DiskStatus PayloadFiles::sync(SegmentNumber segment) {
  if (fresh_.empty()) return base::Done{};
  return disk_.sync_folder(layout_.payload_folder(segment));
}

void PayloadFiles::keep(SegmentNumber segment) {
  for (const PayloadName& name : set_aside_) {
    const bool was_tried_again = std::find(fresh_.begin(), fresh_.end(), name) != fresh_.end();
    if (was_tried_again) continue;
    // One that cannot be removed takes room, but does no harm.
    static_cast<void>(disk_.remove(layout_.payload_file(segment, name)));
  }
  set_aside_.clear();
  fresh_.clear();
}

void PayloadFiles::set_aside() {
  set_aside_.insert(set_aside_.end(), fresh_.begin(), fresh_.end());
  fresh_.clear();
}

void PayloadFiles::remove_orphans(SegmentNumber segment, EntryId last) {
  const auto names = disk_.list(layout_.payload_folder(segment));
  if (!names) return;  // they do no harm but take room
  for (const std::string& text : *names) {
    const auto name = parse_payload_name(text);
    if (!name || name->id <= last) continue;
    static_cast<void>(disk_.remove(layout_.payload_file(segment, *name)));
  }
}

DiskStatus PayloadFiles::prepare_folder(SegmentNumber segment) {
  if (prepared_ == segment) return base::Done{};
  static_cast<void>(TRY(disk_.make_folder(layout_.payload_folder())));
  static_cast<void>(TRY(disk_.sync_folder(layout_.root())));
  static_cast<void>(TRY(disk_.make_folder(layout_.payload_folder(segment))));
  static_cast<void>(TRY(disk_.sync_folder(layout_.payload_folder())));
  prepared_ = segment;
  return base::Done{};
}

}  // namespace store::sqlite
