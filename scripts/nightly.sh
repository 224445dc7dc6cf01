#!/usr/bin/env bash
# What takes a night: every test in every build, half an hour of each fuzz target, five
# minutes of mixed load and half an hour of it under the address sanitizer, fifty stops and
# twenty rolling restarts under load. Options as of test.sh come on top:
#   scripts/nightly.sh --jobs 4
set -euo pipefail
export MLLP_STOP_ROUNDS=50 MLLP_ROLLING_ROUNDS=10 MLLP_NIGHTLY=1
exec "$(dirname "${BASH_SOURCE[0]}")/test.sh" --all --soak 300 --soak-asan 1800 --fuzz 1800 "$@"
