#!/bin/bash
# SPDX-License-Identifier: MIT
# Installs the library the way a package is made (staged through DESTDIR, then put in place), builds programs against
# the installed copy through pkg-config and runs them, and uninstalls. Run from the top of the tree.
set -euo pipefail

cc=${CONSUMER_CC:-cc} cxx=${CONSUMER_CXX:-c++} PKG_CONFIG=${PKG_CONFIG:-pkg-config} MAKE=${MAKE:-make}
warnings="-Wall -Wextra -Wpedantic -Wconversion -Werror"
here=$(dirname "$0")
version=$(sed -n 's/^.define MVO_VERSION_\(MAJOR\|MINOR\|PATCH\) *//p' include/mvo/mvo.h | paste -sd .)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# install_as <name> <make variables>: sets prefix and points pkg-config at it
install_as() {
    prefix=$scratch/$1
    shift
    $MAKE -s install DESTDIR="$scratch/stage" PREFIX="$prefix" "$@" >/dev/null
    [ ! -e "$prefix" ] || { echo "install wrote outside of DESTDIR"; exit 1; }
    mv "$scratch/stage$prefix" "$prefix"
    export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib
    [ "$($PKG_CONFIG --modversion mvo)" = "$version" ] || { echo "mvo.pc does not say version $version"; exit 1; }
}

# build <label> <compiler and flags> <source> <libraries>
build() {
    local label=$1 compiler=$2 source=$3 libraries=$4
    # shellcheck disable=SC2046,SC2086  # flags are to be split
    $compiler $warnings $($PKG_CONFIG --cflags mvo) -o "$scratch/program" "$here/$source" $libraries
    "$scratch/program" >"$scratch/output" || { cat "$scratch/output"; echo "FAILED  $label"; exit 1; }
    echo "ok      $label"
}

install_as shared STATIC=0
[ ! -e "$prefix/lib/libmvo.a" ]
for standard in c99 c11; do
    build "$standard, shared" "$cc -std=$standard" consumer.c "$($PKG_CONFIG --libs mvo) -lm"
done
for standard in c++11 c++17; do
    build "$standard, shared" "$cxx -std=$standard" consumer.cpp "$($PKG_CONFIG --libs mvo)"
done
needed=$(readelf -d "$scratch/program" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p')
grep -qx 'libmvo\.so\.[0-9]*' <<<"$needed" || { echo "the program does not need libmvo by its SONAME"; exit 1; }
! grep -q 'lapack\|blas' <<<"$needed" || { echo "the program was made to link LAPACK itself"; exit 1; }
$MAKE -s uninstall PREFIX="$prefix" >/dev/null
[ -z "$(find "$prefix" ! -type d)" ] || { echo "uninstall left files:"; find "$prefix" ! -type d; exit 1; }
echo "ok      uninstall"

install_as static SHARED=0
[ -z "$(find "$prefix" -name '*.so*')" ]
for standard in c99 c11; do
    build "$standard, static" "$cc -std=$standard" consumer.c "$($PKG_CONFIG --static --libs mvo)"
done
for standard in c++11 c++17; do
    build "$standard, static" "$cxx -std=$standard" consumer.cpp "$($PKG_CONFIG --static --libs mvo)"
done
if [ -e "$($cc -print-file-name=libgfortran.a)" ]; then
    build "c11, nothing shared at all" "$cc -std=c11 -static" consumer.c "$($PKG_CONFIG --static --libs mvo)"
else
    echo "skipped: a program without any shared library (needs libgfortran.a)"
fi
