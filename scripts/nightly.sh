#!/usr/bin/env bash
# What takes a night: every test in every build, what we ship in a bare Debian 12, half an
# hour of each fuzz target, five minutes of mixed load and half an hour of it under the address
# sanitizer, fifty stops and twenty rolling restarts under load. Options as of test.sh come on
# top: scripts/nightly.sh --jobs 4
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$here/install_packages.sh" build test package
"$here/debian_base.sh" >/dev/null
export MLLP_STOP_ROUNDS=50 MLLP_ROLLING_ROUNDS=10 MLLP_DEDUP_MESSAGES=10000 MLLP_NIGHTLY=1
export MLLP_ARCHIVE_FAULT_STRIDE=7 MLLP_RETENTION_FAULT_STRIDE=7 MLLP_REKEY_FAULT_STRIDE=7
exec "$here/test.sh" --all --soak 300 --soak-asan 1800 --fuzz 1800 "$@"
