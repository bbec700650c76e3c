#!/bin/sh
# Valkey with the password of its secret, which shows in no process list and no environment. It keeps nothing on disk: what passes
# through are messages of the moment.
exec valkey-server - <<CONFIG
bind * -::*
protected-mode no
save ""
appendonly no
maxmemory 128mb
maxmemory-policy allkeys-lru
requirepass $(cat /run/secrets/valkey_password)
CONFIG
