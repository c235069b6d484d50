#!/bin/sh
echo patched >run/patched
