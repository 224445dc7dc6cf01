// config/setting_words.hpp: the words of settings that are a choice, as people write them.
#pragma once

#include <string_view>

namespace config {

// The order of the words is the order of the enumerators.
inline constexpr std::string_view kResyncWords[] = {"header", "any", "close"};
inline constexpr std::string_view kFrameEndWords[] = {"fscr", "fs"};
inline constexpr std::string_view kBatchWords[] = {"split", "reject"};
inline constexpr std::string_view kBatchAnswerWords[] = {"all", "errors", "one"};
inline constexpr std::string_view kNoControlIdWords[] = {"reject", "accept"};
inline constexpr std::string_view kSeveralMessagesWords[] = {"reject", "split"};
inline constexpr std::string_view kAckModeWords[] = {"original", "enhanced"};
inline constexpr std::string_view kAckTextWords[] = {"auto", "never"};
inline constexpr std::string_view kAckTimeWords[] = {"offset", "plain"};
inline constexpr std::string_view kUnroutedWords[] = {"accept", "reject"};
inline constexpr std::string_view kDedupWords[] = {"off", "answer", "reject"};
inline constexpr std::string_view kDedupConflictWords[] = {"accept", "reject"};
inline constexpr std::string_view kStoreWords[] = {"sqlite", "memory"};
inline constexpr std::string_view kLogLevelWords[] = {"trace", "debug",    "info", "warning",
                                                      "error", "critical", "off"};
inline constexpr std::string_view kTlsVersionWords[] = {"1.2", "1.3"};
inline constexpr std::string_view kLogFormatWords[] = {"text", "json"};
inline constexpr std::string_view kOtlpProtocolWords[] = {"http/protobuf"};
inline constexpr std::string_view kOtlpCompressionWords[] = {"none"};
inline constexpr std::string_view kOtelExporterWords[] = {"otlp", "none"};
inline constexpr std::string_view kOtelSamplerWords[] = {"always_on",
                                                         "always_off",
                                                         "traceidratio",
                                                         "parentbased_always_on",
                                                         "parentbased_always_off",
                                                         "parentbased_traceidratio"};
inline constexpr std::string_view kVersionWords[] = {"2.1", "2.2",   "2.3",  "2.3.1", "2.4",
                                                     "2.5", "2.5.1", "2.6",  "2.7",   "2.7.1",
                                                     "2.8", "2.8.1", "2.8.2"};

// Of table 0211, as it writes them; behind them what is met though no table names it. UTF-16 and
// UTF-32 cannot be framed.
inline constexpr std::string_view kCharsetWords[] = {
    "auto",         "ASCII",        "UNICODE UTF-8", "UTF-8",        "8859/1",
    "8859/2",       "8859/3",       "8859/4",        "8859/5",       "8859/6",
    "8859/7",       "8859/8",       "8859/9",        "8859/15",      "ISO IR14",
    "ISO IR87",     "ISO IR159",    "GB 18030-2000", "KS X 1001",    "CNS 11643-1992",
    "BIG-5",        "Shift_JIS",    "EUC-JP",        "windows-1250", "windows-1251",
    "windows-1252", "windows-1253", "windows-1254",  "windows-1255", "windows-1256",
    "windows-1257"};

}  // namespace config
