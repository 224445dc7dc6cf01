#include "net/readiness.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cerrno>

namespace net {
namespace {

constexpr std::uint32_t kEnded = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

ErrorCode system_error() noexcept { return {errno, boost::system::system_category()}; }

bool is_wait(const ErrorCode& error) noexcept {
  return error == asio::error::would_block || error == asio::error::try_again;
}

}  // namespace

asio::execution_context::id Readiness::id;

Readiness::Readiness(asio::io_context& context)
    : asio::execution_context::service(context),
      executor_(context.get_executor()),
      epoll_(context, ::epoll_create1(EPOLL_CLOEXEC)) {}

Readiness::~Readiness() = default;

void Readiness::shutdown() {
  while (first_ != nullptr) {
    Watch& watch = *first_;
    const auto alive = watch.owner_.lock();
    watch.close();
    watch.drop_waits();
  }
}

void Readiness::begin_wait() {
  ++waiting_;
  arm();
}

// A wait in Asio keeps its context at work: only while somebody waits here.
void Readiness::end_wait() noexcept {
  --waiting_;
  if (waiting_ > 0 || is_telling_ || !is_armed_) return;
  ErrorCode ignored;
  epoll_.cancel(ignored);
}

void Readiness::arm() {
  if (is_armed_ || is_telling_) return;
  is_armed_ = true;
  epoll_.async_wait(asio::posix::descriptor_base::wait_read, [this](const ErrorCode& error) {
    is_armed_ = false;
    if (error == asio::error::operation_aborted && waiting_ == 0) return;
    tell_all();
    if (waiting_ > 0) arm();
  });
}

// A handler may close any watch, and end its life: unlink() then clears its event here.
void Readiness::tell_all() {
  const int found = ::epoll_wait(epoll_.native_handle(), events_.data(), kEventsMax, 0);
  is_telling_ = true;
  found_ = found > 0 ? static_cast<std::size_t>(found) : 0;
  for (std::size_t index = 0; index < found_; ++index) {
    auto& watch = *static_cast<Watch*>(events_[index].data.ptr);
    watch.note(events_[index].events);
    watch.read_ahead();
  }
  for (telling_ = 0; telling_ < found_; ++telling_) tell(events_[telling_]);
  is_telling_ = false;
}

void Readiness::tell(const epoll_event& event) {
  const auto watch = [&event] { return static_cast<Watch*>(event.data.ptr); };
  const bool has_room = (event.events & (EPOLLOUT | kEnded)) != 0;
  if (has_room && watch() != nullptr && watch()->waits_for_room()) {
    watch()->complete(watch()->writer_, {});
  }
  if (watch() != nullptr && watch()->has_read_ && watch()->waits_for_octets()) {
    watch()->complete_reader({});
  }
}

void Readiness::link(Watch& watch) noexcept {
  watch.next_ = first_;
  watch.previous_ = nullptr;
  if (first_ != nullptr) first_->previous_ = &watch;
  first_ = &watch;
}

void Readiness::unlink(Watch& watch) noexcept {
  (watch.previous_ == nullptr ? first_ : watch.previous_->next_) = watch.next_;
  if (watch.next_ != nullptr) watch.next_->previous_ = watch.previous_;
  if (!is_telling_) return;
  for (std::size_t index = telling_; index < found_; ++index) {
    if (events_[index].data.ptr == &watch) events_[index].data.ptr = nullptr;
  }
}

Readiness::Watch::~Watch() {
  close();
  drop_waits();
}

ErrorCode Readiness::Watch::open(asio::io_context& context, int descriptor,
                                 std::weak_ptr<void> owner) {
  auto& readiness = asio::use_service<Readiness>(context);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = this;
  if (::epoll_ctl(readiness.epoll_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) != 0) {
    return system_error();
  }
  readiness_ = &readiness;
  owner_ = std::move(owner);
  descriptor_ = descriptor;
  readiness.link(*this);
  return {};
}

void Readiness::Watch::close() noexcept {
  if (descriptor_ < 0) return;
  // A copy of the descriptor elsewhere would keep the registration alive.
  static_cast<void>(
      ::epoll_ctl(readiness_->epoll_.native_handle(), EPOLL_CTL_DEL, descriptor_, nullptr));
  readiness_->unlink(*this);
  descriptor_ = -1;
  has_read_ = false;
}

void Readiness::Watch::end_waits() noexcept {
  if (is_ending_ || (!reader_ && !writer_)) return;
  is_ending_ = true;
  asio::post(readiness_->executor_, [this, alive = owner_.lock()] {
    const auto until_the_end = alive;
    is_ending_ = false;
    const ErrorCode aborted = asio::error::operation_aborted;
    if (writer_) complete(writer_, aborted);
    if (reader_) complete_reader(has_read_ ? ErrorCode() : aborted);
  });
}

void Readiness::Watch::note(std::uint32_t events) noexcept {
  if ((events & kEnded) != 0) has_ended_ = true;
  if ((events & (EPOLLIN | kEnded)) != 0) may_read_ = true;
}

// What is left, or comes later, is told by another edge or found by the next read; the
// peer's end and an error are found again and again.
Readiness::Watch::Reading Readiness::Watch::read(std::span<std::byte> into) noexcept {
  ssize_t count = 0;
  do {
    count = ::recv(descriptor_, into.data(), into.size(), 0);
  } while (count < 0 && errno == EINTR);
  const Reading reading =
      count < 0 ? Reading{system_error(), 0} : Reading{{}, static_cast<std::size_t>(count)};
  const bool found_all = count < 0 ? is_wait(reading.error) : reading.octets < into.size();
  may_read_ = !found_all || has_ended_;
  return reading;
}

void Readiness::Watch::read_ahead() noexcept {
  if (!may_read_ || !waits_for_octets()) return;
  reading_ = read(into_);
  has_read_ = !is_wait(reading_.error);
}

void Readiness::Watch::complete_reader(const ErrorCode& error) {
  has_read_ = false;
  complete(reader_, error);
}

void Readiness::Watch::complete(Waiter& waiter, const ErrorCode& error) {
  readiness_->end_wait();
  waiter.complete(error);
}

void Readiness::Watch::drop_waits() noexcept {
  has_read_ = false;
  for (Waiter* const waiter : {&reader_, &writer_}) {
    if (!*waiter) continue;
    readiness_->end_wait();
    waiter->drop();
  }
}

}  // namespace net
