// session/mllp_session.hpp: one peer's conversation, from accept to close.
//
//   octets ─► FrameDecoder ─► Intake::judge ─► Outbox::append ┐
//                                 │ refused                   │ committed, or not
//                                 ▼                           ▼
//   octets ◄───────── answers in the order of the frames ◄─ Intake::conclude
//
// Frames are read ahead up to MAX_IN_FLIGHT and the buffer budget, judged as they
// come, stored together and answered in order; then the socket is not read. What
// is in flight counts until its answer has been handed to the kernel, so a peer
// that does not read its answers stops being read.
//
// With ack: after_delivery the answer is another system's: it comes from a lane
// (deliver/questions.hpp), and meanwhile the socket is read only to see whether the
// sender is still there (session_questions.cpp).
//
// A session lives on one loop and is touched by that loop's thread only. It is
// kept alive by its own coroutine; an append on its way holds its Exchange, not
// the session: when the peer has gone, the message is stored all the same.
//
// spec: product.md section 2 (deadlines, limits), section 10 (drain).
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "config/configuration.hpp"
#include "intake/intake.hpp"
#include "mllp/commit_block.hpp"
#include "mllp/frame_decoder.hpp"
#include "net/connection.hpp"
#include "net/loop.hpp"
#include "net/reception.hpp"
#include "session/append_gate.hpp"
#include "session/exchange.hpp"
#include "session/exchange_pool.hpp"
#include "session/frame_report.hpp"
#include "session/session_group.hpp"
#include "store/rejected.hpp"
#include "telemetry/metrics.hpp"
#include "telemetry/trace.hpp"

namespace session {

// What all sessions of a listener on one loop share. Outlives them.
struct SessionContext {
  const config::ListenerSettings& settings;
  const intake::Intake& intake;
  AppendGate& gate;
  store::AppendSink& sink;
  net::Loop& loop;
  SessionGroup& group;
  ExchangePool& exchanges;
  deliver::Questions* questions = nullptr;  // there where the listener has ack: after_delivery
  store::RejectedBin* rejected = nullptr;   // what was refused is kept there; none: nowhere
};

class MllpSession : public std::enable_shared_from_this<MllpSession> {
 public:
  MllpSession(SessionContext context, net::Arrival arrival, std::uint64_t id);
  ~MllpSession();
  MllpSession(const MllpSession&) = delete;
  MllpSession& operator=(const MllpSession&) = delete;

  // Begins the conversation; returns at once.
  void start();

  // Reads no more, answers every frame whose last octet was read, then closes.
  void drain();

  [[nodiscard]] SessionFacts facts() const;

  // The store's word on one exchange. The answer leaves with send_ready().
  void conclude(Exchange& exchange, const intake::CommitOutcome& outcome);

  // Another system's word on it, or none in time.
  void conclude_asked(Exchange& exchange, std::optional<std::string> answer);

  // Hands every answer whose turn has come to the kernel.
  void send_ready();

 private:
  enum class Phase : std::uint8_t {
    kOpen,    // reading
    kEnding,  // not reading any more; what is owed goes out
    kBroken   // nothing goes out any more either
  };

  net::Awaitable<void> converse();
  net::Awaitable<void> read_more();
  net::Awaitable<void> linger();
  net::Awaitable<void> wait_for_change();
  void finish();

  void digest();
  void take_frame(base::SteadyTime begun_at);  // {}: in one read
  bool is_misdirected();
  bool draw_from_rate();
  void pause_until(base::SteadyTime due);
  void take_oversize(bool endless);
  void take_commit_block(mllp::CommitBlock block);
  void abandon_commit_block();
  void enqueue(std::shared_ptr<Exchange> exchange);
  void keep_not_stored(const Exchange& exchange) const;
  void submit();
  void settle_epoch();

  void post_question(const std::shared_ptr<Exchange>& exchange);
  [[nodiscard]] Exchange* asking() const noexcept;
  [[nodiscard]] bool watches_sender() const noexcept;
  void give_up_asking();
  void forget_question(Exchange& exchange);
  void forget_questions();

  void write_out();
  void observe_staged();
  void written(const net::ErrorCode& error);
  bool stage_next_answer();
  bool stage_release_2(Exchange& exchange);
  void count_answer(const Exchange& exchange) const;

  [[nodiscard]] bool wants_input() const noexcept;
  [[nodiscard]] bool owes_output() const noexcept;
  [[nodiscard]] bool may_take_frames() const noexcept;
  [[nodiscard]] bool has_room();
  [[nodiscard]] bool is_idle() const noexcept;
  void account();
  void set_deadline();
  void deadline_came();
  void tell_unfinished(base::SteadyTime now);
  [[nodiscard]] bool is_late_unfinished(base::SteadyTime now) const noexcept;
  void time_out(telemetry::Counter counter, std::string_view reason);
  void end(std::string_view reason);        // kOpen -> kEnding
  void break_off(std::string_view reason);  // -> kBroken
  void wake();

  SessionContext context_;
  net::Connection connection_;
  net::Admission::Ticket ticket_;
  const std::uint64_t id_;
  const base::WallTime since_;
  const std::shared_ptr<const intake::Peer> peer_;
  Phase phase_ = Phase::kOpen;
  std::string_view end_reason_;  // a constant

  // In.
  mllp::FrameDecoder decoder_;
  FrameReport report_;
  std::unique_ptr<std::byte[]> input_;
  std::size_t input_capacity_ = 0;
  base::ByteView unread_;  // part of input_ not yet decoded
  bool reading_ = false;
  bool input_ended_ = false;  // by the peer
  std::uint64_t received_bytes_ = 0;

  // In flight.
  std::deque<std::shared_ptr<Exchange>> exchanges_;      // the head is answered next
  std::vector<std::unique_ptr<store::Append>> appends_;  // of this read, to be submitted
  std::uint64_t frame_bytes_ = 0;                        // of all exchanges
  std::shared_ptr<store::Stream> stream_ = std::make_shared<store::Stream>();
  std::uint32_t epoch_ = 1;
  std::size_t pending_appends_ = 0;
  bool epoch_failed_ = false;

  // Out.
  std::string outgoing_;
  std::size_t outgoing_sent_ = 0;
  bool writing_ = false;
  std::vector<base::SteadyTime> staged_;  // when the frames behind outgoing_ were read
  std::vector<telemetry::Span> spans_;    // of those that are traced, but for their ends
  bool awaiting_commit_block_ = false;

  // Time.
  net::Deadlines::Watch watch_;
  net::BufferBudget::Account account_;
  net::Timer change_;
  std::shared_ptr<net::RateBucket> rate_;  // null: no limit
  std::optional<net::Timer> pause_;        // there once it was needed
  bool paused_ = false;                    // by RATE_LIMIT: no frame is taken
  bool unfinished_told_ = false;           // of the open frame
  base::SteadyTime quiet_since_{};         // the last frame, answer or the accept
  base::SteadyTime frame_since_{};         // the 0B of the open frame
  base::SteadyTime last_read_{};
  base::SteadyTime write_since_{};
  base::SteadyTime commit_block_since_{};
};

}  // namespace session
