#include "store/sqlite/sealed_row.hpp"

#include <array>
#include <string_view>

#include "base/try.hpp"
#include "store/sqlite/sealed_texts.hpp"

namespace store::sqlite {
namespace {

// In what is sealed: add at the end, never change their order.
constexpr std::size_t kTextCount = 16;

using Texts = std::array<std::string_view, kTextCount>;

Texts texts_of(const MessageFacts& facts) {
  return {facts.listener,
          facts.peer,
          facts.tls_identity,
          facts.type,
          facts.trigger,
          facts.version,
          facts.control_id,
          facts.sending_application,
          facts.sending_facility,
          facts.patient_key,
          facts.charset,
          facts.sha256,
          facts.answer_code,
          facts.answer_reason,
          base::as_text(facts.answer),
          facts.envelope};
}

void set_texts(const Texts& texts, MessageFacts& facts) {
  facts.listener = texts[0];
  facts.peer = texts[1];
  facts.tls_identity = texts[2];
  facts.type = texts[3];
  facts.trigger = texts[4];
  facts.version = texts[5];
  facts.control_id = texts[6];
  facts.sending_application = texts[7];
  facts.sending_facility = texts[8];
  facts.patient_key = texts[9];
  facts.charset = texts[10];
  facts.sha256 = texts[11];
  facts.answer_code = texts[12];
  facts.answer_reason = texts[13];
  facts.answer = base::as_bytes(texts[14]);
  facts.envelope = texts[15];
}

}  // namespace

RowSealer::Sealed RowSealer::seal(const PayloadCipher& cipher, EntryId id,
                                  const MessageFacts& facts, base::ByteView payload_in_row,
                                  bool has_payload_in_row) {
  pack_texts(texts_of(facts), packed_);
  Sealed sealed;
  sealed.key = cipher.seal(facts_place(id), packed_, facts_);
  sealed.facts = facts_;
  if (!has_payload_in_row) return sealed;
  cipher.seal(payload_place(id), payload_in_row, payload_);
  sealed.payload = payload_;
  return sealed;
}

base::Status<StoreError> open_facts(const PayloadCipher* cipher, EntryId id, base::ByteView sealed,
                                    std::vector<std::byte>& clear, MessageFacts& facts) {
  static_cast<void>(TRY(open_sealed(cipher, facts_place(id), sealed, clear)));
  Texts texts;
  if (!unpack_texts(clear, texts)) return base::fail(StoreError{StoreFault::kDamaged, 0});
  set_texts(texts, facts);
  return base::Done{};
}

}  // namespace store::sqlite
