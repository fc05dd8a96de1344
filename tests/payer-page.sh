#!/usr/bin/env bash
# The commands of the payer's developer page against the sandbox, letter for letter but for the host and what the reader
# fills in, each run by `sh -c` as a reader would paste it; the member signs in by curl between them, form by form.
# FHIRKIT names the binary (default target/release/fhirkit).
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
fhirkit=${FHIRKIT:-$root/target/release/fhirkit}
commands=$root/../shared/design/payer-page/commands.txt
if [ ! -f "$commands" ]; then
  echo "SKIPPED: the payer's page (../shared/design/payer-page/commands.txt) is absent; its commands were not run"
  exit 77
fi
work=$(mktemp -d)
sandbox=
trap '[ -z "$sandbox" ] || kill "$sandbox"; rm -rf "$work"' EXIT
cd "$work" || exit 1
# curl reads no configuration of whoever runs this, and asks no proxy for what is on this machine.
export HOME=$work no_proxy='*'
# What a shell makes of "$everything" is the point of one command: here it is nothing, as in any shell.
unset everything
passed=0
failed=0
check() {
  if eval "$2"; then passed=$((passed + 1)); echo "ok     $1"; else
    failed=$((failed + 1)); echo "FAILED $1"; sed 's/^/    /' reply err 2>/dev/null | head -20
  fi
}
json() { python3 -c 'import json, sys; value = json.load(open(sys.argv[1])); print(eval(sys.argv[2], {"value": value}))' "$1" "$2" 2>>err; }

"$fhirkit" sandbox --port 0 --json --members 1 >about 2>log & sandbox=$!
for _ in $(seq 200); do [ -s about ] && break; kill -0 $sandbox 2>/dev/null || break; sleep 0.05; done
if [ ! -s about ]; then echo "FAILED: the sandbox did not start"; cat log; sandbox=; exit 1; fi
origin=$(json about 'value["base_url"]')
secret=$(json about 'value["client_secret"]')
client=$(json about 'value["client_id"]')
member() { json about "value['members'][0]['$1']"; }

# The page's lines: one address and four commands.
mapfile -t lines < <(grep -v -e '^#' -e '^[[:space:]]*$' "$commands" |
  sed -e "s|https://oauthp2psb.bcbsnc.com|$origin|g" -e "s|https://apiservicessb-ext.bcbsnc.com|$origin|g")
check "the page has an address and four commands" '[ "${#lines[@]}" = 5 ]'

# 1. The address, in a browser; then the forms: the disclaimer, the member card, who it is, the consent.
browser() { curl -sS -b jar -c jar -o page -w '%{redirect_url}' "$@"; }
csrf() { sed -n 's/.*name="csrf" value="\([^"]*\)".*/\1/p' page; }
next=$(browser "${lines[0]}")
browser "$next" >/dev/null
check "the address leads to the disclaimer" 'grep -q "I Understand" page'
next=$(browser --data-urlencode "csrf=$(csrf)" -d decision=yes "$next")
browser "$next" >/dev/null
card=()
for field in subscriber_id member_code first_name last_name birth_date zip; do
  card+=(--data-urlencode "$field=$(member "$field")")
done
next=$(browser --data-urlencode "csrf=$(csrf)" "${card[@]}" "$next")
browser "$next" >/dev/null
check "the member card leads to who it is" 'grep -q "Personal Representative" page'
next=$(browser --data-urlencode "csrf=$(csrf)" -d who=self "$next")
browser "$next" >/dev/null
check "and that to the consent" 'grep -q "I Agree" page'
landing=$(browser --data-urlencode "csrf=$(csrf)" -d demographics=all -d decision=yes "$next")
check "which leads to the page's redirect URI, with a code and the state" \
  '[[ $landing == "https://oidcdebugger.com/debug?code="*"&state=test123" ]]'
code=${landing#*code=}; code=${code%%&*}

# 2. The code for a token. The content type is misspelt on the page, and stays so.
token_command=${lines[1]}
token_command=${token_command//'[Insert_Auth_Code]'/$code}
token_command=${token_command//'[Insert_Redirect_URL]'/https://oidcdebugger.com/debug}
token_command=${token_command//'[Insert_Client_Id]'/$client}
token_command=${token_command//'[Insert_Client_Secret]'/$secret}
check "the token command has the misspelt content type" '[[ $token_command == *application/x-www-formurlencoded* ]]'
sh -c "$token_command" >reply 2>err
check "it works as it stands" 'grep -q "HTTP/1.1 200" err && [ "$(json reply "sorted(value)")" = \
  "['\''access_token'\'', '\''expires_in'\'', '\''id_token'\'', '\''patient'\'', '\''scope'\'', '\''token_type'\'']" ]'
check "the reply is the page's: patient, scopes, seconds" '[ "$(json reply "(value[\"patient\"], sorted(value[\"scope\"].split()), value[\"token_type\"].lower(), value[\"expires_in\"])")" = \
  "('\''2657'\'', ['\''clinical'\'', '\''openid'\'', '\''profile'\'', '\''read'\''], '\''bearer'\'', 86399)" ]'
check "it is not to be stored" 'grep -qi "cache-control: no-store" err'
token=$(json reply 'value["access_token"]')
# A token that the page would not show either.
fill() { local line=$1; line=${line//YOUR TOKEN HERE/$token}; line=${line//AUTHORIZATION TOKEN/$token}; echo "${line//<FHIRPatientId>/2657}"; }
helpful='[ "$(json reply "(value[\"resourceType\"], value[\"issue\"][0][\"diagnostics\"])")" = "('\''OperationOutcome'\'', '\''\$everything is missing: put the URL in single quotes'\'')" ]'
record='[ "$(json reply "(value[\"resourceType\"], value[\"type\"], value[\"total\"] == len(value[\"entry\"]) > 30, value[\"entry\"][0][\"resource\"][\"id\"])")" = "('\''Bundle'\'', '\''searchset'\'', True, '\''2657'\'')" ]'

# 3. The record, without quotes. A shell takes $everything away here as well; the command prompt of Windows, for which
# it may have been written, does not, nor does a reader who knows shells.
unquoted=$(fill "${lines[2]}")
sh -c "$unquoted" >reply 2>err
check "the unquoted command, in a shell, is told what is missing" "$helpful"
sh -c "${unquoted/\$everything/\\\$everything}" >reply 2>err
check "with the dollar as it was meant it brings the record" "$record"

# 4. The same in double quotes, then in single quotes.
quoted=$(fill "${lines[3]}")
sh -c "$quoted -w '%{http_code}' -o reply" >status 2>err
check "in double quotes it is answered 404" '[ "$(cat status)" = 404 ]'
check "with what is missing" "$helpful"
single=$(sed "s|\"\(http[^\"]*\)\"|'\1'|" <<<"$quoted")
check "only the quotes of the URL are others" '[ "${single//\'"'"'/\"}" = "$quoted" ]'
sh -c "$single" >reply 2>err
check "in single quotes it brings the record" "$record"
for spelling in payer-topayer payer-to-payer; do
  sh -c "${single/payer-topayer/$spelling}" >reply 2>err
  check "the base spelt $spelling answers" "$record"
done

# 5. The user, under each of the page's three addresses.
user=$(fill "${lines[4]}")
for place in v1/connect/userinfo connect/userinfo fhir/sb/R4/payer-to-payer/UserInfo; do
  sh -c "${user/v1\/connect\/userinfo/$place}" >reply 2>err
  check "$place says who it is" '[ "$(json reply "(value[\"patient\"], value[\"family_name\"], \"prefered_username\" in value)")" = "('\''2657'\'', '\''BCNCLASTTHREE'\'', True)" ]'
done

# A code is good once: the second use ends what came of the first.
sh -c "$token_command" >reply 2>err
check "the same code again is refused" '[ "$(json reply "value[\"error\"]")" = invalid_grant ]'
sh -c "$single -w '%{http_code}' -o reply" >status 2>err
check "and its token is no longer good" '[ "$(cat status)" = 401 ]'
check "the sandbox's log holds neither code, token, secret nor member" \
  '[ -s log ] && ! grep -qF -e "$code" -e "$token" -e "$secret" -e "$(member subscriber_id)" -e "$(member last_name)" log'

echo "test result: $([ $failed = 0 ] && echo ok || echo FAILED). $passed passed; $failed failed"
[ $failed = 0 ]
