#!/bin/sh
# See README.md, or --help.
exec python3 "$(dirname "$0")/encryption.py" "$@"
