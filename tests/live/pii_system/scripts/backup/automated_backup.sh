#!/bin/sh
# automated_backup.sh full|database DAYS [BUCKET]
set -e
while name=$1_$(date -u +%Y%m%d_%H%M%S) && [ -e "backups/$name.tar.gz" ]; do sleep 0.1; done
mkdir -p backups
sqlite3 data/pii_extraction.db ".backup run/pii_extraction.db"
case $1 in
full) tar -czf "backups/$name.tar.gz" .env.* poetry.lock data/raw run/version run/pii_extraction.db ;;
database) tar -czf "backups/$name.tar.gz" run/pii_extraction.db ;;
esac
find backups -name "$1_*" -mtime "+$2" -delete
[ -z "$3" ] || aws --endpoint-url "$S3_URL" s3 cp --only-show-errors "backups/$name.tar.gz" "s3://$3/backups/$name.tar.gz"
