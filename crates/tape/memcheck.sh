#!/usr/bin/env bash
# The tape's unit and integration tests under valgrind memcheck: reads outside a buffer, bytes never written.
# `cargo xtask ci memcheck` runs it; CARGO_TARGET_DIR and PROPTEST_CASES (cases a property test, default 24) count.
#
# Passed over, because there is nothing in them for memcheck to see that small inputs do not show:
#   tests/allocations.rs   counts allocations with an allocator of its own; memcheck puts another in its place
#   the tests in SKIPPED   show over megabytes that time grows with length alone
# Valgrind knows no AVX-512, so the scanner takes AVX2 there; the AVX-512 one runs in the fuzz stage, under
# AddressSanitizer, where the machine has it.
set -euo pipefail
cd "$(dirname "$0")"
SKIPPED=(a_string_of_a_hundred_megabytes_is_one_node an_object_of_many_keys_is_searched_in_linear_time
    many_places_in_one_long_line_are_cheap)
command -v valgrind >/dev/null || { echo "memcheck.sh needs valgrind" >&2; exit 1; }

export PROPTEST_CASES="${PROPTEST_CASES:-24}"
# Optimised as in a release, so that the checked loops are the shipped ones, with lines for the reports.
export CARGO_PROFILE_RELEASE_DEBUG=line-tables-only CARGO_PROFILE_RELEASE_STRIP=none CARGO_PROFILE_RELEASE_LTO=off
checked=0
while read -r binary; do
    echo "memcheck: $(basename "$binary")"
    # Leaks are not looked for: nothing unsafe here owns memory, and the test harness leaks by itself.
    valgrind --quiet --error-exitcode=1 "$binary" --quiet "${SKIPPED[@]/#/--skip=}"
    checked=$((checked + 1))
done < <(cargo test --release --no-run --message-format=json --lib --test serde_json --test nasty |
    sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')
[ "$checked" -eq 3 ] || { echo "memcheck.sh: $checked test binaries of 3" >&2; exit 1; }
