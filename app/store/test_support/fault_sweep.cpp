#include "store/test_support/fault_sweep.hpp"

#include <algorithm>
#include <cstdlib>

namespace store::test_support {
namespace {

std::optional<std::size_t> given(const std::string& name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody writes the environment here
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::strtoul(value, nullptr, 10);
}

}  // namespace

void disturb(SimulatedDisk& disk, const Disturbance& disturbance, std::size_t begin_count) {
  if (disturbance.fault) {
    Fault fault = *disturbance.fault;
    fault.step += begin_count;
    disk.plan(fault);
  }
  if (disturbance.failing_sync) disk.fail_next_sync_of(*disturbance.failing_sync);
  if (disturbance.cut_at) disk.plan_power_cut(*disturbance.cut_at + begin_count);
}

void end_life(SimulatedDisk& disk, const Disturbance& disturbance) {
  if (disturbance.survival) {
    disk.cut_power(*disturbance.survival, disturbance.seed);
  } else {
    disk.repair();
  }
}

Disturbance FaultMode::at(std::size_t step) const {
  Disturbance disturbance;
  disturbance.seed = static_cast<std::uint32_t>(step) * 31 + 1;
  if (kind) disturbance.fault = Fault{step, *kind, for_good};
  if (!kind) disturbance.cut_at = step;
  if (!kind || step % 2 == 0) disturbance.survival = survival;
  return disturbance;
}

FaultSteps::FaultSteps(const std::string& name, std::size_t usual_stride)
    : stride_(
          std::max<std::size_t>(given("MLLP_" + name + "_FAULT_STRIDE").value_or(usual_stride), 1)),
      from_(given("MLLP_" + name + "_FAULT_FROM")) {}

std::size_t FaultSteps::first(const FaultMode& mode) const noexcept {
  return from_.value_or((static_cast<std::size_t>(mode.survival) * 37 + 11) % stride_);
}

}  // namespace store::test_support
