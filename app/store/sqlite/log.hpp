// store/sqlite/log.hpp: the log as readers see it: all segments as one.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/mutex.hpp"
#include "base/result.hpp"
#include "store/append.hpp"
#include "store/sqlite/log_reader.hpp"
#include "store/sqlite/segment.hpp"

namespace store::sqlite {

// Thread-safe. Keeps a few readers open between calls.
//
// A segment that is gone is a piece of the log all the same: what is still owed of it is
// read from kept.db, in its old place.
class Log {
 public:
  explicit Log(Place place) : place_(std::move(place)) {}

  // A segment that is there, in order of number. Where its first entry is not yet
  // known ({0}) it is looked up when it is needed, so that a start costs the same
  // with one segment and with a thousand.
  void add(SegmentNumber number, EntryId first);

  // One that is gone, likewise in order: what stood in it is known.
  void add_gone(SegmentNumber number, EntryId first, EntryId next_first);

  // From now on kept.db stands in for it. REQUIRES: its extent was asked for, and kept.db
  // names it.
  void set_gone(SegmentNumber number);

  // Whether somebody still reads the file of a segment that is gone.
  [[nodiscard]] bool is_in_use(SegmentNumber number) const;

  // Puts another file in the place of a piece's own (kKept: of kept.db). `swap` is called when
  // this process has the file open no more, and it is not opened before that returns; false
  // while somebody reads it.
  using Swap = std::function<Status()>;
  [[nodiscard]] base::Result<bool, StoreError> replace(SegmentNumber file, const Swap& swap);

  // Closed segments whose file was found unreadable, and that are not gone yet.
  [[nodiscard]] std::vector<SegmentNumber> damaged() const;

  // One of these is read anew and holds: the fault was passing. False: that was said of it
  // before, and is not believed again.
  [[nodiscard]] bool clear_damage(SegmentNumber number);

  // Somebody else has found it so.
  void note_damage(SegmentNumber number);

  // Whether a message cannot be had because its whole segment cannot be read.
  [[nodiscard]] bool is_unreadable(EntryId id);

  // These messages, in order. Fewer than were asked for if a later one cannot be
  // read; an error if the first cannot.
  [[nodiscard]] base::Result<std::vector<LogMessage>, StoreError> read(std::span<const EntryId> ids,
                                                                       Payload payload);

  struct ScanEnd {
    EntryId scanned_to;  // all up to here was visited
    std::size_t count = 0;
  };

  // Visits at most `count_max` messages in (after, to], in order. Each call is
  // within one segment.
  [[nodiscard]] base::Result<ScanEnd, StoreError> scan(EntryId after, EntryId to,
                                                       std::size_t count_max,
                                                       const LogVisit& visit);

  // The same with all that is known of each but its octets.
  [[nodiscard]] base::Result<ScanEnd, StoreError> facts(EntryId after, EntryId to,
                                                        std::size_t count_max,
                                                        const FactsVisit& visit);

  // By what messages are known again, commit by commit; a part of one that is cut by `after`
  // or `to` is not told apart.
  [[nodiscard]] base::Result<ScanEnd, StoreError> known(EntryId after, EntryId to,
                                                        std::size_t count_max,
                                                        const KnownVisit& visit);

  // A segment, and what stands in it: ids from `first` to before `next_first`.
  struct Extent {
    SegmentNumber number;
    EntryId first;
    EntryId next_first;  // above all: it is the last, and still grows
  };

  static constexpr EntryId kAboveAll = {~std::uint64_t{0}};

  // Of all segments that are there, in order.
  [[nodiscard]] std::vector<SegmentNumber> numbers() const;

  // The first segment from this number on that is there; none: there is none.
  [[nodiscard]] base::Result<std::optional<Extent>, StoreError> extent(SegmentNumber from);

  // Visits what is kept of segments that are gone, below `before`, newest first, until the
  // visit says false. True: it came to the end.
  [[nodiscard]] base::Result<bool, StoreError> kept_back(EntryId before, const FactsGlance& visit);

  // How many messages are kept of segments that are gone.
  [[nodiscard]] base::Result<std::uint64_t, StoreError> kept_count();

 private:
  struct Segment {
    SegmentNumber number;
    EntryId first{};       // {0}: not known yet
    EntryId next_first{};  // of one that was gone at the start; else {0}
    bool is_gone = false;
    bool is_damaged = false;
    bool was_sound = false;  // it had been called damaged, and was not
    int reader_count = 0;    // lent
  };

  // The segment in which an entry would be, and the first entry of the next one.
  struct Home {
    SegmentNumber number;
    EntryId next_first;  // above all where it is the last
  };

  // A reader that is lent: of the segment, or of kept.db in its place. One that failed is
  // not lent again: its connection is closed.
  class Loan {
   public:
    Loan(Log& log, SegmentNumber file, std::unique_ptr<LogReader> reader)
        : log_(&log), file_(file), reader_(std::move(reader)) {}

    ~Loan() {
      if (log_ != nullptr) log_->end_loan(file_, std::move(reader_));
    }

    Loan(Loan&& other) noexcept
        : log_(std::exchange(other.log_, nullptr)),
          file_(other.file_),
          reader_(std::move(other.reader_)) {}

    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    Loan& operator=(Loan&&) = delete;

    [[nodiscard]] SegmentNumber file() const noexcept { return file_; }

    [[nodiscard]] bool has_reader() const noexcept { return reader_ != nullptr; }

    LogReader& operator*() const noexcept { return *reader_; }

    LogReader* operator->() const noexcept { return reader_.get(); }

    void set_reader(std::unique_ptr<LogReader> reader) { reader_ = std::move(reader); }

    // Passes an outcome through, and notes a failure.
    template <class T>
    [[nodiscard]] base::Result<T, StoreError> note(base::Result<T, StoreError> outcome) {
      if (outcome) return outcome;
      if (reader_->found_damage()) log_->note_damage(file_);
      reader_.reset();
      return outcome;
    }

   private:
    Log* log_;
    const SegmentNumber file_;
    std::unique_ptr<LogReader> reader_;
  };

  template <class Visit, class Read>
  [[nodiscard]] base::Result<ScanEnd, StoreError> visit_in_one(EntryId after, EntryId to,
                                                               std::size_t count_max,
                                                               const Visit& visit, Read way);
  [[nodiscard]] Status read_in_one(std::span<const EntryId> ids, Payload payload,
                                   std::vector<LogMessage>& messages);
  [[nodiscard]] base::Result<Home, StoreError> home_of(EntryId id);
  [[nodiscard]] base::Result<EntryId, StoreError> first_at(std::size_t index);
  [[nodiscard]] base::Result<EntryId, StoreError> own_first(SegmentNumber number,
                                                            std::size_t index);
  [[nodiscard]] base::Result<EntryId, StoreError> end_of_previous(std::size_t index);
  [[nodiscard]] bool is_of_gone(EntryId id);
  [[nodiscard]] base::Result<Loan, StoreError> borrow(SegmentNumber number);
  [[nodiscard]] Loan lend(SegmentNumber number);
  [[nodiscard]] Loan lend_kept();
  [[nodiscard]] base::Status<StoreError> open(Loan& loan);
  [[nodiscard]] bool has_gone() const;
  void end_loan(SegmentNumber file, std::unique_ptr<LogReader> reader);
  [[nodiscard]] Segment& at(SegmentNumber number) REQUIRES_LOCK(mutex_);

  const Place place_;
  mutable base::Mutex mutex_;
  std::vector<Segment> segments_ GUARDED_BY(mutex_);  // only grows
  int kept_reader_count_ GUARDED_BY(mutex_) = 0;      // lent
  std::vector<std::unique_ptr<LogReader>> idle_ GUARDED_BY(mutex_);
};

}  // namespace store::sqlite
