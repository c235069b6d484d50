#!/bin/sh
# disaster_recovery.sh list, database NAME, full NAME, emergency
set -e
restore() {
    tar -xzf "backups/$1.tar.gz"
    mv run/pii_extraction.db data/pii_extraction.db
}
newest() { ls backups | sort -t_ -k2 | tail -n 1 | sed 's/\.tar\.gz//'; }
case $1 in
list) echo "Available backups:"; ls backups | sed 's/^/  /; s/\.tar\.gz//' ;;
database | full) restore "$2" ;;
emergency) restore "$(newest)"; docker-compose up -d ;;
esac
