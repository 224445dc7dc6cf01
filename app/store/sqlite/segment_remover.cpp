#include "store/sqlite/segment_remover.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "base/try.hpp"

namespace store::sqlite {
namespace {

constexpr std::uint64_t kCutBytes = 16 * base::kMiB;
constexpr std::size_t kPayloadsAtOnce = 16;

// "00000001" of "00000001.db-wal".
std::optional<SegmentNumber> number_in(std::string_view name) {
  return parse_segment_folder(name.substr(0, name.find('.')));
}

}  // namespace

base::Result<bool, StoreError> SegmentRemover::step() {
  const Layout& layout = place_.layout;
  const bool is_damaged = why_ == GoneFor::kDamage;
  const bool has_log =
      is_damaged ? TRY(set_aside())
                 : TRY(remove_database(layout.segment_file(number_), layout.log_folder()));
  if (has_log) return true;
  if (TRY(remove_database(layout.index_file(number_), layout.index_folder()))) return true;
  return is_damaged ? false : TRY(remove_payloads());
}

base::Result<bool, StoreError> SegmentRemover::remove_database(const std::string& path,
                                                               const std::string& folder) {
  const auto size = TRY(place_.disk->size_bytes(path));
  if (size && *size > kCutBytes) {
    static_cast<void>(TRY(place_.disk->cut(path, *size - kCutBytes)));
    return true;
  }
  if (size) {
    static_cast<void>(TRY(place_.disk->remove(path)));
    static_cast<void>(TRY(place_.disk->sync_folder(folder)));
    return true;
  }
  static_cast<void>(TRY(place_.disk->remove(path + "-wal")));
  static_cast<void>(TRY(place_.disk->remove(path + "-shm")));
  return false;
}

base::Result<bool, StoreError> SegmentRemover::set_aside() {
  const std::string from = place_.layout.segment_file(number_);
  if (!TRY(place_.disk->size_bytes(from))) return false;
  static_cast<void>(TRY(place_.disk->make_folder(place_.layout.damaged_folder())));
  static_cast<void>(TRY(place_.disk->sync_folder(place_.layout.root())));
  const std::string to = place_.layout.damaged_file(number_);
  static_cast<void>(TRY(place_.disk->remove(from + "-shm")));
  if (TRY(place_.disk->size_bytes(from + "-wal"))) {
    static_cast<void>(TRY(place_.disk->link(from + "-wal", to + "-wal")));
  }
  static_cast<void>(TRY(place_.disk->rename(from, to)));
  static_cast<void>(TRY(place_.disk->remove(from + "-wal")));
  static_cast<void>(TRY(place_.disk->sync_folder(place_.layout.damaged_folder())));
  static_cast<void>(TRY(place_.disk->sync_folder(place_.layout.log_folder())));
  return true;
}

base::Result<bool, StoreError> SegmentRemover::remove_payloads() {
  const std::string folder = place_.layout.payload_folder(number_);
  if (!payloads_) payloads_ = TRY(place_.disk->list(folder));
  for (std::size_t count = 0; count < kPayloadsAtOnce && !payloads_->empty(); ++count) {
    static_cast<void>(TRY(place_.disk->remove(folder + "/" + payloads_->back())));
    payloads_->pop_back();
  }
  if (!payloads_->empty()) return true;
  static_cast<void>(TRY(place_.disk->remove_folder(folder)));
  return false;
}

base::Result<std::vector<GoneSegment>, OpenError> find_leftovers(
    const Place& place, const std::vector<GoneSegment>& gone) {
  const Layout& layout = place.layout;
  std::set<SegmentNumber> there;
  for (const std::string& folder :
       {layout.log_folder(), layout.index_folder(), layout.payload_folder()}) {
    for (const std::string& name : TRY(at_open(folder, place.disk->list(folder)))) {
      if (const auto number = number_in(name)) there.insert(*number);
    }
  }
  std::vector<GoneSegment> leftovers;
  for (const GoneSegment& each : gone) {
    if (!there.contains(each.number)) continue;
    const bool is_damaged = each.why == GoneFor::kDamage;
    if (is_damaged && !TRY(at_open(layout.log_folder(),
                                   place.disk->size_bytes(layout.segment_file(each.number))))) {
      continue;  // its payloads stay
    }
    leftovers.push_back(each);
  }
  return leftovers;
}

base::Status<OpenError> remove_stray_payloads(const Place& place, KeptTable& kept) {
  const std::string folder = place.layout.payload_folder(kKept);
  for (const std::string& text : TRY(at_open(folder, place.disk->list(folder)))) {
    const auto name = parse_payload_name(text);
    if (!name) continue;
    const auto ids = TRY(at_open(folder, kept.ids_after({name->id.value - 1}, 1)));
    if (!ids.empty() && ids.front() == name->id) continue;
    static_cast<void>(
        TRY(at_open(folder, place.disk->remove(place.layout.payload_file(kKept, *name)))));
  }
  return base::Done{};
}

}  // namespace store::sqlite
