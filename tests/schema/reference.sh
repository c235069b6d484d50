#!/bin/sh
# reference.sh RUNBOOK docs/reference.md: the page must be what the program prints.
if ! "$1" schema --reference | diff -u "$2" -; then
    echo "out of date; write it again: runbook schema --reference >docs/reference.md" >&2
    exit 1
fi
