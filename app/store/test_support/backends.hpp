// store/test_support/backends.hpp: every outbox there is, ready to be tested.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/clock.hpp"
#include "store/outbox.hpp"

namespace store::test_support {

enum class BackendKind : std::uint8_t { kMemory, kSqlite, kSealed };

inline constexpr std::array kBackends = {BackendKind::kMemory, BackendKind::kSqlite,
                                         BackendKind::kSealed};

[[nodiscard]] std::string_view to_string(BackendKind kind) noexcept;

class Backend {
 public:
  virtual ~Backend() = default;

  virtual Outbox& outbox() = 0;

  // Makes appends fail with kFull, or lets them through again.
  virtual void set_full(bool full) = 0;
};

[[nodiscard]] std::unique_ptr<Backend> make_backend(BackendKind kind, const base::Clock& clock);

}  // namespace store::test_support
