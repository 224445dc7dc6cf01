// structure_matcher.hpp: finds the place of each segment in a message structure.
//
// Segments come in the order of the message. Each goes to the next place that takes it:
// the same one again, further on in its group, the group's next repetition, and so on
// outwards. A place that leaves out something required is taken only when there is no
// better one; what was left out is then missing. A segment that need not be there is not
// taken to such a place while what it would leave out is still to come, nor if that is more
// than one.
//
// A structure has some hundred nodes and a known depth; nothing here recurs, and the work
// for one segment is bounded by the structure, whatever came before.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "hl7/dictionary.hpp"

namespace hl7 {

enum class Placement : std::uint8_t {
  kPlaced,   // it has a place
  kUnknown,  // the structure has no such segment
  kExtra,    // the places for such a segment are taken
  kMoved,    // it was missing in its place, and here it is
  kAstray,   // it has a place, but behind us
};

class StructureMatcher {
 public:
  // `last_places` holds for each segment key where it comes last in the message (from 0),
  // or nothing. `missing` is room for keys; it is emptied. Both must outlive the matcher.
  StructureMatcher(const NodeList& nodes, std::span<const std::uint32_t> last_places,
                   std::vector<std::uint16_t>& missing);

  // The segment at `place` of the message. What it left out is then in newly_missing().
  Placement place(std::uint16_t key, std::uint32_t place);

  // At the end: all that is required and did not come is in newly_missing().
  void finish();

  // Names of required segments that the last call found missing.
  [[nodiscard]] std::span<const std::string_view> newly_missing() const noexcept {
    return {newly_missing_.data(), newly_missing_count_};
  }

 private:
  static constexpr std::size_t kNodesMax = 256;
  static constexpr std::size_t kMissingMax = 32;

  // A group that is open, or the whole structure.
  struct Open {
    std::size_t first;  // its first child
    std::size_t end;
    bool repeats;
  };

  // Where a segment could go.
  struct Candidate {
    std::size_t node = kNodesMax;
    std::size_t level = 0;    // of the open group in which it lies
    bool again = false;       // in that group's next repetition
    std::size_t skipped = 0;  // required parts left out on the way
  };

  [[nodiscard]] bool takes(std::size_t node, std::uint16_t key) const noexcept;
  [[nodiscard]] std::size_t end_of(std::size_t node) const noexcept;
  [[nodiscard]] std::size_t count_skipped(std::size_t from, std::size_t target) const noexcept;
  void consider(Candidate& best, const Candidate& start, std::size_t from, std::uint16_t key) const;
  [[nodiscard]] Candidate find(std::uint16_t key) const;
  [[nodiscard]] bool is_required(const Candidate& target) const noexcept;
  [[nodiscard]] bool comes_later(const Candidate& target, std::uint32_t place) const;
  template <class Visit>
  void visit_skipped(const Candidate& target, Visit visit) const;
  template <class Visit>
  void visit_range(std::size_t from, std::size_t target, Visit visit) const;
  [[nodiscard]] std::size_t first_segment(std::size_t node) const noexcept;
  void note_missing(std::size_t node);
  void enter(const Candidate& target);
  [[nodiscard]] Placement explain(std::uint16_t key);

  std::array<StructureNode, kNodesMax> nodes_;
  std::size_t node_count_ = 0;
  std::array<Open, NodeList::kDepthMax + 1> open_{};
  std::size_t depth_ = 1;
  std::size_t at_ = kNodesMax;  // the node that was filled last; kNodesMax before the first
  std::bitset<kNodesMax> filled_;
  std::span<const std::uint32_t> last_places_;
  std::vector<std::uint16_t>& missing_;
  std::array<std::string_view, kMissingMax> newly_missing_{};
  std::size_t newly_missing_count_ = 0;
};

}  // namespace hl7
