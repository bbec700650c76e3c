#!/bin/sh
# Starts Valkey with the password from its secret, which appears in no process list and no environment. It stores nothing on disk: only
# short-lived messages pass through it.
exec valkey-server - <<CONFIG
bind * -::*
protected-mode no
save ""
appendonly no
maxmemory 128mb
maxmemory-policy allkeys-lru
requirepass $(cat /run/secrets/valkey_password)
CONFIG
