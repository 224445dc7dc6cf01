// store/dedup_window.hpp: which messages came before, as an outbox asks it.
//
// An outbox asks in the order in which it commits, so a message that is still in commit
// is known as well: what repeats it shares its commit and its fate.
//
//   admit()* ► commit()      what was admitted stands in the window
//            ► roll_back()   it never came: who repeats it is new
//
// The window is a length of time, counted back from the message that is asked about.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "store/append.hpp"
#include "store/dedup_table.hpp"

namespace store {

struct DedupOptions {
  base::Duration window = std::chrono::hours(24 * 7);
  std::size_t entries_max = std::size_t{64} << 20U;  // about 50 octets of memory for each
};

// What is not in memory yet, after a start.
class DedupPast {
 public:
  virtual ~DedupPast() = default;

  // False: all of this key is in memory. To be asked before one looks there: what is brought
  // in behind that is still found here.
  [[nodiscard]] virtual bool may_hold(const Fingerprint& print) const noexcept = 0;

  // The entry with this key and body, else the newest with this key, seen at `since` or later.
  [[nodiscard]] virtual std::optional<DedupEntry> find(const Fingerprint& print,
                                                       std::uint32_t since) = 0;
};

// admit() to roll_back() belong to the outbox, one thread at a time; the rest is thread-safe.
class DedupWindow {
 public:
  // REQUIRES: `past`, where there is one, outlives it.
  explicit DedupWindow(const DedupOptions& options, DedupPast* past = nullptr)
      : options_(options), past_(past), table_(options.entries_max) {}

  // Whether a draft is to be stored, as this entry; sets its recognition. One without a
  // query is.
  [[nodiscard]] bool admit(Draft& draft, EntryId as);

  // The entries of what was admitted since the last commit.
  [[nodiscard]] std::span<const DedupEntry> staged() const noexcept { return staged_; }

  void commit();
  void roll_back();

  // Whether all of an append came before, so that nothing of it will be stored.
  [[nodiscard]] bool knows_all(const Append& append);

  // An entry of before the start.
  void remember(const DedupEntry& entry, base::WallTime now) { table_.put(entry, since(now)); }

  // Seen before it: out of the window.
  [[nodiscard]] std::uint32_t since(base::WallTime now) const noexcept;

  [[nodiscard]] std::size_t count() const noexcept { return table_.count(); }

  [[nodiscard]] std::size_t size_bytes() const { return table_.size_bytes(); }

 private:
  struct Told {
    Sighting sighting = Sighting::kNew;
    EntryId id;  // of the conflicting one; {0}: it was refused
    EntryId earlier;
    std::string_view listener;
    std::string_view peer;
  };

  [[nodiscard]] std::optional<DedupEntry> find(const Fingerprint& print, std::uint32_t since);
  void stage(const Draft& draft, EntryId as);
  void tell() const;
  void tell_dropped();

  const DedupOptions options_;
  DedupPast* const past_;
  DedupTable table_;
  std::vector<DedupEntry> staged_;
  std::vector<Told> told_;  // of the group; the views are the drafts'
  std::uint64_t dropped_told_ = 0;
};

}  // namespace store
