#include "converters.hpp"

#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>

#include <algorithm>
#include <array>

#include "utf8.hpp"

namespace hl7 {
namespace {

// ICU's name of a set. What JIS X 0208 lacks may be of JIS X 0212 in all three sets
// of Japan: texts say by themselves where they switch. Katakana of halfwidth, which
// ICU moves by SO and SI, is ours.
const char* icu_name(Charset charset) noexcept {
  switch (charset) {
    case Charset::kAscii: return "US-ASCII";
    case Charset::kUtf8: return "UTF-8";
    case Charset::kIso8859P1: return "ISO-8859-1";
    case Charset::kIso8859P2: return "ISO-8859-2";
    case Charset::kIso8859P3: return "ISO-8859-3";
    case Charset::kIso8859P4: return "ISO-8859-4";
    case Charset::kIso8859P5: return "ISO-8859-5";
    case Charset::kIso8859P6: return "ISO-8859-6";
    case Charset::kIso8859P7: return "ISO-8859-7";
    case Charset::kIso8859P8: return "ISO-8859-8";
    case Charset::kIso8859P9: return "ISO-8859-9";
    case Charset::kIso8859P15: return "ISO-8859-15";
    case Charset::kJisX0208:
    case Charset::kJisX0212:
    case Charset::kIso2022Jp: return "ISO_2022,locale=ja,version=1";
    case Charset::kGb18030: return "GB18030";
    case Charset::kKsX1001: return "windows-949";
    case Charset::kCns11643: return "EUC-TW";
    case Charset::kBig5: return "Big5";
    case Charset::kShiftJis: return "windows-31j";
    case Charset::kWindows1252: return "windows-1252";
    case Charset::kWindows1250: return "windows-1250";
    case Charset::kWindows1251: return "windows-1251";
    case Charset::kWindows1253: return "windows-1253";
    case Charset::kWindows1254: return "windows-1254";
    case Charset::kWindows1255: return "windows-1255";
    case Charset::kWindows1256: return "windows-1256";
    case Charset::kWindows1257: return "windows-1257";
    case Charset::kEucJp: return "EUC-JP";
    case Charset::kJisX0201:
    case Charset::kUtf16:
    case Charset::kUtf32: break;  // read and written without ICU, or not at all
  }
  return nullptr;
}

constexpr UChar kReplacement = 0xFFFD;
constexpr UChar kMark = u'?';
constexpr std::string_view kReplacementUtf8 = "\xEF\xBF\xBD";
constexpr std::size_t kPieceUnits = 512;  // of UTF-16, converted at a time

bool is_broken(UConverterCallbackReason reason) noexcept {
  return reason == UCNV_UNASSIGNED || reason == UCNV_ILLEGAL || reason == UCNV_IRREGULAR;
}

// NOLINTNEXTLINE(readability-function-size): the parameters are those that ICU gives
void replace_octets(const void* count, UConverterToUnicodeArgs* arguments, const char* /*octets*/,
                    std::int32_t /*octet_count*/, UConverterCallbackReason reason,
                    UErrorCode* status) {
  if (!is_broken(reason)) return;
  ++*static_cast<std::size_t*>(const_cast<void*>(count));
  *status = U_ZERO_ERROR;
  ucnv_cbToUWriteUChars(arguments, &kReplacement, 1, 0, status);
}

// NOLINTNEXTLINE(readability-function-size): the parameters are those that ICU gives
void replace_character(const void* count, UConverterFromUnicodeArgs* arguments,
                       const UChar* /*units*/, std::int32_t /*unit_count*/, UChar32 /*point*/,
                       UConverterCallbackReason reason, UErrorCode* status) {
  if (!is_broken(reason)) return;
  ++*static_cast<std::size_t*>(const_cast<void*>(count));
  *status = U_ZERO_ERROR;
  const UChar* mark = &kMark;
  ucnv_cbFromUWriteUChars(arguments, &mark, mark + 1, 0, status);
}

// UTF-16 out of ICU, whose pairs are never cut between two pieces.
void append_utf16(std::string& out, const UChar* at, const UChar* end) {
  while (at != end) {
    char32_t value = *at++;
    if (value >= 0xD800 && value <= 0xDBFF && at != end) {
      value = 0x10000 + ((value - 0xD800) << 10U) + (static_cast<char32_t>(*at++) - 0xDC00);
    }
    append_utf8(out, value);
  }
}

// UTF-16 for ICU: as much of `text`, which is UTF-8, as a piece holds.
std::size_t take_units(std::string_view& text, std::array<UChar, kPieceUnits>& units) noexcept {
  std::size_t count = 0;
  while (!text.empty() && count + 2 <= units.size()) {
    const CodePoint point = next_code_point(text);
    text.remove_prefix(point.bytes);
    const char32_t value = point.value.value_or(kReplacement);
    if (value < 0x10000) {
      units[count++] = static_cast<UChar>(value);
    } else {
      units[count++] = static_cast<UChar>(0xD800 + ((value - 0x10000) >> 10U));
      units[count++] = static_cast<UChar>(0xDC00 + ((value - 0x10000) & 0x3FFU));
    }
  }
  return count;
}

}  // namespace

struct Converters::Opened {
  struct Close {
    void operator()(UConverter* converter) const noexcept { ucnv_close(converter); }
  };

  std::array<std::unique_ptr<UConverter, Close>, kCharsetCount + 1> converters{};
  std::size_t replaced_count = 0;  // the callbacks count here

  // nullptr where ICU lacks the set.
  UConverter* find(Charset charset) {
    auto& converter = converters[static_cast<std::size_t>(charset)];
    const char* name = icu_name(charset);
    if (converter != nullptr || name == nullptr) return converter.get();
    UErrorCode status = U_ZERO_ERROR;
    converter.reset(ucnv_open(name, &status));
    if (U_FAILURE(status)) converter.reset();
    if (converter == nullptr) return nullptr;
    ucnv_setToUCallBack(converter.get(), replace_octets, &replaced_count, nullptr, nullptr,
                        &status);
    ucnv_setFromUCallBack(converter.get(), replace_character, &replaced_count, nullptr, nullptr,
                          &status);
    return converter.get();
  }
};

Converters::Converters() : opened_(std::make_unique<Opened>()) {}

Converters::~Converters() = default;

std::size_t Converters::decode(std::string& out, std::string_view octets, Charset charset) {
  UConverter* converter = opened_->find(charset);
  if (converter == nullptr) {
    out += kReplacementUtf8;
    return 1;
  }
  opened_->replaced_count = 0;
  ucnv_resetToUnicode(converter);
  std::array<UChar, kPieceUnits> units{};
  const char* at = octets.data();
  const char* const end = at + octets.size();
  UErrorCode status = U_BUFFER_OVERFLOW_ERROR;
  while (status == U_BUFFER_OVERFLOW_ERROR) {
    status = U_ZERO_ERROR;
    UChar* to = units.data();
    ucnv_toUnicode(converter, &to, to + units.size(), &at, end, nullptr, 1, &status);
    append_utf16(out, units.data(), to);
  }
  return opened_->replaced_count;
}

std::size_t Converters::encode(std::string& out, std::string_view text, Charset charset) {
  UConverter* converter = opened_->find(charset);
  if (converter == nullptr) {
    out += '?';
    return 1;
  }
  opened_->replaced_count = 0;
  ucnv_resetFromUnicode(converter);
  std::array<UChar, kPieceUnits> units{};
  std::array<char, kPieceUnits> octets{};
  while (!text.empty()) {
    const std::size_t count = take_units(text, units);
    const UChar* at = units.data();
    UErrorCode status = U_BUFFER_OVERFLOW_ERROR;
    while (status == U_BUFFER_OVERFLOW_ERROR) {
      status = U_ZERO_ERROR;
      char* to = octets.data();
      ucnv_fromUnicode(converter, &to, to + octets.size(), &at, units.data() + count, nullptr,
                       text.empty() ? 1 : 0, &status);
      out.append(octets.data(), to);
    }
  }
  return opened_->replaced_count;
}

}  // namespace hl7
