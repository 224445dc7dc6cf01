#include "audit/sealed_line.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "audit/trail_line.hpp"

namespace audit {
namespace {

using store::SealedAs;
using store::SealPlace;

constexpr std::string_view kSealed = ",\"sealed\":\"";
constexpr std::string_view kEntry = ",\"entry\":";
constexpr std::string_view kDigits = "0123456789";

constexpr std::array<std::string_view, 5> kStayClear = {kCheckpoint, kRewound, kRetention,
                                                        kRecovery, "gap"};

SealPlace place_of(std::uint64_t sequence) { return {SealedAs::kAuditRecord, sequence, 0}; }

std::string to_base64(base::ByteView octets) {
  std::string text((octets.size() + 2) / 3 * 4 + 1, '\0');
  const int count = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                    reinterpret_cast<const unsigned char*>(octets.data()),
                                    static_cast<int>(octets.size()));
  text.resize(static_cast<std::size_t>(count));
  return text;
}

// Only the one form that these octets have.
std::optional<std::vector<std::byte>> from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  std::vector<std::byte> octets(text.size() / 4 * 3);
  const int count = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(octets.data()),
                                    reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()));
  if (count < 0) return std::nullopt;
  const auto padding = static_cast<std::size_t>(std::ranges::count(text, '='));
  if (padding > 2) return std::nullopt;
  octets.resize(octets.size() - padding);
  if (to_base64(octets) != text) return std::nullopt;
  return octets;
}

// Where what is sealed begins in a line in clear; none where it stays in clear.
std::optional<std::size_t> begin_of_sealed(std::string_view clear) {
  constexpr std::string_view kKind = ",\"kind\":\"";
  const std::size_t kind = clear.find(kKind);
  if (kind == std::string_view::npos) return std::nullopt;
  const std::size_t word = kind + kKind.size();
  const std::size_t end = clear.find('"', word);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view name = clear.substr(word, end - word);
  if (std::ranges::find(kStayClear, name) != kStayClear.end()) return std::nullopt;
  std::size_t at = end + 1;
  if (clear.substr(at).starts_with(kEntry)) {
    at = clear.find_first_not_of(kDigits, at + kEntry.size());
  }
  if (at >= clear.size()) return std::nullopt;  // there is nothing more
  return at;
}

// One line without its end, sealed with the current key.
base::Status<store::StoreError> append_anew(const store::PayloadCipher& cipher,
                                            std::string_view line, std::string& sealed) {
  std::string clear;
  const LineState state = open_line(&cipher, line, clear);
  if (state == LineState::kNoKey) return base::fail(store::kKeyIsMissing);
  const std::string_view whole = state == LineState::kOpened ? std::string_view(clear) : line;
  const auto parsed = parse_line(whole);
  if (state == LineState::kBroken || !parsed) {
    sealed.append(line);
    return base::Done{};
  }
  append_sealed(cipher, parsed->sequence, parsed->text, sealed);
  sealed.append(whole.substr(parsed->text.size()));
  return base::Done{};
}

}  // namespace

void append_sealed(const store::PayloadCipher& cipher, std::uint64_t sequence,
                   std::string_view clear, std::string& lines) {
  const auto begin = begin_of_sealed(clear);
  if (!begin) {
    lines.append(clear);
    return;
  }
  std::vector<std::byte> sealed;
  cipher.seal(place_of(sequence), base::as_bytes(clear.substr(*begin)), sealed);
  lines.append(clear.substr(0, *begin)).append(kSealed).append(to_base64(sealed)).append("\"");
}

LineState open_line(const store::PayloadCipher* cipher, std::string_view line, std::string& clear) {
  const auto parsed = parse_line(line);
  if (!parsed) return LineState::kClear;
  // In clear no value holds a quote, so this is the member and nothing else.
  const std::size_t begin = parsed->text.find(kSealed);
  if (begin == std::string_view::npos) return LineState::kClear;
  std::string_view text = parsed->text.substr(begin + kSealed.size());
  if (!text.ends_with('"')) return LineState::kBroken;
  text.remove_suffix(1);
  const auto sealed = from_base64(text);
  if (!sealed) return LineState::kBroken;
  std::vector<std::byte> opened;
  const auto done = store::open_sealed(cipher, place_of(parsed->sequence), *sealed, opened);
  if (!done && done.error() == store::kKeyIsMissing) return LineState::kNoKey;
  if (!done) return LineState::kBroken;
  clear.assign(line.substr(0, begin));
  clear.append(base::as_text(opened)).append(line.substr(parsed->text.size()));
  return LineState::kOpened;
}

base::Result<std::string, store::StoreError> seal_anew(const store::PayloadCipher& cipher,
                                                       std::string_view octets) {
  std::string sealed;
  sealed.reserve(octets.size());
  while (!octets.empty()) {
    const std::size_t end = octets.find('\n');
    if (end == std::string_view::npos) {
      sealed.append(octets);
      break;
    }
    const auto done = append_anew(cipher, octets.substr(0, end), sealed);
    if (!done) return base::fail(done.error());
    sealed += '\n';
    octets.remove_prefix(end + 1);
  }
  return sealed;
}

}  // namespace audit
