# A PostgreSQL cluster for one run of the tests, in its own folder and removed afterwards. Sourced by scripts/test
# and scripts/bench-pages.

# Runs a command as the owner of the cluster: PostgreSQL refuses to run as root.
as_postgres() {
  if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

# Starts the cluster, once, on postgres_port or a random one, and sets postgres_url.
start_postgres() {
  [ -n "${postgres_url:-}" ] && return
  need_postgres || return 1
  local bin data=$work/postgres port attempt
  bin=$(postgres_bin)
  mkdir "$data" || return 1
  if [ "$(id -u)" -eq 0 ]; then chown postgres "$data"; fi
  (cd "$data" && as_postgres "$bin/initdb" -D "$data/cluster" -U postgres -A trust -E UTF8 --locale=C -N) >"$work/initdb.log" 2>&1 ||
    { cat "$work/initdb.log" >&2; return 1; }
  for attempt in 1 2 3 4 5; do
    port=${postgres_port:-$((20000 + RANDOM % 10000))}
    # Durability is off: the cluster lives as long as this run.
    if (cd "$data" && as_postgres "$bin/pg_ctl" -s -w -D "$data/cluster" -l "$data/log" start -o "-p $port -k $data \
      -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=400"); then
      postgres_url=postgres://postgres@127.0.0.1:$port/postgres
      echo "PostgreSQL $("$bin/postgres" --version | grep -o '[0-9.]*' | head -n 1) is running for the tests"
      return
    fi
  done
  cat "$data/log" >&2
  return 1
}

stop_postgres() {
  [ -n "${postgres_url:-}" ] || return 0
  (cd / && as_postgres "$(postgres_bin)/pg_ctl" -s -m immediate -D "$work/postgres/cluster" stop)
  postgres_url=
}
