#!/usr/bin/env bash
# parse.sh FILE.ndjson [ROUNDS]: the tape beside its peers, and beside the prototype where ../shared is given.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
file=$(realpath "$1"); shift
if [ -d "$here/../../../shared/prototypes/parse" ]; then cd "$here/prototype"; else
  echo "without the prototype: ../shared/prototypes/parse is missing" >&2; cd "$here"; fi
cargo run --quiet --release --bin parse -- "$file" "$@"
