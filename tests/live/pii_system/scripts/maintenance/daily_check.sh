#!/bin/sh
[ "$(cat run/state)" = up ]
