#include "mllp/commit_block.hpp"

namespace mllp {

std::string_view encode(CommitBlock block) noexcept {
  return block == CommitBlock::kAck ? kAckBlock : kNakBlock;
}

std::optional<CommitBlock> as_commit_block(base::ByteView payload) noexcept {
  if (payload.size() != 1) return std::nullopt;
  switch (const auto block = static_cast<CommitBlock>(payload.front())) {
    case CommitBlock::kAck:
    case CommitBlock::kNak: return block;
  }
  return std::nullopt;
}

}  // namespace mllp
