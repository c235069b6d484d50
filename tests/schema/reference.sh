#!/bin/sh
# reference.sh RUNBOOK PAGE VERB: the page must be what the program prints.
if ! "$1" "$3" --reference | diff -u "$2" -; then
    echo "out of date; write it again: runbook $3 --reference >docs/$(basename "$2")" >&2
    exit 1
fi
