// store/sqlite/layout.hpp: where things lie in DATA_DIR.
//
//   lock                          one process at a time
//   lanes.db                      connectors, cursors, what waits, what is parked
//   log/00000001.db ...           the messages, a segment after the other
//   log/kept.db                   what is still owed of segments that are gone, and which are
//   payload/00000001/<seq>_<id>   payloads too large for a row, by segment; payload/kept/
//   index/00000001.db ...         what is searched of each segment; can be made anew
//   rejected.db                   messages that were refused
//   known/secret                  by which messages are known again
//   known/<after>_<to>            the same of many, by key; can be made anew from the log
//   damaged/00000001.db ...       segments that could not be read, set aside
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/uuid.hpp"
#include "store/entry.hpp"

namespace store::sqlite {

// Segments are numbered from 1; those that are gone leave a gap.
struct SegmentNumber {
  std::uint32_t value = 0;

  friend auto operator<=>(const SegmentNumber&, const SegmentNumber&) = default;
};

// Not one of them: kept.db, which is read like a segment.
inline constexpr SegmentNumber kKept = {0};

// The file of a payload, by its entry and its message's id.
struct PayloadName {
  EntryId id;
  base::Uuid message_id;

  friend bool operator==(const PayloadName&, const PayloadName&) = default;
};

// The file of what is known of the messages in (after, to].
struct KnownName {
  EntryId after;
  EntryId to;

  friend auto operator<=>(const KnownName&, const KnownName&) = default;
};

class Layout {
 public:
  explicit Layout(std::string root) : root_(std::move(root)) {}

  [[nodiscard]] const std::string& root() const noexcept { return root_; }

  // The folder that the root lies in.
  [[nodiscard]] std::string parent() const;

  [[nodiscard]] std::string lock_file() const { return root_ + "/lock"; }

  [[nodiscard]] std::string lanes_file() const { return root_ + "/lanes.db"; }

  [[nodiscard]] std::string log_folder() const { return root_ + "/log"; }

  [[nodiscard]] std::string segment_file(SegmentNumber number) const;

  [[nodiscard]] std::string index_folder() const { return root_ + "/index"; }

  [[nodiscard]] std::string index_file(SegmentNumber number) const;

  [[nodiscard]] std::string damaged_folder() const { return root_ + "/damaged"; }

  [[nodiscard]] std::string damaged_file(SegmentNumber number) const;

  [[nodiscard]] std::string rejected_file() const { return root_ + "/rejected.db"; }

  [[nodiscard]] std::string known_folder() const { return root_ + "/known"; }

  [[nodiscard]] std::string dedup_secret_file() const { return known_folder() + "/secret"; }

  [[nodiscard]] std::string known_file(const KnownName& name) const;

  [[nodiscard]] std::string payload_folder() const { return root_ + "/payload"; }

  [[nodiscard]] std::string payload_folder(SegmentNumber number) const;
  [[nodiscard]] std::string payload_file(SegmentNumber number, const PayloadName& name) const;

 private:
  std::string root_;
};

// Reads "00000001.db"; none for the name of any other file.
[[nodiscard]] std::optional<SegmentNumber> parse_segment_name(std::string_view name) noexcept;

// Reads "00000001", the name of a segment's folder of payloads.
[[nodiscard]] std::optional<SegmentNumber> parse_segment_folder(std::string_view name) noexcept;

// Reads the name of such a file; none for any other.
[[nodiscard]] std::optional<KnownName> parse_known_name(std::string_view name) noexcept;

// Reads the name of a payload file; none for any other.
[[nodiscard]] std::optional<PayloadName> parse_payload_name(std::string_view name) noexcept;

}  // namespace store::sqlite
