#!/bin/bash
# SPDX-License-Identifier: MIT
# Holds the built library against its contract: check.sh <folder of the libraries>, from the top of the tree.
# One line a check; the exit status says whether all hold.
set -uo pipefail
export LC_ALL=C

out=${1:-lib}
header=include/mvo/mvo.h
library=$out/libmvo.so
archive=$out/libmvo.a
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# verdict <what> <file with what contradicts it>
verdict() {
    if [ -s "$2" ]; then
        echo "FAILED  $1:"
        head -n 12 "$2" | sed 's/^/            /'
        [ "$(wc -l <"$2")" -le 12 ] || echo "            ... $(wc -l <"$2") lines in all"
        failed=1
    else
        echo "ok      $1"
    fi
}

# same <what> <file> <name of it> <file> <name of it>
same() {
    { comm -23 "$2" "$4" | sed "s|\$|  is in $3, not in $5|"; comm -13 "$2" "$4" | sed "s|\$|  is in $5, not in $3|"; } >"$work/verdict"
    verdict "$1" "$work/verdict"
}

# ---- names: the header's functions are the map's, the list's and the library's

tr '\n' ' ' <"$header" | grep -oE 'MVO_API [^;]*;' | grep -oE 'mvo_[a-z0-9_]+ *\(' | tr -d ' (' | sort -u >"$work/header"
sed -n 's/^ *\(mvo_[a-z0-9_]*\);$/\1/p' lib/libmvo.map | sort >"$work/map"
sort lib/libmvo.symbols >"$work/list"
nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort >"$work/exported"
nm -D --defined-only "$library" | awk '$2 != "A" && $2 != "T" { print $3 "  is not a function (" $2 ")" }' >"$work/data"
[ -s "$work/header" ] || { echo "FAILED  no function found in $header"; exit 1; }

same "the version script names the functions of the header" "$work/header" mvo.h "$work/map" libmvo.map
same "the list of symbols names the functions of the header" "$work/header" mvo.h "$work/list" libmvo.symbols
same "the shared library exports what the list says" "$work/list" libmvo.symbols "$work/exported" libmvo.so
verdict "no data is exported" "$work/data"

nm -g --defined-only "$archive" | awk 'NF == 3 && $3 !~ /^mvoi?_/ { print $3 "  is neither mvo_ nor mvoi_" }' >"$work/verdict"
verdict "the archive defines no foreign names" "$work/verdict"

# ---- state and imports

# Constant tables of pointers stand in .data.rel.ro, which is read-only once loaded.
objdump -t "$archive" | awk '{ for (i = 2; i < NF; i++)
    if ($i ~ /^(\.t?data|\.t?bss|\*COM\*)/ && $i !~ /^\.data\.rel\.ro/ && $(i + 1) !~ /^0*$/) { print $NF " in " $i; break } }' >"$work/verdict"
verdict "no writable data: the library has no global state" "$work/verdict"

nm -D --undefined-only "$library" | awk '{ sub(/@.*/, "", $NF); print $NF }' | sort -u |
    while read -r name; do
        allowed=no
        while read -r pattern; do
            # shellcheck disable=SC2053  # the right side is a pattern
            [[ $pattern != \#* && $name == $pattern ]] && allowed=yes && break
        done <tests/abi/imports
        [ $allowed = yes ] || echo "$name"
    done >"$work/verdict"
verdict "nothing is imported that tests/abi/imports does not allow" "$work/verdict"

readelf -d "$library" | grep -q "SONAME.*\[libmvo\.so\.$(sed -n 's/^.define MVO_VERSION_MAJOR *//p' $header)\]" ||
    echo "no SONAME" >"$work/soname"
verdict "the SONAME is libmvo.so.<major>" <(cat "$work/soname" 2>/dev/null)

# ---- every function is documented, and named in a test

awk '/^MVO_API/ && previous !~ /\*\/$/ { print FILENAME ":" FNR ": " $0 } { previous = $0 }' "$header" >"$work/verdict"
verdict "every function has its comment" "$work/verdict"
while read -r name; do
    grep -rqw --include='*.c' --include='*.h' "$name" tests || echo "$name"
done <"$work/header" >"$work/verdict"
verdict "every function is called in a test" "$work/verdict"

# ---- the floors: a folder of src/ includes nothing of a folder above it

for source in src/*/*.[ch]; do
    room=$(basename "$(dirname "$source")")
    case $room in
        core) below="core" ;;
        linalg) below="linalg core" ;;
        constraints | covariance) below="$room core linalg" ;;
        qp | estimate | returns) below="$room constraints covariance core linalg" ;;
        portfolio | tail | desk) below="$room qp estimate returns constraints covariance core linalg" ;;
        *) below="" ;;
    esac
    sed -n 's/^ *# *include *"\([a-z]*\)\/.*/\1/p' "$source" | while read -r used; do
        [[ " $below " == *" $used "* ]] || echo "$source includes from $used/"
    done
done >"$work/verdict"
verdict "no folder of src/ reaches upward" "$work/verdict"

# ---- types and signatures, against the recorded ones

if ! command -v abidiff >/dev/null; then
    echo "skipped: abidiff is not installed (make ci-deps)"
elif [ ! -e lib/abi/libmvo.abi ]; then
    echo "FAILED  no baseline lib/abi/libmvo.abi (make abi-baseline)"
    failed=1
else
    # The exit status cannot tell an added symbol from a broken one, so additions are left out of it.
    tests/abi/record.sh "$library" "$work/now.abi" >"$work/abidiff" 2>&1 &&
        abidiff --no-added-syms lib/abi/libmvo.abi "$work/now.abi" >>"$work/abidiff" 2>&1 && : >"$work/abidiff"
    verdict "types and signatures are those of lib/abi/libmvo.abi" "$work/abidiff"
fi
exit $failed
