#!/usr/bin/env bash
# From a fresh Debian 12 machine to a running server, in one command.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case "${1:-}" in
  --help)
    cat <<'END'
Usage: scripts/run.sh [ARGUMENT…]

Installs what is missing (root or sudo), builds the preset `release`, and starts
build/release/bin/mllp-server with the embedded store in ./data. Arguments go to
`mllp-server serve`. Settings come from the environment (LISTEN_ADDR, DATA_DIR,
CONFIG_FILE, …: `mllp-server config` prints them all). Ctrl-C stops the server:
it answers what it has read, then exits.

A second run installs and builds nothing. MLLP_SKIP_PACKAGES=1 and MLLP_SKIP_BUILD=1
leave out these steps altogether.
END
    exit 0
    ;;
esac

SERVER=build/release/bin/mllp-server

scripts/install_packages.sh build
scripts/build.sh release mllp-server
settings=$("$SERVER" config)  # what is wrong with them is told here

setting() {
  awk -v name="$1" '$1 == name { print $2; exit }' <<<"$settings"
}

address=$(setting 'listeners[0].address')
address=${address:-$(setting LISTEN_ADDR)}
case "$(setting STORE)" in
  memory) store='memory: not durable' ;;
  *) store=$(setting DATA_DIR) ;;
esac
cat <<END

MLLP Server listens on $address as soon as it says so below. Its store: $store
Send it a first message from another terminal in this folder:

    $SERVER send --to 127.0.0.1:${address##*:} docs/examples/admit.hl7

END
exec "$SERVER" serve "$@"
