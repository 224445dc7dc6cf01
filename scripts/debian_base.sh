#!/usr/bin/env bash
# Makes a bare Debian 12 once, for tests that install there what we ship.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'END'
Usage: scripts/debian_base.sh [--path]

Makes a folder with the base system of Debian 12 and nothing else (debootstrap's minbase, about
40 s and 300 MB), with the packages that ours depends on downloaded but not installed, so that
tests need no network. Prints where it is. Made already: prints that alone.

  --path   makes nothing; prints where it is, exit code 1 if it is not there

Its place is MLLP_DEBIAN_BASE, or mllp-server/debian-12 in XDG_CACHE_HOME (~/.cache). Tests
never write into it. Needs root, debootstrap and the network; packages come from where this
machine's apt gets them.
END
}

die() {
  printf 'debian_base: %s\n' "$1" >&2
  exit 1
}

BASE=${MLLP_DEBIAN_BASE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/mllp-server/debian-12}
COMPLETE=$BASE/.complete  # holds what was downloaded; the last thing that is written

# What the package and its tests want of Debian: scripts/packages.txt, section [run].
wanted() {
  awk '/^\[/ { inside = ($0 == "[run]"); next } { sub(/#.*/, "") } inside && NF' \
    scripts/packages.txt
}

is_complete() {
  [ -f "$COMPLETE" ] && [ "$(cat "$COMPLETE")" = "$(wanted)" ]
}

case "${1:-}" in
  --help) usage; exit 0 ;;
  --path) is_complete || exit 1; printf '%s\n' "$BASE"; exit 0 ;;
  '') ;;
  *) usage >&2; exit 2 ;;
esac
if is_complete; then
  printf '%s\n' "$BASE"
  exit 0
fi

[ "$(id -u)" -eq 0 ] || die 'root is needed'
command -v debootstrap >/dev/null || die 'debootstrap is missing (scripts/packages.txt, [test])'
sources=$(apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
  'Created-By: Packages' | awk '$3 ~ /^bookworm/ && !seen[$0]++')
mirror=$(awk '$3 == "bookworm" { print $2; exit }' <<<"$sources")
[ -n "$mirror" ] || die "this machine's apt has no source of Debian 12 (bookworm)"

mkdir -p "$(dirname "$BASE")"
work=$(mktemp -d "$BASE.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
chmod 755 "$work"
{
  debootstrap --variant=minbase bookworm "$work" "$mirror"
  cp /etc/resolv.conf "$work/etc/resolv.conf"
  printf '%s\n' "$sources" >"$work/etc/apt/sources.list"
  apt-config dump Acquire >"$work/etc/apt/apt.conf.d/90acquire"
  printf '#!/bin/sh\nexit 101\n' >"$work/usr/sbin/policy-rc.d"  # no service starts by itself
  chmod 755 "$work/usr/sbin/policy-rc.d"
  chroot "$work" apt-get -q update
  wanted | xargs chroot "$work" apt-get -q -y --no-install-recommends --download-only install
} >&2
wanted >"$work/.complete"
rm -rf --one-file-system "$BASE"
mv "$work" "$BASE"
trap - EXIT
printf '%s\n' "$BASE"
