#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs cmocka programs one after the other: run.sh <build folder> <program>...
# One line for each that passes, everything it printed for one that does not, and last "N passed, N failed, N skipped"
# over all of them. A program that crashes, hangs (MVO_TEST_TIMEOUT seconds, 300 by default) or says nothing has failed.
set -u

build=$1
shift
seconds=${MVO_TEST_TIMEOUT:-300}
limit=""
command -v timeout >/dev/null 2>&1 && limit="timeout -k 10 $seconds"
passed=0 failed=0 skipped=0 programs=0

# The number in cmocka's closing line of that kind, summed over the groups of a program.
count() { awk -v kind="$1" 'index($0, "[  " kind) == 1 && match($0, /[0-9]+ test/) { n += substr($0, RSTART) + 0 } END { print n + 0 }' "$2"; }

for program in "$@"; do
    programs=$((programs + 1))
    name=${program#"$build"/tests/}
    log=$program.log
    begun=$(date +%s)
    $limit "$program" >"$log" 2>&1 </dev/null
    code=$?
    took=$(($(date +%s) - begun))
    p=$(count 'PASSED  ]' "$log") f=$(count 'FAILED  ]' "$log") s=$(count 'SKIPPED ]' "$log")
    # Death, or a failure outside any test, counts as one.
    [ "$code" -ne 0 ] && [ "$f" -eq 0 ] && f=1
    [ "$code" -eq 0 ] && [ $((p + f + s)) -eq 0 ] && code="no tests" && f=1
    if [ "$f" -ne 0 ]; then
        cat "$log"
        case $code in 124 | 137) code="stopped after $seconds seconds" ;; esac
        echo "FAILED  $name: $p passed, $f failed, $s skipped (exit: $code)"
    else
        echo "ok      $name: $p passed, $s skipped, $took s"
    fi
    [ "$s" -eq 0 ] || sed -n 's/^\[  SKIPPED \] \([A-Za-z_].*\)$/\1/p' "$log" | grep -v '^tests:' | sort -u | sed 's/^/          skipped: /'
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done

echo
echo "$programs programs"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$programs" -gt 0 ]
