#include "store/sqlite/sealed_texts.hpp"

#include <algorithm>

namespace store::sqlite {
namespace {

constexpr std::size_t kSizeBytes = 4;

}  // namespace

void pack_texts(std::span<const std::string_view> texts, std::vector<std::byte>& packed) {
  std::size_t size = 0;
  for (const std::string_view text : texts) size += kSizeBytes + text.size();
  packed.resize(size);
  std::byte* to = packed.data();
  for (const std::string_view text : texts) {
    for (std::size_t shift = 0; shift < 8 * kSizeBytes; shift += 8) {
      *to++ = static_cast<std::byte>(text.size() >> shift & 0xFFU);
    }
    const base::ByteView octets = base::as_bytes(text);
    to = std::copy(octets.begin(), octets.end(), to);
  }
}

bool unpack_texts(base::ByteView packed, std::span<std::string_view> texts) noexcept {
  for (std::string_view& text : texts) {
    text = {};
    if (packed.empty()) continue;
    if (packed.size() < kSizeBytes) return false;
    std::size_t size = 0;
    for (std::size_t index = kSizeBytes; index-- > 0;) {
      size = size << 8U | static_cast<std::size_t>(packed[index]);
    }
    packed = packed.subspan(kSizeBytes);
    if (packed.size() < size) return false;
    text = base::as_text(packed.first(size));
    packed = packed.subspan(size);
  }
  return true;
}

Statement& bind_sealed(Statement& statement, int parameter, const PayloadCipher* cipher,
                       const SealPlace& place, std::string_view text,
                       std::vector<std::byte>& sealed) {
  if (cipher == nullptr || text.empty()) return statement.bind(parameter, text);
  cipher->seal(place, base::as_bytes(text), sealed);
  return statement.bind(parameter, base::ByteView(sealed));
}

base::Result<std::string, StoreError> read_sealed(const Statement& row, int column,
                                                  const PayloadCipher* cipher,
                                                  const SealPlace& place) {
  if (!row.is_blob(column)) return std::string(row.column_text(column));
  std::vector<std::byte> clear;
  const auto opened = open_sealed(cipher, place, row.column_blob(column), clear);
  if (opened) return std::string(base::as_text(clear));
  if (opened.error().fault == StoreFault::kDamaged) return std::string(kUnreadableText);
  return base::fail(opened.error());
}

}  // namespace store::sqlite
