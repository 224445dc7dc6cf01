// store/test_support/fault_sweep.hpp: lives of a store that are disturbed at one step each.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "store/test_support/simulated_disk.hpp"

namespace store::test_support {

// What happens in a life, and behind it.
struct Disturbance {
  std::optional<Fault> fault;
  std::optional<std::uint64_t> cut_at;
  std::optional<std::string> failing_sync;  // of what path, by its end
  std::optional<Survival> survival;         // none: the process alone ends
  std::uint32_t seed = 1;
};

// Steps count from `begin_count`: faults come only when all is there that may be lost.
void disturb(SimulatedDisk& disk, const Disturbance& disturbance, std::size_t begin_count);

// The power goes, where it is to; else the disk alone is sound again.
void end_life(SimulatedDisk& disk, const Disturbance& disturbance);

struct FaultMode {
  const char* name;
  std::optional<FaultKind> kind;  // none: the power is cut
  bool for_good;
  Survival survival;

  [[nodiscard]] Disturbance at(std::size_t step) const;
};

inline constexpr std::array kFaultModes = {
    FaultMode{"io_error_once", FaultKind::kIoError, false, Survival::kHalf},
    FaultMode{"full_for_good", FaultKind::kFull, true, Survival::kSome},
    FaultMode{"torn_once", FaultKind::kTorn, false, Survival::kHalf},
    FaultMode{"sync_error_once", FaultKind::kSyncError, false, Survival::kHalf},
    FaultMode{"cut_nothing_survives", std::nullopt, false, Survival::kNothing},
    FaultMode{"cut_everything_survives", std::nullopt, false, Survival::kEverything},
    FaultMode{"cut_half_survives", std::nullopt, false, Survival::kHalf},
};

// Which steps are disturbed, in each mode others. Every one takes many minutes, so CI takes
// every `usual_stride`; MLLP_<name>_FAULT_STRIDE says otherwise, and MLLP_<name>_FAULT_FROM
// where to begin, to look again at what was found.
class FaultSteps {
 public:
  FaultSteps(const std::string& name, std::size_t usual_stride);

  [[nodiscard]] std::size_t first(const FaultMode& mode) const noexcept;

  [[nodiscard]] std::size_t stride() const noexcept { return stride_; }

 private:
  std::size_t stride_;
  std::optional<std::size_t> from_;
};

}  // namespace store::test_support
