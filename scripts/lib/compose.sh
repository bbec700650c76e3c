# Finds the tool that runs compose.yaml. Sourced by scripts/start and the other scripts that talk to the stack.

# Sets `compose` (an array: the command) and `engine` (docker or podman).
need_compose() {
  if [ -n "${COMPOSE:-}" ]; then
    read -r -a compose <<<"$COMPOSE"
  elif command -v docker >/dev/null && docker compose version >/dev/null 2>&1 && docker info >/dev/null 2>&1; then
    compose=(docker compose)
  elif command -v podman >/dev/null && command -v podman-compose >/dev/null; then
    compose=(podman-compose)
  else
    echo "neither docker with its compose plugin nor podman with podman-compose is installed" >&2
    return 1
  fi
  case ${compose[0]} in
    docker*) engine=docker ;;
    *) engine=podman ;;
  esac
  local version
  # Also when podman-compose hides behind `docker compose`; older versions called themselves podman-composer.
  version=$("${compose[@]}" version 2>/dev/null | sed -nE 's/^podman-composer? version *v?([0-9]+)\.([0-9]+).*/\1 \2/p' | head -n 1) || true
  if [ -n "$version" ] && [ $((${version% *} * 1000 + ${version#* })) -lt 1006 ]; then
    echo "podman-compose ${version/ /.} is too old; install 1.6 or newer: PIPX_BIN_DIR=/usr/local/bin pipx install podman-compose" >&2
    return 1
  fi
}

# containers_of SERVICE [--all]: the names of its running containers in order (with --all also stopped ones), except those started by `run`.
containers_of() {
  "$engine" ps ${2:+"$2"} --format '{{.Names}}' --filter "label=com.docker.compose.project=${COMPOSE_PROJECT_NAME:-transcendence}" \
    --filter "label=com.docker.compose.service=$1" | sed -nE '/[-_][0-9]+$/p' | sort -V
}

# among WORD WORD…: whether the first word is one of the others.
among() {
  local word
  for word in "${@:2}"; do [ "$word" != "$1" ] || return 0; done
  return 1
}

# remove_container CONTAINER [SECONDS]: stops it, waiting that long (by default as long as compose.yaml says), and removes it.
remove_container() {
  "$engine" stop ${2:+-t "$2"} "$1" >/dev/null && "$engine" rm "$1" >/dev/null
}

# container_of SERVICE: its first container, or nothing.
container_of() { containers_of "$1" | head -n 1; }

# wait_ready CONTAINER: waits until a replica of the app is ready, for a minute and a half at most.
wait_ready() {
  local attempt
  for attempt in $(seq 90); do
    "$engine" exec "$1" transcendence health >/dev/null 2>&1 && return
    sleep 1
  done
  echo "$1 is not ready after $attempt attempts; see: $engine logs $1" >&2
  return 1
}

# wait_known CONTAINER: waits until nginx, if it runs, sends requests to a replica, for half a minute at most.
wait_known() {
  local web addresses address
  web=$(container_of web)
  [ -n "$web" ] || return 0
  addresses=$("$engine" exec "$1" hostname -i) || return 1
  for _ in $(seq 30); do
    for address in $addresses; do
      # A second for nginx to reload the file.
      if "$engine" exec "$web" grep -q "server $address:" /tmp/nginx/upstream.conf; then
        sleep 1
        return
      fi
    done
    sleep 0.5
  done
  echo "nginx has not picked up $1; see: $engine logs $web" >&2
  return 1
}

# wait_site: waits until the site answers through nginx, for two minutes at most.
wait_site() {
  local web
  for _ in $(seq 240); do
    web=$(container_of web)
    if [ -n "$web" ] && "$engine" exec "$web" web ready >/dev/null 2>&1; then return; fi
    sleep 0.5
  done
  echo "not ready after two minutes; see: ${compose[*]} logs" >&2
  return 1
}

# have_images VERSION: whether both images exist; says which one does not.
have_images() {
  local image
  for image in "localhost/transcendence-app:$1" "localhost/transcendence-web:$1"; do
    "$engine" image inspect "$image" >/dev/null 2>&1 || { echo "there is no image $image" >&2; return 1; }
  done
}

# build_images VERSION: builds both images from the Containerfile, on the machine's own network so that packages can be fetched.
build_images() {
  local target
  for target in app web; do
    "$engine" build --network host --target $target -t "localhost/transcendence-$target:$1" -f Containerfile . || return 1
  done
}
