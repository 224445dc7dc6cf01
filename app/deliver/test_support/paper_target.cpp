#include "deliver/test_support/paper_target.hpp"

#include <utility>

namespace deliver::test_support {

using connectors::Blame;
using connectors::Delivery;
using connectors::Failure;
using connectors::FailureClass;
using connectors::Outcome;

Failure refused() {
  return {.what = FailureClass::kConnect, .blame = Blame::kTarget, .reason = "refused"};
}

Failure no_answer() {
  return {.what = FailureClass::kTimeout, .blame = Blame::kUnclear, .reason = "no answer"};
}

Failure answered_ae() {
  return {.what = FailureClass::kAnswerCode, .blame = Blame::kUnclear, .reason = "answered AE"};
}

Failure answered_ar() {
  return {.what = FailureClass::kAnswerCode,
          .blame = Blame::kMessage,
          .reason = "answered AR",
          .words = "MSA|AR|patient DOE is unknown"};
}

class PaperConnector final : public connectors::Connector {
 public:
  explicit PaperConnector(const PaperTarget& target) : target_(target) {}

  std::vector<Outcome> deliver(std::span<const Delivery> deliveries,
                               std::stop_token stop) override {
    std::vector<Outcome> outcomes(deliveries.size(), connectors::NotTried{});
    PaperTarget::Behaviour behaviour;
    {
      const base::Lock lock(target_.mutex_);
      target_.calls_.push_back(deliveries.size());
      behaviour = target_.behaviour_;
    }
    for (std::size_t index = 0; index < deliveries.size(); ++index) {
      if (stop.stop_requested()) break;
      outcomes[index] = behaviour(deliveries[index]);
      const base::Lock lock(target_.mutex_);
      target_.attempts_.push_back(deliveries[index].attempt);
      if (!std::holds_alternative<connectors::Delivered>(outcomes[index])) break;
      target_.delivered_.emplace_back(deliveries[index].control_id);
    }
    return outcomes;
  }

  base::Result<Answered, Failure> ask(const Delivery& delivery, base::SteadyTime /*until*/,
                                      std::stop_token stop) override {
    const Delivery one[] = {delivery};
    Outcome outcome = deliver(one, stop).front();
    const std::string id(delivery.control_id);
    if (const auto* failure = std::get_if<Failure>(&outcome)) {
      if (failure->what != FailureClass::kAnswerCode) return base::fail(*failure);
      return Answered{"no to " + id, false};
    }
    return Answered{"yes to " + id, true};
  }

  [[nodiscard]] std::size_t batch_max() const noexcept override { return target_.batch_max_; }

 private:
  const PaperTarget& target_;
};

PaperTarget::PaperTarget(std::size_t batch_max) : batch_max_(batch_max) {
  always(connectors::Delivered{});
}

void PaperTarget::behave(Behaviour behaviour) {
  const base::Lock lock(mutex_);
  behaviour_ = std::move(behaviour);
}

void PaperTarget::always(const Outcome& outcome) {
  behave([outcome](const Delivery&) { return outcome; });
}

std::vector<std::string> PaperTarget::delivered() const {
  const base::Lock lock(mutex_);
  return delivered_;
}

std::vector<std::size_t> PaperTarget::calls() const {
  const base::Lock lock(mutex_);
  return calls_;
}

std::vector<std::uint32_t> PaperTarget::attempts() const {
  const base::Lock lock(mutex_);
  return attempts_;
}

int PaperTarget::open_count() const {
  const base::Lock lock(mutex_);
  return open_count_;
}

std::unique_ptr<connectors::Connector> PaperTarget::open() const {
  const base::Lock lock(mutex_);
  ++open_count_;
  return std::make_unique<PaperConnector>(*this);
}

}  // namespace deliver::test_support
