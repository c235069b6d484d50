#!/bin/sh
# deploy.sh ENVIRONMENT VERSION deploy|health|monitor, deploy.sh ENVIRONMENT VERSION rollback FROM
set -e
echo "deploy.sh $*" >>run/asked
case $3 in
deploy) echo "$2" >run/version; docker-compose up -d ;;
rollback) [ "$(cat run/version)" = "$4" ]; echo "$2" >run/version; docker-compose up -d ;;
health | monitor) [ "$(cat run/state)" = up ]; ! grep -qw "$(cat run/version)" run/bad ;;
esac
