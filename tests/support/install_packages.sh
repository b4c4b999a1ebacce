#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs those of the Debian packages named on the command line that are missing. Elsewhere it only names them.
set -eu

missing=""
if command -v dpkg-query >/dev/null 2>&1; then
    for package in "$@"; do
        status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
        [ "$status" = installed ] || missing="$missing $package"
    done
else
    echo "This is not Debian or Ubuntu; please install what these packages hold: $*"
    exit 0
fi

if [ -z "$missing" ]; then
    echo "All packages are installed already: $*"
    exit 0
fi

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "Missing packages:$missing. Neither root nor sudo is at hand, please install them." >&2
        exit 1
    fi
    as_root=sudo
fi

echo "Installing:$missing"
$as_root apt-get -q update </dev/null
# shellcheck disable=SC2086  # a list of packages, to be split
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $missing </dev/null
