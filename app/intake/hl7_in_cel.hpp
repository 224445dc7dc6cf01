// intake/hl7_in_cel.hpp: a message as the rule language sees it.
//
//   variable                        what
//   msh pid pv1 obx                 records: the first segment of that name
//   obx_list                        the OBX segments, a record each
//   msg                             the whole message, by paths: message_functions.hpp
//   conn                            address, listener, tls_subject; conn.tls_san is a list
//   now                             when the message was read
//   sets.<name>                     value sets: value_sets.hpp
//
// Nothing is copied and nothing is read before an expression asks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "cel/environment.hpp"
#include "cel/program.hpp"
#include "hl7/message.hpp"
#include "intake/message_functions.hpp"
#include "intake/message_text.hpp"
#include "intake/peer.hpp"
#include "intake/record_view.hpp"
#include "intake/value_sets.hpp"

namespace intake {

// All variables and functions that rules and filters may name. The sets outlive the
// environment and every program that it compiles.
[[nodiscard]] cel::Environment make_environment(const ValueSets& sets);

// `conn`.
class ConnectionView final : public cel::MapView {
 public:
  void open(const Peer& peer) noexcept { peer_ = &peer; }

  [[nodiscard]] std::size_t size() const override;
  [[nodiscard]] cel::Value find(const cel::Value& key, cel::Arena& arena) const override;
  [[nodiscard]] cel::Value key_at(std::size_t index, cel::Arena& arena) const override;
  [[nodiscard]] cel::Value field(std::uint32_t index, const cel::Value& key,
                                 cel::Arena& arena) const override;

 private:
  const Peer* peer_ = nullptr;
};

// `conn.tls_san`.
class AlternativeNamesView final : public cel::ListView {
 public:
  void open(const Peer& peer) noexcept { peer_ = &peer; }

  [[nodiscard]] std::size_t size() const override { return peer_->tls_names.size(); }

  [[nodiscard]] cel::Value at(std::size_t index, cel::Arena& /*arena*/) const override {
    return cel::Value::string(peer_->tls_names[index]);
  }

 private:
  const Peer* peer_ = nullptr;
};

// What rules and filters may cost, in units of the language and of reading the message.
struct CostLimits {
  std::uint64_t evaluation = 100'000;  // CEL_COST_LIMIT
  std::uint64_t message = 100'000;     // CEL_MESSAGE_COST_LIMIT: all evaluations together
};

// What is known of a message beside its octets.
struct Circumstances {
  const Peer& peer;
  base::WallTime now;
  std::optional<hl7::Charset> default_charset{};  // where MSH-18 names none
  CostLimits limits{};
};

// The memory of evaluations and the message that they read: one a thread, used again
// and again. In the steady state it asks the heap for nothing.
class MessageContext {
 public:
  MessageContext();
  MessageContext(const MessageContext&) = delete;
  MessageContext& operator=(const MessageContext&) = delete;

  // Of this thread.
  [[nodiscard]] static MessageContext& of_thread();

  // The message and the peer outlive what is evaluated until the next open().
  void open(const hl7::Message& message, const Circumstances& given);

  // The value and what it points at live until the next call. One that costs more than an
  // evaluation may, or than is left for the message, is the error cost_limit.
  [[nodiscard]] cel::Value evaluate(const cel::Program& program);

  // The same for a person who asks: at the expense of nothing.
  [[nodiscard]] cel::Value explain(const cel::Program& program, std::uint64_t cost_limit);

  // What is left for something that is not an expression, and what it took.
  [[nodiscard]] std::uint64_t left() const noexcept;
  void charge(std::uint64_t units) noexcept;

  [[nodiscard]] const hl7::Message& message() const noexcept { return text_.message(); }

  // Units of the newest evaluation, and of all since open().
  [[nodiscard]] std::uint64_t cost() const noexcept { return cost_; }

  [[nodiscard]] std::uint64_t message_cost() const noexcept { return limits_.message - left_; }

  // True once the budget of the message is spent: nothing more can be evaluated.
  [[nodiscard]] bool is_spent() const noexcept { return left_ == 0; }

 private:
  [[nodiscard]] cel::Value run(const cel::Program& program, std::uint64_t cost_limit);

  CostLimits limits_;
  std::uint64_t left_ = 0;  // of limits_.message
  std::uint64_t cost_ = 0;
  MessageText text_;
  cel::Arena kept_;  // what is read of a message, until the next
  RecordView msh_{msh_shape()};
  RecordView pid_{pid_shape()};
  RecordView pv1_{pv1_shape()};
  RecordView obx_{obx_shape()};
  RecordListView obx_list_{obx_shape()};
  MessageObject msg_{text_};
  ConnectionView conn_;
  AlternativeNamesView tls_san_;
  cel::Activation activation_;
  cel::Evaluation evaluation_;
};

}  // namespace intake
