#!/bin/sh
# Runs the official suite as the npm package @bufbuild/cel-spec holds it.
#
#   npm_suite.sh RUNNER FOLDER
#
# RUNNER is cel-conformance; FOLDER keeps the package between runs. Exit status 77 where the package
# cannot be had: no node, no npm, no registry.
set -eu

runner=$1
folder=$2
here=$(dirname "$0")
package=$folder/node_modules/@bufbuild/cel-spec/dist/esm/testdata/conformance.js

skip() {
  echo "skipped: $1"
  exit 77
}

command -v node >/dev/null || skip "no node"
mkdir -p "$folder"
if [ ! -f "$package" ]; then
  command -v npm >/dev/null || skip "no npm"
  timeout 120 npm install --prefix "$folder" --no-audit --no-fund --no-save --silent \
    @bufbuild/cel-spec@0.6.1 || skip "npm cannot install the package"
fi
rm -rf "$folder/suite"
node "$here/cel_spec_suite.mjs" "$package" "$folder/suite"
"$runner" "$folder/suite"
