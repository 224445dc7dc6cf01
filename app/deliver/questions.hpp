// deliver/questions.hpp: senders that wait for the answer of a downstream system.
//
//   session: post() ─► append ─► committed ─► waits ─────────────► told, once
//                                                │                    ▲
//                                                └─ withdraw()        │
//   lane:                     claim ─► take() ─► ask the target ─► conclude()
//
// In memory only: an entry that is claimed and has no question here, because the
// process has begun anew or its sender has gone, is never delivered.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "base/uuid.hpp"

namespace deliver {

// One message whose sender waits. Thread-safe.
class Question {
 public:
  // The target's answer as it came; none: there will be none.
  using Told = std::function<void(std::optional<std::string> answer)>;

  // `told` is called at most once, on a lane's thread: hand it on, do no work there.
  Question(base::SteadyTime due, Told told) : due_(due), told_(std::move(told)) {}

  // When the sender has waited long enough.
  [[nodiscard]] base::SteadyTime due() const noexcept { return due_; }

  [[nodiscard]] bool is_open() const noexcept { return is_open_.load(); }

  // The lane's word. True: the sender still waited, and is told.
  [[nodiscard]] bool conclude(std::optional<std::string> answer);

  // The session's: it waits no more. False: it is being told.
  [[nodiscard]] bool withdraw() noexcept { return is_open_.exchange(false); }

 private:
  const base::SteadyTime due_;
  const Told told_;
  std::atomic<bool> is_open_{true};
};

// All of them, by the id of the message. Thread-safe.
class Questions {
 public:
  // REQUIRES: called before the message is appended, else its lane finds nobody.
  void post(const base::Uuid& message, std::shared_ptr<Question> question);

  // Null where nobody waits, or it was taken already.
  [[nodiscard]] std::shared_ptr<Question> take(const base::Uuid& message);

  // Whoever posted it waits no more.
  void forget(const base::Uuid& message) { static_cast<void>(take(message)); }

  [[nodiscard]] std::size_t size() const;

 private:
  struct Hash {
    std::size_t operator()(const base::Uuid& id) const noexcept;
  };

  mutable base::Mutex mutex_;
  std::unordered_map<base::Uuid, std::shared_ptr<Question>, Hash> open_ GUARDED_BY(mutex_);
};

}  // namespace deliver
