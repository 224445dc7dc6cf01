// intake/index_fields.hpp: the values of index fields, computed from stored messages.
//
// A field yields a text, a whole number or a bool, or a list of such: one value each. What is
// empty is no value. A field is left out, and counted, where it
//
//   error     cannot be evaluated, or yields something else
//   budget    costs more than an evaluation may, or than is left for the message
//   too_long  has a value of more than 256 octets
//   too_many  has more than 16 values: those beyond are left out
//
// Of who sent the message, the alternative names of a certificate are not stored, and so are
// not there. `now` is when it was received.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.hpp"
#include "config/configuration.hpp"
#include "hl7/charset.hpp"
#include "hl7/message.hpp"
#include "intake/hl7_in_cel.hpp"
#include "intake/peer.hpp"
#include "intake/rule_set.hpp"
#include "store/index_fields.hpp"

namespace intake {

// The values of one field, in the message that is open. `left_out`: why something is, in a
// word as above; empty: nothing is.
struct FieldReport {
  std::string field;
  std::vector<std::string> values;
  std::string_view left_out{};
};

[[nodiscard]] FieldReport evaluate_field(const IndexField& field, MessageContext& context);

// Those of the rules in force. What read() asks for is on its caller's thread.
class IndexFields final : public store::FieldSource {
 public:
  IndexFields(const config::Configuration& configuration, std::shared_ptr<const RuleSet> rules);

  // From now on the next message is read by these.
  void replace(std::shared_ptr<const RuleSet> rules);

  [[nodiscard]] std::vector<std::string> names() const override;
  void read(const store::FieldInput& input, std::vector<store::FieldValue>& values) override;

 private:
  [[nodiscard]] std::shared_ptr<const RuleSet> rules() const;
  [[nodiscard]] std::optional<hl7::Charset> charset_of(std::string_view listener) const;

  const std::map<std::string, std::optional<hl7::Charset>, std::less<>> charsets_;  // by listener
  hl7::Message message_;  // the reader's own
  Peer peer_;             // likewise

  mutable base::Mutex mutex_;
  std::shared_ptr<const RuleSet> rules_ GUARDED_BY(mutex_);
};

}  // namespace intake
