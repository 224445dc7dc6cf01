#include "store/sqlite/payload_files.hpp"

#include "base/try.hpp"

namespace store::sqlite {

DiskStatus PayloadFiles::write(SegmentNumber segment, EntryId id, base::ByteView payload) {
  static_cast<void>(TRY(prepare_folder(segment)));
  fresh_.push_back(id);
  return disk_.write_synced(layout_.payload_file(segment, id), payload);
}

DiskStatus PayloadFiles::sync(SegmentNumber segment) {
  if (fresh_.empty()) return base::Done{};
  return disk_.sync_folder(layout_.payload_folder(segment));
}

void PayloadFiles::discard(SegmentNumber segment) {
  // One that cannot be removed is written over or found at the next start.
  for (const EntryId id : fresh_) {
    static_cast<void>(disk_.remove(layout_.payload_file(segment, id)));
  }
  fresh_.clear();
}

void PayloadFiles::remove_orphans(SegmentNumber segment, EntryId last) {
  const auto names = disk_.list(layout_.payload_folder(segment));
  if (!names) return;  // they do no harm but take room
  for (const std::string& name : *names) {
    const auto id = parse_payload_name(name);
    if (!id || *id <= last) continue;
    static_cast<void>(disk_.remove(layout_.payload_file(segment, *id)));
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
