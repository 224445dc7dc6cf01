// control/requests.hpp: one request of control.sock, judged, done and answered.
#pragma once

#include <string>
#include <string_view>

#include "control/operations.hpp"

namespace control {

// What all requests are called on the wire.
inline constexpr std::string_view kOpQueues = "queues";
inline constexpr std::string_view kOpLetters = "letters";
inline constexpr std::string_view kOpAttempts = "attempts";
inline constexpr std::string_view kOpDiscarded = "discarded";
inline constexpr std::string_view kOpReplay = "replay";
inline constexpr std::string_view kOpDiscard = "discard";
inline constexpr std::string_view kOpGiveUp = "give_up";
inline constexpr std::string_view kOpEdit = "edit";
inline constexpr std::string_view kOpResume = "resume";
inline constexpr std::string_view kOpSearch = "search";
inline constexpr std::string_view kOpRecord = "record";
inline constexpr std::string_view kOpMessage = "message";
inline constexpr std::string_view kOpStoreStats = "store_stats";
inline constexpr std::string_view kOpBackup = "backup";
inline constexpr std::string_view kOpBackupState = "backup_state";
inline constexpr std::string_view kOpRekey = "rekey";
inline constexpr std::string_view kOpRekeyState = "rekey_state";

// The answer's lines, each with its line end, for any request whatever. What changes
// something is told on the log, without the texts of people and messages.
[[nodiscard]] std::string answer(std::string_view request, Operations& operations);

}  // namespace control
