#include "iso2022.hpp"

#include <variant>

namespace hl7 {
namespace {

struct Designation {
  std::string_view octets;  // with ESC
  std::string_view hl7;     // between escape characters; empty where it has no such form
  std::variant<LeftSet, Charset> set;
};

// Chapter 2, 2.9.2, and what Japanese and Korean senders use besides.
constexpr Designation kDesignations[] = {
    {"\x1B(B", "C2842", LeftSet::kAscii},      {"\x1B$B", "M2442", LeftSet::kJisX0208},
    {"\x1B(J", "C284A", LeftSet::kRoman},      {"\x1B(I", "C2849", LeftSet::kKatakana},
    {"\x1B$@", "M2440", LeftSet::kJisX0208},   {"\x1B$(D", "M242844", LeftSet::kJisX0212},
    {"\x1B-A", "C2D41", Charset::kIso8859P1},  {"\x1B-B", "C2D42", Charset::kIso8859P2},
    {"\x1B-C", "C2D43", Charset::kIso8859P3},  {"\x1B-D", "C2D44", Charset::kIso8859P4},
    {"\x1B-L", "C2D4C", Charset::kIso8859P5},  {"\x1B-G", "C2D47", Charset::kIso8859P6},
    {"\x1B-F", "C2D46", Charset::kIso8859P7},  {"\x1B-H", "C2D48", Charset::kIso8859P8},
    {"\x1B-M", "C2D4D", Charset::kIso8859P9},  {"\x1B-b", "C2D62", Charset::kIso8859P15},
    {"\x1B)I", "C2949", Charset::kJisX0201},   {"\x1B$)C", "M242943", Charset::kKsX1001},
    {"\x1B$)A", "M242941", Charset::kGb18030},
};

constexpr char kEsc = '\x1B';

void apply(const Designation& designation, Iso2022State& state) noexcept {
  if (const LeftSet* left = std::get_if<LeftSet>(&designation.set)) state.left = *left;
  if (const Charset* right = std::get_if<Charset>(&designation.set)) state.right = *right;
}

}  // namespace

std::size_t take_designation(std::string_view text, char escape, Iso2022State& state) noexcept {
  if (text.empty()) return 0;
  const bool by_escape = escape != 0 && text.front() == escape;
  if (text.front() != kEsc && !by_escape) return 0;
  for (const Designation& each : kDesignations) {
    if (text.front() == kEsc && text.starts_with(each.octets)) {
      apply(each, state);
      return each.octets.size();
    }
    if (by_escape && text.substr(1).starts_with(each.hl7) &&
        text.substr(1 + each.hl7.size()).starts_with(escape)) {
      apply(each, state);
      return each.hl7.size() + 2;
    }
  }
  return 0;
}

std::string_view designation_of_sequence(std::string_view sequence) noexcept {
  if (!sequence.starts_with('C') && !sequence.starts_with('M')) return {};
  for (const Designation& each : kDesignations) {
    if (each.hl7 == sequence) return each.octets;
  }
  return {};
}

}  // namespace hl7
