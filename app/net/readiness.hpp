// net/readiness.hpp: which sockets of a loop may be read or written, by an epoll of our
// own inside of Asio's.
//
// Asio reads first and waits when there was nothing: a recv in vain for each message of a
// peer that waits for its answer. A socket that is watched here is read only when the
// kernel has said that there is something, and all that are ready are told in one round.
//
// A round has two passes: first every socket that somebody waits on is read, then those
// who waited are told. So the kernel's code and ours each find their own still in the
// processor's caches.
//
// One for each io_context, made when it is first asked for. Belongs to its thread.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "net/asio.hpp"
#include "net/waiter.hpp"

namespace net {

class Readiness final : public asio::execution_context::service {
 public:
  using key_type = Readiness;
  static asio::execution_context::id id;

  // What is known of one socket, and who waits for more. Edges, as epoll tells them:
  // `may_read` stays until a read has found less than it had room for.
  class Watch {
   public:
    Watch() = default;
    ~Watch();  // drops who still waits
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    // Begins to watch for `owner`, which has this Watch in it and is kept alive while it is
    // told of an end. An error is the system's: no memory, or too many are watched.
    [[nodiscard]] ErrorCode open(asio::io_context& context, int descriptor,
                                 std::weak_ptr<void> owner);

    // Watches no longer, and forgets what was read ahead; who waits goes on waiting until it
    // is ended. Before the descriptor is closed. A second call does nothing.
    void close() noexcept;

    // What a read has brought: octets, the peer's end (none, and no error), or an error.
    struct Reading {
      ErrorCode error;
      std::size_t octets = 0;
    };

    // Reads what is there, without waiting: `would_block` where there is nothing.
    [[nodiscard]] Reading read(std::span<std::byte> into) noexcept;

    // Waits for octets, or for room; one of each at a time. Octets are read into `into`,
    // which lives until then, before the handler is called: take_reading() has them.
    template <class Handler>
    void await_octets(std::span<std::byte> into, Handler handler) {
      readiness_->begin_wait();
      into_ = into;
      reader_.hold(std::move(handler));
    }

    // Of the wait that has ended without an error.
    [[nodiscard]] Reading take_reading() noexcept { return std::exchange(reading_, {}); }

    template <class Handler>
    void await_room(Handler handler) {
      readiness_->begin_wait();
      writer_.hold(std::move(handler));
    }

    // Completes who waits, if anybody does, with operation_aborted: behind the handler
    // that runs now, never inside of this call. Octets that were read are told first.
    void end_waits() noexcept;

    [[nodiscard]] bool may_read() const noexcept { return may_read_; }

   private:
    friend class Readiness;

    void note(std::uint32_t events) noexcept;
    void read_ahead() noexcept;

    [[nodiscard]] bool waits_for_octets() const noexcept { return reader_ && !is_ending_; }

    [[nodiscard]] bool waits_for_room() const noexcept { return writer_ && !is_ending_; }

    void complete_reader(const ErrorCode& error);
    void complete(Waiter& waiter, const ErrorCode& error);
    void drop_waits() noexcept;

    Readiness* readiness_ = nullptr;
    std::weak_ptr<void> owner_;
    int descriptor_ = -1;     // while open
    bool is_ending_ = false;  // who waits is aborted soon
    bool may_read_ = false;
    bool has_ended_ = false;  // the peer's end, or an error: no later edge tells of it
    bool has_read_ = false;   // reader_ is told of reading_ in this round
    Waiter reader_;
    std::span<std::byte> into_;
    Reading reading_;
    Waiter writer_;
    Watch* next_ = nullptr;
    Watch* previous_ = nullptr;
  };

  explicit Readiness(asio::io_context& context);
  ~Readiness() override;

 private:
  static constexpr std::size_t kEventsMax = 32;  // told in one round

  void shutdown() override;
  void begin_wait();
  void end_wait() noexcept;
  void arm();
  void tell_all();
  void tell(const epoll_event& event);
  void link(Watch& watch) noexcept;
  void unlink(Watch& watch) noexcept;

  Executor executor_;
  asio::posix::basic_stream_descriptor<Executor> epoll_;
  bool is_armed_ = false;
  bool is_telling_ = false;
  std::size_t waiting_ = 0;
  std::array<epoll_event, kEventsMax> events_{};
  std::size_t telling_ = 0;  // index in events_, in the round that runs
  std::size_t found_ = 0;
  Watch* first_ = nullptr;
};

}  // namespace net
