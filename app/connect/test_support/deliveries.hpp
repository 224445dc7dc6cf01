// connect/test_support/deliveries.hpp: messages to deliver, and what became of them.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "connect/connector.hpp"

namespace connectors::test_support {

// A whole ADT with that MSH-10, for a patient called DOE.
[[nodiscard]] std::string message_of(std::string_view control_id);

// Owns what the views of its deliveries look at.
class Letters {
 public:
  // Entry ids count from 1. All are received at 2026-04-03 12:00:00 UTC.
  const Delivery& add(std::string_view control_id);
  const Delivery& add(std::string_view control_id, std::string message);

  // Of another kind or day.
  Delivery& last() { return deliveries_.back(); }

  [[nodiscard]] const std::vector<Delivery>& all() const { return deliveries_; }

  [[nodiscard]] std::vector<std::string> texts() const;

 private:
  struct Words {
    std::string control_id;
    std::string message;
  };

  std::deque<Words> words_;  // never moves what it holds
  std::vector<Delivery> deliveries_;
};

// "delivered", "not tried" or "connect/target": class and blame.
[[nodiscard]] std::string summary(const Outcome& outcome);
[[nodiscard]] std::vector<std::string> summaries(const std::vector<Outcome>& outcomes);

// REQUIRES: it is one.
[[nodiscard]] const Failure& failure_of(const Outcome& outcome);

}  // namespace connectors::test_support
