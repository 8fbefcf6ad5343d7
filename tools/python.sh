#!/bin/sh
# Print the first Python on this machine that can make Tianqu's virtual environment: 3.11 or later, with ensurepip.
# TIANQU_PYTHON names one outright.
for candidate in ${TIANQU_PYTHON:-} python3.11 python3.12 python3.13 python3.14 python3; do
    if "$candidate" -c 'import sys, ensurepip, ssl; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        command -v "$candidate"
        exit 0
    fi
done
echo "Tianqu needs Python 3.11 or later with venv (Debian: apt install python3 python3-venv), and found none." >&2
echo "Name one with: make TIANQU_PYTHON=/path/to/python3.11 $*" >&2
exit 1
