// deliver/test_support/paper_target.hpp: a target that fails as it is told, for
// tests of what a lane makes of failures. What real targets do is tried in
// connect/test and in dispatcher_test.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.hpp"
#include "connect/connector.hpp"

namespace deliver::test_support {

[[nodiscard]] connectors::Failure refused();      // the target's: no connection
[[nodiscard]] connectors::Failure no_answer();    // unclear: a time-out
[[nodiscard]] connectors::Failure answered_ae();  // unclear
[[nodiscard]] connectors::Failure answered_ar();  // the message's

// Thread-safe. Outlives the connectors opened from it.
class PaperTarget final : public connectors::ConnectorPlan {
 public:
  using Behaviour = std::function<connectors::Outcome(const connectors::Delivery&)>;

  explicit PaperTarget(std::size_t batch_max = 4);

  // What becomes of each delivery from now on; delivered until this is called. Who asks
  // is answered "yes to" what it delivers, "no to" what is refused with an answer.
  void behave(Behaviour behaviour);
  void always(const connectors::Outcome& outcome);

  // The control ids of what was delivered, in order.
  [[nodiscard]] std::vector<std::string> delivered() const;

  // The sizes of the calls made, in order.
  [[nodiscard]] std::vector<std::size_t> calls() const;

  // The attempt each delivery said it was, in order, delivered or not.
  [[nodiscard]] std::vector<std::uint32_t> attempts() const;

  [[nodiscard]] int open_count() const;

  [[nodiscard]] std::unique_ptr<connectors::Connector> open() const override;

  [[nodiscard]] std::string describe() const override { return "paper"; }

 private:
  friend class PaperConnector;

  const std::size_t batch_max_;
  mutable base::Mutex mutex_;
  Behaviour behaviour_ GUARDED_BY(mutex_);
  mutable std::vector<std::string> delivered_ GUARDED_BY(mutex_);
  mutable std::vector<std::size_t> calls_ GUARDED_BY(mutex_);
  mutable std::vector<std::uint32_t> attempts_ GUARDED_BY(mutex_);
  mutable int open_count_ GUARDED_BY(mutex_) = 0;
};

}  // namespace deliver::test_support
