#!/usr/bin/env bash
# Installs the Debian packages of scripts/packages.txt that are missing, and
# nothing when nothing is: that takes some milliseconds.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/.."

PACKAGES_FILE=scripts/packages.txt
SECTIONS=()
CHECK_ONLY=0

usage() {
  cat <<'END'
Usage: scripts/install_packages.sh [--check] SECTION…

  SECTION   build, test, package, develop: the sections of scripts/packages.txt
  --check   installs nothing; prints what is missing and exits 1 if anything is

Needs root or sudo when something is missing. No service of an installed package
is started. MLLP_SKIP_PACKAGES=1 leaves the machine alone: the build then says
itself what it lacks.
END
}

die() {
  printf 'install_packages: %s\n' "$1" >&2
  exit 1
}

# The packages of one section, one a line.
packages_of() {
  awk -v wanted="[$1]" '
    { sub(/#.*/, ""); gsub(/[ \t]/, "") }
    /^\[/ { inside = ($0 == wanted); found = found || inside; next }
    inside && NF { print }
    END { exit found ? 0 : 1 }' "$PACKAGES_FILE" ||
    die "$PACKAGES_FILE has no section [$1]"
}

# Those of the arguments that are not installed.
missing_of() {
  local installed
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
    awk '$1 == "installed" { print $2 }' | sort -u) || true
  comm -23 <(printf '%s\n' "$@" | sort -u) <(printf '%s\n' "$installed")
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Debian starts the services of what it installs, unless this file says no (101).
POLICY=/usr/sbin/policy-rc.d

forbid_services() {
  [ -e "$POLICY" ] && return 0
  trap 'as_root rm -f "$POLICY"' EXIT
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
  as_root chmod 755 "$POLICY"
}

# --no-remove: rather stop than take away what somebody else installed, such as
# another version of Boost.
install() {
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -y -q
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0)
  [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null || die "root or sudo is needed to install them"
  forbid_services
  as_root "${apt[@]}" update ||
    die "apt-get could not read its package lists (the network? /etc/apt/sources.list?)"
  as_root "${apt[@]}" install --no-install-recommends --no-remove "$@" ||
    die "apt-get could not install: $* (Debian 12 is expected; see the lines above)"
}

while [ $# -gt 0 ]; do
  case "$1" in
    --help) usage; exit 0 ;;
    --check) CHECK_ONLY=1 ;;
    -*) usage >&2; exit 2 ;;
    *) SECTIONS+=("$1") ;;
  esac
  shift
done
[ ${#SECTIONS[@]} -gt 0 ] || { usage >&2; exit 2; }
[ "${MLLP_SKIP_PACKAGES:-0}" != 1 ] || exit 0
command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
  die "no apt-get here: install what $PACKAGES_FILE names, then set MLLP_SKIP_PACKAGES=1"

WANTED=()
for section in "${SECTIONS[@]}"; do
  listed=$(packages_of "$section")
  mapfile -t -O ${#WANTED[@]} WANTED <<<"$listed"
done
mapfile -t MISSING < <(missing_of "${WANTED[@]}")
[ ${#MISSING[@]} -gt 0 ] || exit 0

printf 'Missing packages: %s\n' "${MISSING[*]}" >&2
[ "$CHECK_ONLY" -eq 0 ] || exit 1
install "${MISSING[@]}"
