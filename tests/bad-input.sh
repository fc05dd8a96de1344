#!/usr/bin/env bash
# Bad input and bad surroundings, one case after the other: the message, the exit code, and that nothing is lost or
# half written. Run by `cargo xtask ci bad-input`; FHIRKIT names the binary (default target/release/fhirkit).
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
fhirkit=${FHIRKIT:-$root/target/release/fhirkit}
work=$(mktemp -d)
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0
passed=0
export NO_COLOR=1

# check NAME WANTED_EXIT WANTED_TEXT: looks at the last run.
check() {
  local name=$1 code=$2 text=$3
  if [ "$last" != "$code" ]; then
    echo "FAILED $name: exit $last, wanted $code"; sed 's/^/    /' err | head -20; failed=$((failed + 1)); return
  fi
  if ! grep -qF -- "$text" err; then
    echo "FAILED $name: stderr does not say: $text"; sed 's/^/    /' err | head -20; failed=$((failed + 1)); return
  fi
  if grep -q 'panicked' err; then echo "FAILED $name: panic"; failed=$((failed + 1)); return; fi
  passed=$((passed + 1)); echo "ok     $name"
}
# run ARGS…: fhirkit export with the given arguments into out/.
run() { rm -rf out; timeout 120 "$fhirkit" export "$@" -o out >stdout 2>err; last=$?; }
yes_or() { if eval "$2"; then passed=$((passed + 1)); echo "ok     $1"; else echo "FAILED $1"; failed=$((failed + 1)); fi; }
rows() { cat out/"$1"/*.ndjson 2>/dev/null | wc -l; }
rejects() { cat out/_rejects.ndjson 2>/dev/null | wc -l; }
patient() { printf '{"resourceType":"Patient","id":"%s"}' "$1"; }

: >empty.json
run empty.json --format ndjson;                     check "an empty file" 3 "error[io/empty]"
yes_or "an empty file leaves no output" '[ ! -e out ]'

printf '<!DOCTYPE html><html><body>Sign in</body></html>' >page.json
run page.json --format ndjson;                      check "an HTML page" 3 'error[io/not-fhir]: page.json is HTML, not JSON (begins "<!DOCTYPE html'
grep -qF 'login page' err || { echo "FAILED the HTML page has no hint"; failed=$((failed + 1)); }

{ printf '{"resourceType":"Bundle","type":"collection","entry":['
  for i in $(seq 58); do printf '{"resource":%s},' "$(patient "p$i")"; done
  printf '{"resource":{"resourceType":"Patient","id":"cut","name":[{"fam'; } >truncated.json
run truncated.json --format ndjson;                 check "a truncated Bundle" 6 "error[io/truncated]"
grep -qF '58 complete entries were read; entry[58] breaks off at byte' err || { echo "FAILED the truncated Bundle has not the words"; failed=$((failed + 1)); }
yes_or "a truncated Bundle keeps its 58 entries" '[ "$(rows patient)" = 58 ] && [ "$(rejects)" = 1 ]'

{ for i in $(seq 500000); do echo '{"resourceType":"Basic","id":"b"}'; done; echo '{"resourceType":"Basic","id":'
  for i in $(seq 499999); do echo '{"resourceType":"Basic","id":"c"}'; done; } >million.ndjson
run million.ndjson --format ndjson;                 check "one bad line among a million" 1 "error[json/syntax]"
grep -qF 'million.ndjson:500001:' err || { echo "FAILED the bad line has not its place"; sed 's/^/    /' err; failed=$((failed + 1)); }
yes_or "one bad line loses nothing else" '[ "$(rows other_resource)" = 999999 ] && [ "$(rejects)" = 1 ]'
rm -f million.ndjson

{ patient a; echo; printf '{"resourceType":"Patient","id":"b\xff\xfe"}\n'; patient c; echo; } >utf8.ndjson
run utf8.ndjson --format ndjson;                    check "invalid UTF-8" 1 "UTF-8"
yes_or "invalid UTF-8 stands as base64 in the rejects" '[ "$(rows patient)" = 2 ] && grep -q base64 out/_rejects.ndjson'

{ patient a; echo; python3 -c 'print("{\"resourceType\":\"Basic\",\"x\":" + "["*10000 + "]"*10000 + "}")'; } >deep.ndjson
run deep.ndjson --format ndjson;                    check "nesting of 10,000" 1 "error[json/too-deep]"
yes_or "nesting rejects only its own line" '[ "$(rows patient)" = 1 ] && [ "$(rejects)" = 1 ]'

python3 -c 'import sys; sys.stdout.write("{\"resourceType\":\"Binary\",\"id\":\"big\",\"contentType\":\"x/y\",\"data\":\"" + "A"*100000000 + "\"}\n")' >string.ndjson
run string.ndjson --format ndjson;                  yes_or "a string of 100 MB is carried" '[ "$last" = 0 ] && [ "$(wc -c <out/other_resource/part-00000.ndjson)" -gt 100000000 ]'
run string.ndjson --format ndjson --max-entry 1MiB; check "an entry over --max-entry" 1 "error[io/too-large]"
yes_or "an entry over --max-entry has its place and length, not its bytes" 'grep -q "\"length\":1000000" out/_rejects.ndjson && [ "$(wc -c <out/_rejects.ndjson)" -lt 2000 ]'
rm -f string.ndjson

printf '{"resourceType":"Patient","id":"a","id":"b"}\n' >twice.ndjson; patient c >>twice.ndjson
run twice.ndjson --format ndjson;                   check "duplicate keys" 1 "error[json/duplicate-key]"
yes_or "duplicate keys reject only their own line" '[ "$(rows patient)" = 1 ] && [ "$(rejects)" = 1 ]'

printf '{"resourceType":"Bundel","entry":[]}' >bundel.json
run bundel.json --format ndjson;                    check "a wrong resourceType" 1 'error[structure/unknown-type]: "Bundel" is not an R4 resource type'
grep -qF 'did you mean "Bundle"?' err || { echo "FAILED the wrong resourceType has no hint"; failed=$((failed + 1)); }

mkdir nofhir; echo '{"a":1}' >nofhir/a.json; echo 'hello' >nofhir/b.txt
run nofhir --format ndjson;                         check "a folder without FHIR" 3 "held no FHIR"
run nosuch.json --format ndjson;                    check "a missing file" 3 "error[io/no-file]: nosuch.json"

if [ "$(id -u)" != 0 ]; then
  patient a >secret.json; chmod 000 secret.json
  run secret.json --format ndjson;                  check "an unreadable file" 3 "secret.json"
elif command -v setpriv >/dev/null; then
  patient a >secret.json; chmod 000 secret.json; chmod 777 .
  rm -rf out; setpriv --reuid 65534 --regid 65534 --clear-groups "$fhirkit" export secret.json -o out >stdout 2>err; last=$?
  check "an unreadable file" 3 "secret.json"
fi

patient a >good.json
run good.json --format ndjson
"$fhirkit" export good.json --format ndjson -o out >stdout 2>err; last=$?; check "an existing output" 5 "out"
grep -qF -- '--overwrite' err || { echo "FAILED the existing output has no hint"; failed=$((failed + 1)); }
mkdir mine; echo precious >mine/file
"$fhirkit" export good.json -o mine --overwrite >stdout 2>err; last=$?; check "--overwrite of a folder that is not ours" 5 "mine"
yes_or "a folder that is not ours stays" '[ "$(cat mine/file)" = precious ]'

for i in $(seq 20000); do printf '{"resourceType":"Basic","id":"%s"}\n' "$i$RANDOM$RANDOM$RANDOM"; done >many.ndjson
rm -rf out; (ulimit -f 64; "$fhirkit" export many.ndjson --format ndjson -o out >stdout 2>err); last=$?
check "a full disk" 5 "error[io/write]"
yes_or "a full disk leaves no output" '[ ! -e out ] && [ -z "$(find . -maxdepth 1 -name ".*out*")" ]'

rm -rf out; (ulimit -n 24; "$fhirkit" export many.ndjson --partition-by resource_id -o out >stdout 2>err); last=$?
check "too many open files" 5 "ulimit -n"
yes_or "too many open files leave no output" '[ ! -e out ] && [ -z "$(find . -maxdepth 1 -name ".*out*")" ]'

"$fhirkit" export many.ndjson -q --table other_resource --format csv -o - 2>err | head -1 >stdout
last=${PIPESTATUS[0]}; : >>err; echo "no message wanted" >>err; check "a closed pipe" 0 "no message wanted"
yes_or "a closed pipe is silent" '[ "$(wc -l <err)" = 1 ]'

for copy in $(seq 150); do cat many.ndjson; done >large.ndjson
for signal in INT KILL; do
  rm -rf out; "$fhirkit" export large.ndjson --format csv -o out >stdout 2>err & child=$!
  sleep 0.3; kill -$signal $child 2>/dev/null; wait $child; last=$?
  if [ $signal = INT ]; then
    check "SIGINT in the middle" 130 "interrupted"
    yes_or "SIGINT leaves nothing behind" '[ ! -e out ] && [ -z "$(find . -maxdepth 1 -name ".*out*")" ]'
  else
    yes_or "kill -9 leaves no finished-looking output" '[ "$last" = 137 ] && [ ! -e out ]'
    "$fhirkit" export good.json --format csv -o out >stdout 2>err; last=$?
    check "the next run names and removes what a killed one left" 0 "left"
    yes_or "nothing is left after it" '[ -e out/_manifest.json ] && [ -z "$(find . -maxdepth 1 -name ".*out*")" ]'
  fi
done

echo "test result: $([ $failed = 0 ] && echo ok || echo FAILED). $passed passed; $failed failed"
[ $failed = 0 ]
