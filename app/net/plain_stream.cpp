#include "net/plain_stream.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <utility>

// g++ 12 pairs the allocation inside of Asio's coroutine frames with the wrong release
// when it inlines only one of the two, as it does under sanitizers.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace net {
namespace {

// A peer that sends without a pause lets the others of its loop have a turn.
constexpr unsigned kReadsInARowMax = 8;

ErrorCode system_error() noexcept { return {errno, boost::system::system_category()}; }

bool is_wait(const ErrorCode& error) noexcept {
  return error == asio::error::would_block || error == asio::error::try_again;
}

// How many octets went, or came; an error where none did.
template <class Call>
std::pair<ErrorCode, std::size_t> transfer(Call call) noexcept {
  ssize_t count = 0;
  do {
    count = call();
  } while (count < 0 && errno == EINTR);
  if (count < 0) return {system_error(), 0};
  return {{}, static_cast<std::size_t>(count)};
}

}  // namespace

std::shared_ptr<PlainStream> PlainStream::make(Socket socket) {
  asio::io_context& context = socket.get_executor().context();
  std::shared_ptr<PlainStream> made(new PlainStream(context));
  ErrorCode error;
  made->descriptor_ = socket.release(error);
  if (!error) error = made->watch_.open(context, made->descriptor_, made);
  if (error) made->close();
  return made;
}

PlainStream::~PlainStream() { release(); }

Awaitable<std::tuple<ErrorCode, std::size_t>> PlainStream::read_some(std::span<std::byte> into) {
  auto wait = [this, into](auto handler) { watch_.await_octets(into, std::move(handler)); };
  auto token = kAwait;
  if (++reads_in_a_row_ > kReadsInARowMax) {
    reads_in_a_row_ = 0;
    static_cast<void>(co_await asio::post(context_.get_executor(), token));
  }
  for (;;) {
    Readiness::Watch::Reading reading{asio::error::would_block, 0};
    if (is_open() && watch_.may_read()) {
      reading = watch_.read(into);
    } else if (is_open()) {
      reads_in_a_row_ = 0;
      const auto [error] =
          co_await asio::async_initiate<decltype(token), void(ErrorCode)>(wait, token);
      if (error) co_return std::tuple(error, std::size_t{0});
      reading = watch_.take_reading();
    }
    if (!is_open()) co_return std::tuple(ErrorCode(asio::error::bad_descriptor), std::size_t{0});
    if (is_wait(reading.error)) continue;
    if (!reading.error && reading.octets == 0 && !into.empty()) {
      co_return std::tuple(ErrorCode(asio::error::eof), std::size_t{0});
    }
    co_return std::tuple(reading.error, reading.octets);
  }
}

std::size_t PlainStream::write_now(base::ByteView octets) noexcept {
  if (!is_open()) return 0;
  return transfer([&] { return ::send(descriptor_, octets.data(), octets.size(), MSG_NOSIGNAL); })
      .second;
}

void PlainStream::write(base::ByteView octets, WriteHandler done) {
  rest_ = octets;
  written_bytes_ = 0;
  go_on_writing({}, std::move(done));
}

// The handler travels with the wait: where that is dropped, so is what the handler holds.
void PlainStream::go_on_writing(const ErrorCode& error, WriteHandler done) {
  if (error) return finish_write(error, std::move(done));
  while (!rest_.empty()) {
    if (!is_open()) return finish_write(asio::error::bad_descriptor, std::move(done));
    const auto [failure, count] =
        transfer([&] { return ::send(descriptor_, rest_.data(), rest_.size(), MSG_NOSIGNAL); });
    if (is_wait(failure)) {
      return watch_.await_room(
          [self = shared_from_this(), done = std::move(done)](const ErrorCode& ended) mutable {
            self->go_on_writing(ended, std::move(done));
          });
    }
    if (failure) return finish_write(failure, std::move(done));
    rest_ = rest_.subspan(count);
    written_bytes_ += count;
  }
  finish_write({}, std::move(done));
}

// Behind the caller, as every handler of Asio is.
void PlainStream::finish_write(const ErrorCode& error, WriteHandler done) {
  asio::post(context_.get_executor(),
             [done = std::move(done), error, octets = written_bytes_] { done(error, octets); });
}

void PlainStream::shutdown_send() noexcept {
  if (is_open()) static_cast<void>(::shutdown(descriptor_, SHUT_WR));
}

void PlainStream::cancel() noexcept { watch_.end_waits(); }

void PlainStream::close() noexcept {
  if (!is_open()) return;
  watch_.end_waits();
  release();
}

void PlainStream::release() noexcept {
  if (!is_open()) return;
  watch_.close();
  static_cast<void>(::close(std::exchange(descriptor_, -1)));
}

}  // namespace net
