#!/usr/bin/env bash
# The tests of the network, one after the other, over one folder of logs, which the last of them searches for secrets.
# Run by `cargo xtask ci network`; FHIRKIT names the binary (default target/release/fhirkit). Needs node, npm, chromium
# and python3. With an argument, the screenshots of the browser go to that folder.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export FHIRKIT=${FHIRKIT:-$here/../../target/release/fhirkit}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export FHIRKIT_NETWORK_LOGS=$work/logs PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1
failed=()
# part COMMAND…: runs a script, and says how long it took.
part() {
  local begun=$SECONDS
  echo "--- ${*: -1}"
  "$@" || failed+=("${*: -1}")
  echo "    $((SECONDS - begun)) s"
}
browser() { node "$here/browser.mjs" "${screenshots:-$work/screenshots}"; }
screenshots=${1:-}
if ! command -v chromium >/dev/null; then
  echo "FAILED: chromium is not installed; the browser's walk was not made"; failed+=(browser)
elif ! npm ci --prefix "$here" --silent --no-audit --no-fund; then
  echo "FAILED: npm ci"; failed+=(npm)
else
  part browser
fi
part python3 "$here/kill.py"
part python3 "$here/faults.py"
part python3 "$here/leaks.py"
echo "test result: $([ ${#failed[@]} = 0 ] && echo ok || echo FAILED). failed: ${failed[*]:-none}"
[ ${#failed[@]} = 0 ]
