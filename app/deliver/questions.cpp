#include "deliver/questions.hpp"

#include <string_view>
#include <utility>

namespace deliver {

bool Question::conclude(std::optional<std::string> answer) {
  if (!is_open_.exchange(false)) return false;
  told_(std::move(answer));
  return true;
}

std::size_t Questions::Hash::operator()(const base::Uuid& id) const noexcept {
  const std::string_view octets(reinterpret_cast<const char*>(id.octets.data()), id.octets.size());
  return std::hash<std::string_view>()(octets);
}

void Questions::post(const base::Uuid& message, std::shared_ptr<Question> question) {
  const base::Lock lock(mutex_);
  open_.insert_or_assign(message, std::move(question));
}

std::shared_ptr<Question> Questions::take(const base::Uuid& message) {
  const base::Lock lock(mutex_);
  const auto found = open_.find(message);
  if (found == open_.end()) return nullptr;
  auto question = std::move(found->second);
  open_.erase(found);
  return question;
}

std::size_t Questions::size() const {
  const base::Lock lock(mutex_);
  return open_.size();
}

}  // namespace deliver
