#!/bin/sh
# SPDX-License-Identifier: MIT
# Writes down the public types and signatures of a shared library, nothing private and nothing of the machine it was
# built on: record.sh <library> <output>, from the top of the tree.
exec abidw --headers-dir include/mvo --drop-private-types --exported-interfaces-only --no-show-locs --no-corpus-path \
    --no-comp-dir-path --no-elf-needed --no-parameter-names --type-id-style hash --out-file "$2" "$1"
