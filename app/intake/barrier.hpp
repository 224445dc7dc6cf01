// intake/barrier.hpp: which messages join two order keys, where nobody has said so.
//
// A merge makes one patient of two: a connector that keeps the order of each patient
// must not deliver it before what is older of either, nor after what is younger.
// `barrier:` says it in an expression:
//
//   "4711"   a text: the other key; what joins both waits for both
//   ""       no other: the message keeps the order of its own key alone
//   true     every key: the message goes alone
//   false    as ""
//
// Events: HL7 v2 chapter 3, "ADT"; MRG-1 holds the identifier that ends, PID-3 the one
// that stays. A24 and A37 link two patients by two PID segments.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace intake {

// The `barrier` of a connector that has none of its own: an expression, if `order_by`
// goes by the patient (PID-3, or anything of `pid`). Where the other key cannot be read off it,
// the barrier holds up every key.
[[nodiscard]] std::optional<std::string> default_barrier(std::string_view order_by);

}  // namespace intake
