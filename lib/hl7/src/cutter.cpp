#include "hl7/cutter.hpp"

#include "parts.hpp"

namespace hl7 {

bool Cutter::next() noexcept {
  if (!more_) return false;
  part_ = separator_ == 0 ? rest_ : first_part(rest_, separator_);
  more_ = part_.size() < rest_.size();
  rest_.remove_prefix(part_.size() + (more_ ? 1 : 0));
  return true;
}

}  // namespace hl7
