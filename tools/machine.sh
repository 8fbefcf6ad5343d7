#!/bin/sh
# Install the Debian packages that the tests use beside Python and Node.js. Does nothing when all of them are present,
# and only says what is missing when it is not root.
set -eu

missing=""
need() { # need COMMAND_OR_FILE PACKAGE
    command -v "$1" >/dev/null 2>&1 || [ -e "$1" ] || missing="$missing $2"
}

need git git
need make make
need npm npm
need chromium chromium
need hledger hledger
need java default-jre-headless
need /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc fonts-noto-cjk
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
"$(dirname "$0")/python.sh" >/dev/null 2>&1 || missing="$missing python3 python3-venv"

[ -z "$missing" ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "Not on this machine, and needed by some tests:$missing" >&2
    exit 0
fi
echo "Installing:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -qq -y --no-install-recommends $missing >/dev/null
