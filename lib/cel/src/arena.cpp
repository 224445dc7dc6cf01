#include "cel/arena.hpp"

#include <algorithm>
#include <new>

namespace cel {

struct Arena::Block {
  Block* older;
  std::size_t room_bytes;

  [[nodiscard]] char* room() noexcept { return reinterpret_cast<char*>(this + 1); }
};

namespace {
constexpr std::size_t kFirstBlockBytes = 4096;
constexpr std::size_t kKeptBlockBytes = std::size_t{256} * 1024;
}  // namespace

Arena::~Arena() {
  while (newest_ != nullptr) {
    Block* older = newest_->older;
    ::operator delete(newest_);
    newest_ = older;
  }
}

void* Arena::allocate_slowly(std::size_t rounded, std::size_t bytes) noexcept {
  if (bytes > rounded || rounded > room_bytes()) return refuse<char>();
  const std::size_t grown = newest_ == nullptr ? kFirstBlockBytes : newest_->room_bytes * 2;
  const std::size_t room = std::max(rounded, std::min(grown, kKeptBlockBytes));
  auto* block = static_cast<Block*>(::operator new(sizeof(Block) + room, std::nothrow));
  if (block == nullptr) return refuse<char>();
  used_before_ = used_bytes();
  *block = {newest_, room};
  newest_ = block;
  begin_ = block->room();
  next_ = begin_ + rounded;
  end_ = begin_ + room;
  return begin_;
}

bool Arena::extend(const void* newest, std::size_t bytes, std::size_t new_bytes) noexcept {
  const std::size_t old_rounded = (bytes + kAlign - 1) & ~(kAlign - 1);
  const std::size_t rounded = (new_bytes + kAlign - 1) & ~(kAlign - 1);
  if (newest == nullptr || static_cast<const char*>(newest) + old_rounded != next_) return false;
  const std::size_t more = rounded - old_rounded;
  if (more > static_cast<std::size_t>(end_ - next_) || more > room_bytes()) return false;
  next_ += more;
  return true;
}

void Arena::reset_used() noexcept {
  exhausted_ = false;
  used_before_ = 0;
  if (newest_ == nullptr) return;
  // The newest block is the largest that is worth keeping: the next evaluation fits into it.
  Block* kept = newest_;
  while (kept->older != nullptr) {
    Block* older = kept->older;
    kept->older = older->older;
    ::operator delete(older);
  }
  if (kept->room_bytes > kKeptBlockBytes) {
    ::operator delete(kept);
    newest_ = nullptr;
    next_ = begin_ = end_ = nullptr;
    return;
  }
  next_ = begin_;
}

}  // namespace cel
