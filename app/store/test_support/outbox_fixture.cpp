#include "store/test_support/outbox_fixture.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <iterator>

namespace store::test_support {
namespace {

// The octets that the views of an append look at.
struct Octets {
  std::vector<std::string> texts;
  std::vector<std::string> control_ids;
};

constexpr std::string_view kDigest = "0123456789abcdef0123456789ABCDEF";  // 32 octets

Draft make_draft(const Octets& octets, std::size_t index, const std::vector<LaneKey>& lanes) {
  Draft draft;
  draft.facts.id = message_id_of(octets.texts[index]);
  draft.facts.received_at = base::WallTime(std::chrono::microseconds(1'775'217'600'123'456));
  draft.facts.listener = "default";
  draft.facts.peer = "127.0.0.1:51034";
  draft.facts.type = "ADT";
  draft.facts.trigger = "A01";
  draft.facts.version = "2.3";
  draft.facts.control_id = octets.control_ids[index];
  draft.facts.sha256 = kDigest;
  draft.facts.answer_code = "AA";
  draft.facts.answer = base::as_bytes("MSH|^~\\&|B\rMSA|AA|1\r");
  draft.payload = base::as_bytes(octets.texts[index]);
  draft.lanes = lanes;
  return draft;
}

}  // namespace

void Collector::appended(std::vector<std::unique_ptr<Append>> batch) {
  const std::lock_guard lock(mutex_);
  std::move(batch.begin(), batch.end(), std::back_inserter(appends_));
  arrived_.notify_all();
}

std::vector<std::unique_ptr<Append>> Collector::take(std::size_t count) {
  std::unique_lock lock(mutex_);
  arrived_.wait_for(lock, std::chrono::seconds(10), [&] { return appends_.size() >= count; });
  const auto end = appends_.begin() + static_cast<std::ptrdiff_t>(std::min(count, appends_.size()));
  std::vector<std::unique_ptr<Append>> taken(std::make_move_iterator(appends_.begin()),
                                             std::make_move_iterator(end));
  appends_.erase(appends_.begin(), end);
  return taken;
}

std::size_t Collector::pending_count() {
  const std::lock_guard lock(mutex_);
  return appends_.size();
}

std::unique_ptr<Append> make_append(const std::vector<Letter>& letters, AppendSink& sink) {
  auto octets = std::make_shared<Octets>();
  for (const Letter& letter : letters) {
    octets->texts.push_back(letter.text);
    octets->control_ids.push_back(control_id_of(letter.text));
  }
  auto append = std::make_unique<Append>();
  for (std::size_t index = 0; index < letters.size(); ++index) {
    append->drafts.push_back(make_draft(*octets, index, letters[index].lanes));
  }
  append->sink = &sink;
  append->keep_alive = octets;
  return append;
}

std::string control_id_of(std::string_view text) {
  return "C-" + std::to_string(std::hash<std::string_view>()(text) % 1'000'000);
}

base::Uuid message_id_of(std::string_view text) {
  base::Uuid id;
  const std::uint64_t hash = std::hash<std::string_view>()(text);
  std::memcpy(id.octets.data(), &hash, sizeof hash);
  return id;
}

std::string text_of(const Claim& claim) { return std::string(base::as_text(claim.message)); }

std::vector<std::string> texts_of(const std::vector<Claim>& claims) {
  std::vector<std::string> texts;
  for (const Claim& claim : claims) texts.push_back(text_of(claim));
  return texts;
}

ConnectorId Desk::connector(std::string_view name) {
  const auto id = outbox_.connector_id(name);
  if (!id) {
    ADD_FAILURE() << "no id for " << name << ": " << to_string(id.error().fault);
    return {};
  }
  return *id;
}

EntryId Desk::put(std::string_view text, std::vector<LaneKey> lanes) {
  std::vector<std::unique_ptr<Append>> batch;
  batch.push_back(make_append({{std::string(text), std::move(lanes)}}, sink_));
  outbox_.append(std::move(batch));
  const auto back = sink_.take(1);
  if (back.size() != 1 || !back.front()->outcome) {
    ADD_FAILURE() << "not committed: " << text;
    return {};
  }
  return *back.front()->outcome;
}

std::vector<Claim> Desk::claim(const LaneSlice& slice, std::size_t count_max) {
  auto claims = outbox_.claim(slice, count_max);
  if (!claims) {
    ADD_FAILURE() << "no claims: " << to_string(claims.error().fault);
    return {};
  }
  return std::move(claims).value();
}

std::vector<Claim> Desk::claim(ConnectorId connector, std::size_t count_max) {
  return claim(LaneSlice{connector, 0, 1}, count_max);
}

void Desk::settle(ConnectorId connector, EntryId id, Verdict verdict) {
  std::vector<Outbox::Settlement> settlements;
  settlements.push_back({id, std::move(verdict)});
  outbox_.settle(connector, std::move(settlements));
}

}  // namespace store::test_support
