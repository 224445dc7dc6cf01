#include "audit/trail_writer.hpp"

#include <algorithm>
#include <utility>

#include "audit/chain_reader.hpp"
#include "audit/record.hpp"
#include "audit/sealed_line.hpp"
#include "base/try.hpp"

namespace audit {
namespace {

using store::DiskStatus;

constexpr std::uint64_t kFormat = 1;

// What a file holds that fits.
struct Scan {
  std::uint64_t good_bytes = 0;
  Head head;
  store::EntryId recorded_to;
  std::string key_name;
  std::string begun_at;
  bool has_begun = false;
};

Scan scan(std::string_view octets, const AuditKeys& keys, const store::PayloadCipher* cipher) {
  Scan found;
  ChainReader reader(keys, cipher);
  ChainReader::Events events;
  events.on_record = [&](const TrailLine& line, std::uint64_t, std::uint64_t end) {
    found.good_bytes = end;
    found.head = {line.sequence, line.mac};
    if (!found.has_begun) found.begun_at = line.at;
    found.has_begun = true;
    const auto entry = line.kind == kMessage ? line.number("entry") : line.number("recorded_to");
    if (entry) found.recorded_to = {*entry};
  };
  // Of a key that is not known the numbers say where it goes on.
  events.on_finding = [&](Finding finding, std::uint64_t, std::uint64_t offset) {
    if (finding != Finding::kUnknownKey && finding != Finding::kSealed) return false;
    const std::string_view line = octets.substr(offset, octets.find('\n', offset) - offset);
    events.on_record(*parse_line(line), offset, offset + line.size() + 1);
    return true;
  };
  reader.read(octets, events);
  found.key_name = reader.key_name();
  return found;
}

std::string checkpoint(FileNumber number, const Head& head, const AuditKey& key,
                       store::EntryId recorded_to, base::WallTime now) {
  RecordText record(kCheckpoint, now);
  record.add("file", std::uint64_t{number.value})
      .add("format", kFormat)
      .add("chain", key.is_given() ? "hmac-sha256" : "sha256")
      .add("key", key.name())
      .add("recorded_to", recorded_to.value)
      .add("after", to_hex(head.mac));
  return std::move(record).take();
}

}  // namespace

TrailWriter::TrailWriter(TrailPlace place, AuditKeys keys)
    : place_(std::move(place)), keys_(std::move(keys)), chain_(keys_.current()) {}

std::string TrailWriter::path_of(const std::string& name) const {
  return place_.folder + "/" + name;
}

base::Result<TrailWriter, store::StoreError> TrailWriter::open(TrailPlace place, AuditKeys keys,
                                                               base::WallTime now) {
  TrailWriter writer(std::move(place), std::move(keys));
  static_cast<void>(TRY(writer.recover(now)));
  return writer;
}

// From the last file back to the first that has a beginning: a crash may leave one without.
DiskStatus TrailWriter::recover(base::WallTime now) {
  static_cast<void>(TRY(place_.disk->make_folder(place_.folder)));
  const std::string parent = place_.folder.substr(0, place_.folder.rfind('/'));
  static_cast<void>(TRY(place_.disk->sync_folder(parent.empty() ? "/" : parent)));
  TrailFiles files = TRY(list_trail(*place_.disk, place_.folder));
  bool is_open = false;
  for (auto at = files.numbers.rbegin(); at != files.numbers.rend() && !is_open; ++at) {
    is_open = TRY(continue_in(*at, now));
  }
  if (!is_open) static_cast<void>(TRY(begin_file(now)));
  if (!recovery_.is_needed()) return base::Done{};
  RecordText record(kRecovery, now);
  record.add("octets", recovery_.octets).add("lines", recovery_.lines);
  const std::string text = std::move(record).take();
  static_cast<void>(TRY(append({&text, 1}, recorded_to_, now)));
  return file_->sync();
}

// False if nothing of it fits: then it is gone.
base::Result<bool, store::StoreError> TrailWriter::continue_in(FileNumber number,
                                                               base::WallTime now) {
  const std::string path = path_of(file_name(number));
  const auto octets = TRY(place_.disk->read(path));
  const Scan found = scan(base::as_text(octets), keys_, place_.cipher.get());
  const base::ByteView rest = base::ByteView(octets).subspan(found.good_bytes);
  static_cast<void>(TRY(set_aside(rest, number)));
  if (!found.has_begun) {
    static_cast<void>(TRY(place_.disk->remove(path)));
    static_cast<void>(TRY(place_.disk->sync_folder(place_.folder)));
    return false;
  }
  file_ = TRY(place_.disk->open_to_append(path));
  if (!rest.empty()) static_cast<void>(TRY(file_->truncate(found.good_bytes)));
  // What was written before a crash may not be on disk yet, and it is gone on behind it.
  static_cast<void>(TRY(file_->sync()));
  static_cast<void>(TRY(place_.disk->sync_folder(place_.folder)));
  number_ = number;
  size_bytes_ = found.good_bytes;
  begun_at_ = found.begun_at;
  head_ = found.head;
  recorded_to_ = found.recorded_to;
  if (found.key_name != keys_.current().name()) static_cast<void>(TRY(begin_file(now)));
  return true;
}

// A record that a crash has cut off is of no use to anybody; whole ones are.
DiskStatus TrailWriter::set_aside(base::ByteView rest, FileNumber number) {
  const std::string_view text = base::as_text(rest);
  const auto lines = static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
  recovery_.octets += rest.size();
  recovery_.lines += lines;
  if (lines == 0) return base::Done{};
  const std::string path = path_of(aside_name(number, head_.sequence + rest.size()));
  static_cast<void>(TRY(place_.disk->write_synced(path, rest)));
  return place_.disk->sync_folder(place_.folder);
}

DiskStatus TrailWriter::append(std::span<const std::string> records, store::EntryId recorded_to,
                               base::WallTime now) {
  static_cast<void>(TRY(remove_stray()));
  if (is_torn_) static_cast<void>(TRY(file_->truncate(size_bytes_)));
  is_torn_ = false;
  if (size_bytes_ >= place_.file_bytes) static_cast<void>(TRY(begin_file(now)));
  static_cast<void>(TRY(write(records)));
  recorded_to_ = recorded_to;
  return base::Done{};
}

DiskStatus TrailWriter::write(std::span<const std::string> records) {
  lines_.clear();
  Head head = head_;
  for (const std::string& record : records) {
    line_.clear();
    begin_line(++head.sequence, record, line_);
    head.mac = chain_.next(head.mac, line_);
    if (place_.cipher) {
      append_sealed(*place_.cipher, head.sequence, line_, lines_);
    } else {
      lines_.append(line_);
    }
    end_line(head.mac, lines_);
  }
  if (const DiskStatus written = file_->append(base::as_bytes(lines_)); !written) {
    is_torn_ = !file_->truncate(size_bytes_);
    return written;
  }
  size_bytes_ += lines_.size();
  head_ = head;
  return base::Done{};
}

// The file before is on disk when the next one begins.
DiskStatus TrailWriter::begin_file(base::WallTime now) {
  if (file_) static_cast<void>(TRY(file_->sync()));
  const FileNumber number{number_.value + 1};
  const Head head = head_;
  const auto file_before = file_;
  const std::uint64_t size_before = size_bytes_;
  const DiskStatus begun = try_file(number, now);
  if (begun) {
    number_ = number;
    begun_at_ = to_text(now);
    return begun;
  }
  head_ = head;
  file_ = file_before;
  size_bytes_ = size_before;
  is_torn_ = false;
  has_stray_ = true;
  return begun;
}

DiskStatus TrailWriter::try_file(FileNumber number, base::WallTime now) {
  const std::string record = checkpoint(number, head_, keys_.current(), recorded_to_, now);
  file_ = TRY(place_.disk->open_to_append(path_of(file_name(number))));
  size_bytes_ = 0;
  static_cast<void>(TRY(file_->truncate(0)));
  static_cast<void>(TRY(write({&record, 1})));
  static_cast<void>(TRY(file_->sync()));
  return place_.disk->sync_folder(place_.folder);
}

// What a file before this one gets from now on must not find another end in it.
DiskStatus TrailWriter::remove_stray() {
  if (!has_stray_) return base::Done{};
  static_cast<void>(TRY(place_.disk->remove(path_of(file_name({number_.value + 1})))));
  static_cast<void>(TRY(place_.disk->sync_folder(place_.folder)));
  has_stray_ = false;
  return base::Done{};
}

// ── Retention ───────────────────────────────────────────────────────────────

// The first line of a file, without its end.
base::Result<std::string, store::StoreError> TrailWriter::begin_of(FileNumber number) const {
  const auto octets = TRY(place_.disk->read(path_of(file_name(number))));
  const std::string_view text = base::as_text(octets);
  return std::string(text.substr(0, text.find('\n')));
}

// A file's checkpoint is younger than all records of the file before.
base::Result<std::size_t, store::StoreError> TrailWriter::drop_before(base::WallTime before,
                                                                      base::WallTime now) {
  const TrailFiles files = TRY(list_trail(*place_.disk, place_.folder));
  const std::string limit = to_text(before);
  std::optional<FileNumber> first_kept;
  std::uint64_t first_record = 0;
  for (std::size_t index = 1; index < files.numbers.size(); ++index) {
    const std::string line = TRY(begin_of(files.numbers[index]));
    const auto begin = parse_line(line);
    if (!begin || begin->kind != kCheckpoint || begin->at > limit) break;
    first_kept = files.numbers[index];
    first_record = begin->sequence;
  }
  if (!first_kept) return std::size_t{0};
  RecordText record(kRetention, now);
  record.add("before", first_record).add("file", std::uint64_t{first_kept->value});
  const std::string text = std::move(record).take();
  static_cast<void>(TRY(append({&text, 1}, recorded_to_, now)));
  static_cast<void>(TRY(file_->sync()));
  static_cast<void>(TRY(remove_before(*first_kept, files)));
  return static_cast<std::size_t>(std::ranges::count_if(
      files.numbers, [&first_kept](FileNumber number) { return number < *first_kept; }));
}

DiskStatus TrailWriter::end_file_of(base::WallTime before, base::WallTime now) {
  if (begun_at_ >= to_text(before)) return base::Done{};
  static_cast<void>(TRY(remove_stray()));
  if (is_torn_) static_cast<void>(TRY(file_->truncate(size_bytes_)));
  is_torn_ = false;
  return begin_file(now);
}

// The oldest first: what a crash leaves has no hole.
DiskStatus TrailWriter::remove_before(FileNumber number, const TrailFiles& files) {
  for (const std::string& name : files.aside) {
    if (*parse_aside_name(name) >= number) continue;
    static_cast<void>(TRY(place_.disk->remove(path_of(name))));
  }
  for (const FileNumber each : files.numbers) {
    if (each >= number) break;
    static_cast<void>(TRY(place_.disk->remove(path_of(file_name(each)))));
    static_cast<void>(TRY(place_.disk->sync_folder(place_.folder)));
  }
  return base::Done{};
}

// ── Another key ─────────────────────────────────────────────────────────────

base::Result<std::vector<std::string>, store::StoreError> TrailWriter::begin_anew(
    base::WallTime now) {
  static_cast<void>(TRY(remove_stray()));
  if (is_torn_) static_cast<void>(TRY(file_->truncate(size_bytes_)));
  is_torn_ = false;
  static_cast<void>(TRY(begin_file(now)));
  const TrailFiles files = TRY(list_trail(*place_.disk, place_.folder));
  std::vector<std::string> names = files.aside;
  for (const FileNumber number : files.numbers) {
    if (number < number_) names.push_back(file_name(number));
  }
  return names;
}

// Whoever reads it meanwhile reads the old file or the new one.
DiskStatus seal_file(const TrailPlace& place, const std::string& name) {
  constexpr const char* kUnfinished = ".part";
  const std::string path = place.folder + "/" + name;
  const auto octets = TRY(place.disk->read(path));
  const std::string sealed = TRY(seal_anew(*place.cipher, base::as_text(octets)));
  static_cast<void>(TRY(place.disk->write_synced(path + kUnfinished, base::as_bytes(sealed))));
  static_cast<void>(TRY(place.disk->rename(path + kUnfinished, path)));
  return place.disk->sync_folder(place.folder);
}

}  // namespace audit
