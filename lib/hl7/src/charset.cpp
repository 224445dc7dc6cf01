#include "hl7/charset.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "parts.hpp"

namespace hl7 {
namespace {

struct Name {
  std::string_view folded;  // as fold() leaves it
  Charset charset;
};

// Names of table 0211, of IANA and of DICOM ("ISO_IR 100"), and what senders
// make of them. The frequent ones first.
constexpr Name kNames[] = {
    {"UNICODEUTF8", Charset::kUtf8},
    {"UTF8", Charset::kUtf8},
    {"UNICODE", Charset::kUtf8},  // UCS-2 by the table, UTF-8 in practice
    {"ISOIR192", Charset::kUtf8},
    {"ASCII", Charset::kAscii},
    {"USASCII", Charset::kAscii},
    {"ISOIR6", Charset::kAscii},
    {"88591", Charset::kIso8859P1},
    {"8859", Charset::kIso8859P1},
    {"ISO88591", Charset::kIso8859P1},
    {"ISO8859", Charset::kIso8859P1},
    {"ISOIR100", Charset::kIso8859P1},
    {"LATIN1", Charset::kIso8859P1},
    {"88592", Charset::kIso8859P2},
    {"ISO88592", Charset::kIso8859P2},
    {"ISOIR101", Charset::kIso8859P2},
    {"88593", Charset::kIso8859P3},
    {"ISO88593", Charset::kIso8859P3},
    {"ISOIR109", Charset::kIso8859P3},
    {"88594", Charset::kIso8859P4},
    {"ISO88594", Charset::kIso8859P4},
    {"ISOIR110", Charset::kIso8859P4},
    {"88595", Charset::kIso8859P5},
    {"ISO88595", Charset::kIso8859P5},
    {"ISOIR144", Charset::kIso8859P5},
    {"88596", Charset::kIso8859P6},
    {"ISO88596", Charset::kIso8859P6},
    {"ISOIR127", Charset::kIso8859P6},
    {"88597", Charset::kIso8859P7},
    {"ISO88597", Charset::kIso8859P7},
    {"ISOIR126", Charset::kIso8859P7},
    {"88598", Charset::kIso8859P8},
    {"ISO88598", Charset::kIso8859P8},
    {"ISOIR138", Charset::kIso8859P8},
    {"88599", Charset::kIso8859P9},
    {"ISO88599", Charset::kIso8859P9},
    {"ISOIR148", Charset::kIso8859P9},
    {"885915", Charset::kIso8859P15},
    {"ISO885915", Charset::kIso8859P15},
    {"ISOIR203", Charset::kIso8859P15},
    {"LATIN9", Charset::kIso8859P15},
    {"ISOIR14", Charset::kJisX0201},
    {"ISOIR13", Charset::kJisX0201},
    {"JISX0201", Charset::kJisX0201},
    {"ISOIR87", Charset::kJisX0208},
    {"JISX0208", Charset::kJisX0208},
    {"ISOIR159", Charset::kJisX0212},
    {"JISX0212", Charset::kJisX0212},
    {"GB180302000", Charset::kGb18030},
    {"GB18030", Charset::kGb18030},
    {"GBK", Charset::kGb18030},
    {"GB2312", Charset::kGb18030},
    {"KSX1001", Charset::kKsX1001},
    {"KSC5601", Charset::kKsX1001},
    {"EUCKR", Charset::kKsX1001},
    {"ISOIR149", Charset::kKsX1001},
    {"CNS116431992", Charset::kCns11643},
    {"CNS11643", Charset::kCns11643},
    {"EUCTW", Charset::kCns11643},
    {"BIG5", Charset::kBig5},
    {"UNICODEUTF16", Charset::kUtf16},
    {"UTF16", Charset::kUtf16},
    {"UNICODEUTF32", Charset::kUtf32},
    {"UTF32", Charset::kUtf32},
    {"JAS2020", Charset::kIso2022Jp},
    {"JISX0202", Charset::kIso2022Jp},
    {"ISO2022JP", Charset::kIso2022Jp},
    {"SHIFTJIS", Charset::kShiftJis},
    {"SJIS", Charset::kShiftJis},
    {"WINDOWS31J", Charset::kShiftJis},
    {"WINDOWS1252", Charset::kWindows1252},
    {"CP1252", Charset::kWindows1252},
    {"1252", Charset::kWindows1252},
    {"ANSI", Charset::kWindows1252},
    {"WIN1252", Charset::kWindows1252},
    {"WINDOWS1250", Charset::kWindows1250},
    {"CP1250", Charset::kWindows1250},
    {"WINDOWS1251", Charset::kWindows1251},
    {"CP1251", Charset::kWindows1251},
    {"WINDOWS1253", Charset::kWindows1253},
    {"CP1253", Charset::kWindows1253},
    {"WINDOWS1254", Charset::kWindows1254},
    {"CP1254", Charset::kWindows1254},
    {"WINDOWS1255", Charset::kWindows1255},
    {"CP1255", Charset::kWindows1255},
    {"WINDOWS1256", Charset::kWindows1256},
    {"CP1256", Charset::kWindows1256},
    {"WINDOWS1257", Charset::kWindows1257},
    {"CP1257", Charset::kWindows1257},
    {"EUCJP", Charset::kEucJp},
    {"LATIN2", Charset::kIso8859P2},
    {"LATIN5", Charset::kIso8859P9},
    {"ISOLATIN1", Charset::kIso8859P1},
    {"8859P1", Charset::kIso8859P1},
    {"ISO8859P1", Charset::kIso8859P1},
    {"CP932", Charset::kShiftJis},
    {"MS932", Charset::kShiftJis},
    {"CP936", Charset::kGb18030},
    {"CP949", Charset::kKsX1001},
    {"CP950", Charset::kBig5},
    {"CP65001", Charset::kUtf8},
    {"GB180302005", Charset::kGb18030},
    {"GB180302022", Charset::kGb18030},
    {"JISX02081990", Charset::kJisX0208},
    {"JISX02121990", Charset::kJisX0212},
};

constexpr std::size_t kFoldedMax = 16;  // longer than every name in the table

// The name in upper case without what people vary; cut at kFoldedMax.
class Folded {
 public:
  explicit Folded(std::string_view name) noexcept {
    for (const char octet : name) {
      if (is_joint(octet)) continue;
      if (size_ == text_.size()) return;
      text_[size_++] = octet >= 'a' && octet <= 'z' ? static_cast<char>(octet - 'a' + 'A') : octet;
    }
  }

  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  static bool is_joint(char octet) noexcept {
    return octet == ' ' || octet == '-' || octet == '_' || octet == '/' || octet == '.';
  }

  std::array<char, kFoldedMax> text_{};
  std::size_t size_ = 0;
};

// False for nothing but blanks and separators. A tab is no blank here: JSON writes it
// as an escape sequence, and that is a value.
bool is_valued(std::string_view field, const Delimiters& delimiters) noexcept {
  return std::any_of(field.begin(), field.end(), [&](char octet) {
    if (octet == 0) return true;  // no delimiter: 0 is one that is not used
    return octet != ' ' && octet != delimiters.repetition && octet != delimiters.component &&
           octet != delimiters.subcomponent;
  });
}

constexpr bool is_iso2022(Charset charset) noexcept {
  return charset == Charset::kJisX0208 || charset == Charset::kJisX0212 ||
         charset == Charset::kIso2022Jp;
}

}  // namespace

std::string_view to_string(Charset charset) noexcept {
  switch (charset) {
    case Charset::kAscii: return "ASCII";
    case Charset::kUtf8: return "UNICODE UTF-8";
    case Charset::kIso8859P1: return "8859/1";
    case Charset::kIso8859P2: return "8859/2";
    case Charset::kIso8859P3: return "8859/3";
    case Charset::kIso8859P4: return "8859/4";
    case Charset::kIso8859P5: return "8859/5";
    case Charset::kIso8859P6: return "8859/6";
    case Charset::kIso8859P7: return "8859/7";
    case Charset::kIso8859P8: return "8859/8";
    case Charset::kIso8859P9: return "8859/9";
    case Charset::kIso8859P15: return "8859/15";
    case Charset::kJisX0201: return "ISO IR14";
    case Charset::kJisX0208: return "ISO IR87";
    case Charset::kJisX0212: return "ISO IR159";
    case Charset::kGb18030: return "GB 18030-2000";
    case Charset::kKsX1001: return "KS X 1001";
    case Charset::kCns11643: return "CNS 11643-1992";
    case Charset::kBig5: return "BIG-5";
    case Charset::kUtf16: return "UNICODE UTF-16";
    case Charset::kUtf32: return "UNICODE UTF-32";
    case Charset::kIso2022Jp: return "JIS X 0202";
    case Charset::kShiftJis: return "Shift_JIS";
    case Charset::kWindows1252: return "windows-1252";
    case Charset::kWindows1250: return "windows-1250";
    case Charset::kWindows1251: return "windows-1251";
    case Charset::kWindows1253: return "windows-1253";
    case Charset::kWindows1254: return "windows-1254";
    case Charset::kWindows1255: return "windows-1255";
    case Charset::kWindows1256: return "windows-1256";
    case Charset::kWindows1257: return "windows-1257";
    case Charset::kEucJp: return "EUC-JP";
  }
  return "unknown";
}

std::optional<Charset> find_charset(std::string_view name) noexcept {
  const Folded folded(name);
  const auto* found = std::find_if(std::begin(kNames), std::end(kNames), [&](const Name& known) {
    return known.folded == folded.text();
  });
  if (found == std::end(kNames)) return std::nullopt;
  return found->charset;
}

std::optional<Charset> find_charset_of_field(std::string_view field, char repetition) noexcept {
  while (repetition != 0 && field.starts_with(repetition)) field.remove_prefix(1);
  return find_charset(nth_part(field, repetition, 0));
}

CharsetChoice choose_charset(std::string_view field, std::string_view handling,
                             const Delimiters& delimiters) noexcept {
  const std::string_view first = nth_part(field, delimiters.repetition, 0);
  const bool others = is_valued(field.substr(first.size()), delimiters);
  const std::string_view name =
      nth_part(nth_part(first, delimiters.component, 0), delimiters.subcomponent, 0);
  CharsetChoice choice;
  choice.base = !is_valued(first, delimiters) && others ? Charset::kAscii : find_charset(name);
  choice.switches = others || is_valued(handling, delimiters);
  if (!choice.base) {
    choice.switches = false;  // from what to what?
  } else if (*choice.base == Charset::kUtf8) {
    choice.switches = others;
  } else if (is_iso2022(*choice.base)) {
    choice.switches = true;
  }
  return choice;
}

bool may_collide(const CharsetChoice& choice) noexcept {
  if (choice.switches) return true;
  return choice.base == Charset::kGb18030 || choice.base == Charset::kBig5 ||
         choice.base == Charset::kShiftJis;
}

}  // namespace hl7
