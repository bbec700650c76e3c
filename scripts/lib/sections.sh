# The sections of scripts/test. Each is a function section_NAME whose exit status says whether it passed.

# Runs one section, shows what it prints, and counts. A section that runs no tests of its own counts as one.
run_section() {
  local name=$1 log=$work/$1.log started=$SECONDS status counts good bad word copier flaky
  printf '\n════ %s ════\n' "$name"
  # Not in a pipeline: what a section sets (the running database) is kept for the next.
  exec 3>&1 4>&2 > >(tee "$log") 2>&1
  copier=$!
  "section_$name"
  status=$?
  exec 1>&3 2>&4 3>&- 4>&-
  wait $copier
  counts=$(count_tests <"$log")
  good=${counts% *} bad=${counts#* }
  if [ $((good + bad)) -eq 0 ]; then
    if [ $status -eq 0 ]; then good=1; else bad=1; fi
  elif [ $status -ne 0 ] && [ "$bad" -eq 0 ]; then
    bad=1
  fi
  passed=$((passed + good)) failed=$((failed + bad))
  if [ "$bad" -eq 0 ]; then word='ok    '; else word='FAILED'; fi
  summary+=("$(printf '%s  %-10s %6d passed %4d failed %5d s' "$word" "$name" "$good" "$bad" $((SECONDS - started)))")
  while read -r flaky; do summary+=("FLAKY   $flaky passed only on its second try"); done < <(what_was_flaky <"$log")
  if [ "$bad" -ne 0 ] || [ -n "$(what_was_flaky <"$log")" ]; then failures+=("$(printf '%s:\n' "$name" && what_failed <"$log")"); fi
}

# Adds up the closing lines of cargo test, node --test and Playwright.
count_tests() {
  sed 's/\x1b\[[0-9;]*m//g' | awk '
    /^test result: / { for (i = 1; i < NF; i++) { if ($(i+1) == "passed;") good += $i; if ($(i+1) == "failed;") bad += $i } }
    /^(#|ℹ) pass [0-9]+$/ { good += $3 }
    /^(#|ℹ) fail [0-9]+$/ { bad += $3 }
    /^  [0-9]+ (passed|flaky)( |$)/ { good += $1 }
    /^  [0-9]+ (failed|interrupted|did not run)/ { bad += $1 }
    END { print good + 0, bad + 0 }'
}

# Tests that Playwright had to run twice, so that nobody takes them for sound.
what_was_flaky() {
  sed 's/\x1b\[[0-9;]*m//g' | awk '
    /^  [0-9]+ flaky/ { listed = 1; next }
    /^  [^ ]/ { listed = 0 }
    listed && NF { sub(/^ +/, ""); sub(/ ─*$/, ""); print }'
}

# The tests that failed, and the first words of why, from what cargo test, node --test and Playwright print.
what_failed() {
  sed 's/\x1b\[[0-9;]*m//g' | awk '
    /^failures:$/ { listed = 1; next }
    /^test result: / { listed = 0 }
    listed && /^    [A-Za-z0-9_:]+$/ { print "  test " $1 }
    /^ *✖ / || /^  +[0-9]+\) \[/ || /^(error|warning)[:[]/ { print "  " $0 }
    /panicked at|^ *(Assertion)?Error:/ { follow = 6 }
    follow > 0 { print "      " $0; follow-- }
  ' | head -n 80
}

# Says what was not checked, so that nobody overlooks it.
skip_loudly() {
  skipped=$((skipped + 1))
  printf '\n!!!! SKIPPED: %s\n\n' "$1"
  summary+=("SKIP    $1")
}

section_fmt() {
  cargo fmt --check
}

section_prettier() {
  need_node_modules && node_modules/.bin/prettier --check .
}

section_clippy() {
  need_make && cargo clippy --quiet --locked --features jemalloc --all-targets -- -D warnings
}

section_deny() {
  need_deny || return 1
  local status=0
  cargo deny --locked check licenses bans sources || status=1
  if cargo deny --locked fetch db >"$work/advisories.log" 2>&1; then
    cargo deny --locked check --disable-fetch advisories || status=1
  else
    skip_loudly "known vulnerabilities of the dependencies: could not fetch the advisory database ($(grep -i '^fatal' "$work/advisories.log" | head -n 1))"
  fi
  return $status
}

section_sqlite() {
  need_valkey || skip_loudly "messages between replicas over a real Valkey: no server is available"
  need_make && need_faketime || return 1
  cargo test --quiet --locked --features jemalloc --lib --bins --tests &&
    cargo test --quiet --locked --features jemalloc --doc
}

section_postgres() {
  need_faketime && start_postgres || return 1
  TEST_DATABASE_URL=$postgres_url cargo test --quiet --locked --features jemalloc --lib --bins --tests
}

# Each starts its own process, and some measure time: two at a time.
section_faults() {
  need_postgres || return 1
  cargo test --quiet --locked --features jemalloc --test main -- --ignored --test-threads=2 faults::
}

# A schema file, formatted, with one name for each type: Diesel prints `Int8` on PostgreSQL for what is `BigInt` on SQLite.
one_spelling() {
  sed -E 's/\bInt8\b/BigInt/g; s/\bInt4\b/Integer/g; s/\bInt2\b/SmallInt/g; s/\bFloat8\b/Double/g; s/\bFloat4\b/Float/g' "$1" |
    rustfmt --edition 2024
}

# ask PORT PATH: the status of the site's answer.
ask() {
  local answer
  exec 5<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$2" >&5
  read -r _ answer _ <&5
  exec 5>&-
  echo "$answer"
}

# A column added to src/db/schema.rs becomes a migration, which runs while the site serves.
migrate_beside_the_site() (
  local copy=$1 url=$2 port=$((12000 + RANDOM % 8000)) site path attempt
  build_site || return 1
  cd "$copy" || return 1
  DATABASE_URL=$url LISTEN=127.0.0.1:$port BASE_URL=http://127.0.0.1:$port "$SITE_BINARY" >"$copy/site.log" 2>&1 &
  site=$!
  trap 'kill $site' EXIT
  for attempt in {1..200}; do [ "$(ask "$port" /health/ready 2>/dev/null)" = 200 ] && break; sleep 0.05; done
  cp "$root/src/db/schema.rs" src/db/schema.rs &&
    sed -i 's/^        lost -> BigInt,/&\n        bio -> Nullable<Text>,/' src/db/schema.rs &&
    DATABASE_URL=$url diesel migration generate add_bio --diff-schema || return 1
  if ! tr -d '\n`"' <migrations/*_add_bio/up.sql | grep -q 'ALTER TABLE players ADD COLUMN bio TEXT;$' ||
    [ "$(grep -c ';' migrations/*_add_bio/up.sql)" -ne 1 ]; then
    echo "--diff-schema wrote something other than the new column:" >&2
    cat migrations/*_add_bio/up.sql >&2
    return 1
  fi
  for step in before after; do
    for path in / /players/Bot-Weak /play; do
      if [ "$(ask "$port" $path)" != 200 ]; then
        echo "$path does not answer $step the migration" >&2
        cat "$copy/site.log" >&2
        return 1
      fi
    done
    [ $step = after ] || DATABASE_URL=$url diesel migration run || return 1
  done
  grep -q 'bio -> Nullable<Text>' src/db/schema.rs && echo "--diff-schema finds a new column, and its migration runs beside the site"
)

# The schema file is generated from the migrations on each database, in a copy, and must equal the committed one.
section_schema() {
  need_diesel && start_postgres || return 1
  local status=0 database url copy
  "$(postgres_bin)/psql" -q "$postgres_url" -c 'CREATE DATABASE schema_check' || return 1
  for database in sqlite postgres; do
    copy=$work/schema-$database
    mkdir -p "$copy/src/db" && cp -r migrations diesel.toml "$copy" && cp rustfmt.toml "$copy" || return 1
    if [ $database = sqlite ]; then url=$copy/check.db; else url=${postgres_url%/*}/schema_check; fi
    (cd "$copy" && DATABASE_URL=$url diesel migration run) || { status=1; continue; }
    if diff -u <(one_spelling src/db/schema.rs) <(one_spelling "$copy/src/db/schema.rs"); then
      echo "src/db/schema.rs agrees with $database"
    else
      echo "src/db/schema.rs differs from what diesel prints on $database" >&2
      status=1
    fi
    # Every migration can be reverted and run again.
    (cd "$copy" && DATABASE_URL=$url diesel migration redo --all) || status=1
    migrate_beside_the_site "$copy" "$url" || status=1
  done
  return $status
}

section_js() {
  need_node || return 1
  node --test --test-reporter=spec tests/js/*.test.js
}

section_vectors() {
  need_node || return 1
  # An optimised build of everything would take longer than the unoptimised game does.
  build_once &&
    VECTORS=$CARGO_TARGET_DIR/debug/examples/vectors node --test --test-reporter=spec tests/js/vectors.test.js
}

section_types() {
  need_node_modules || return 1
  node_modules/.bin/tsc -p tsconfig.json && node_modules/.bin/tsc -p tests/tsconfig.json
}

# A Rust test (tests/operating.rs) checks that every figure named there exists.
section_monitoring() {
  need_promtool || return 1
  local rules=$root/deploy/prometheus
  sed "s#/etc/prometheus/#$rules/#" "$rules/prometheus.yml" >"$work/prometheus.yml" &&
    promtool check config "$work/prometheus.yml" && promtool test rules "$rules/alerts_test.yml"
}

# The program and the example with the features that the tests use: a plain build has others, and would compile
# half of the dependencies a second time.
build_once() {
  need_make && cargo build --quiet --locked --features jemalloc --lib --bins --tests --example vectors
}

# The site's own program, for the browser tests.
build_site() {
  build_once && export SITE_BINARY=$CARGO_TARGET_DIR/debug/transcendence
}

section_browser() {
  need_node_modules && need_chromium && build_site || return 1
  node_modules/.bin/playwright test --project=play
}

section_pages() {
  need_node_modules && need_chromium && need_java && build_site || return 1
  node_modules/.bin/playwright test --project=pages
}

section_stack() {
  # shellcheck source=compose.sh
  . scripts/lib/compose.sh
  if ! need_compose; then
    skip_loudly "the whole stack (images, nginx, dying replicas, TLS): neither docker with compose nor podman with podman-compose is installed"
    return
  fi
  need_node_modules && need_chromium && need_linters && need_testssl && need_diesel || return 1
  tests/stack/run
}
