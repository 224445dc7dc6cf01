// connect/mllp_connector.hpp: delivers to another MLLP receiver.
//
// One message is in flight. What ends its wait:
//
//   its answer, AA or CA        delivered
//   its answer, another code    AnswerActions says whose fault it is
//   an answer to another        recorded, if that one was ours; the wait goes on
//   any other answer            kMismatch; the connection is closed
//   the end of the stream       kReset
//   answer_timeout              kTimeout; the connection is closed, so that an
//                               answer that comes late cannot meet the next message
//
// Before each message the connection is looked at: if the peer has closed it, a
// new one is made; what has come unasked is recorded, and unless it follows a CA
// the connection is closed. A connection that was good for an earlier message and
// breaks before it answers this one is replaced once, at once: targets that close
// after each answer are no incident.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "connect/connector.hpp"
#include "connect/mllp_answer.hpp"
#include "connect/mllp_link.hpp"
#include "connect/recent_messages.hpp"

namespace connectors {

enum class OnAnswer : std::uint8_t {
  kRetry,  // Blame::kUnclear: by the retry schedule, as often as `attempts`
  kPark,   // Blame::kMessage: a dead letter at once
};

struct AnswerActions {
  OnAnswer application_error = OnAnswer::kRetry;  // AE
  OnAnswer application_reject = OnAnswer::kPark;  // AR
  OnAnswer commit_error = OnAnswer::kRetry;       // CE
  OnAnswer commit_reject = OnAnswer::kPark;       // CR
};

struct MllpSettings {
  std::string name;  // the connector's, for the log
  LinkSettings link;
  base::Duration answer_timeout = std::chrono::seconds(30);  // also for handing a message over
  AnswerActions on_answer;
  Match match = Match::kStrict;
  std::size_t batch_max = 1;  // entries a call; still one in flight
};

// A stop request while a message is out leaves its answer 5 s to come, or what is
// left of answer_timeout.
class MllpConnector final : public Connector {
 public:
  // The clock outlives the connector.
  MllpConnector(MllpSettings settings, const base::Clock& clock);

  std::vector<Outcome> deliver(std::span<const Delivery> deliveries, std::stop_token stop) override;

  base::Result<Answered, Failure> ask(const Delivery& delivery, base::SteadyTime until,
                                      std::stop_token stop) override;

  [[nodiscard]] std::size_t batch_max() const noexcept override { return settings_.batch_max; }

 private:
  [[nodiscard]] Outcome deliver_one(const Delivery& delivery, const std::stop_token& stop);
  [[nodiscard]] Outcome exchange(const Delivery& delivery, const std::stop_token& stop);
  [[nodiscard]] Outcome await_answer(const Delivery& delivery, Patience& patience);
  [[nodiscard]] Outcome conclude(const Delivery& delivery, const Acknowledgement& answer,
                                 std::string words);
  [[nodiscard]] Failure give_up(const Delivery& delivery, Failure failure);
  [[nodiscard]] bool is_answer_to(const Delivery& delivery,
                                  const Acknowledgement& answer) const noexcept;
  [[nodiscard]] OnAnswer action_for(hl7::AckCode code) const noexcept;
  void drop_strays();
  [[nodiscard]] bool drop_stray(std::string_view frame);
  void record_late(const Acknowledgement& answer, const RecentMessages::Entry& entry);

  const MllpSettings settings_;
  const base::Clock& clock_;
  [[nodiscard]] base::Duration answer_wait() const;

  MllpLink link_;
  RecentMessages recent_;

  // While ask() runs.
  Answered* wanted_ = nullptr;  // where the answer goes
  base::SteadyTime ask_until_ = base::SteadyTime::max();
};

}  // namespace connectors
