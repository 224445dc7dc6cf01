#include "intake/decision.hpp"

namespace intake {

void Decision::begin(base::WallTime at) {
  received_at = at;
  parsed = {};
  asks = false;
  config_revision = 0;
  rulings.clear();
  drafts.clear();
  batch.reset();
  envelopes.clear();
}

}  // namespace intake
