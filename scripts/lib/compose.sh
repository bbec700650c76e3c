# Finds what runs compose.yaml. Sourced by scripts/start and the others that talk to the stack.

# Sets `compose` (an array: the command) and `engine` (docker or podman).
need_compose() {
  if [ -n "${COMPOSE:-}" ]; then
    read -r -a compose <<<"$COMPOSE"
  elif command -v docker >/dev/null && docker compose version >/dev/null 2>&1 && docker info >/dev/null 2>&1; then
    compose=(docker compose)
  elif command -v podman >/dev/null && command -v podman-compose >/dev/null; then
    compose=(podman-compose)
  else
    echo "neither docker with its compose plugin nor podman with podman-compose is here" >&2
    return 1
  fi
  case ${compose[0]} in
    docker*) engine=docker ;;
    *) engine=podman ;;
  esac
}

# containers_of SERVICE: the names of its running containers, in order.
containers_of() {
  "$engine" ps --format '{{.Names}}' --filter "label=com.docker.compose.project=${COMPOSE_PROJECT_NAME:-transcendence}" \
    --filter "label=com.docker.compose.service=$1" | sort
}

# container_of SERVICE: the first of them, or nothing.
container_of() { containers_of "$1" | head -n 1; }

# wait_ready CONTAINER: until a replica of the app is ready, a minute and a half at most.
wait_ready() {
  local attempt
  for attempt in $(seq 90); do
    "$engine" exec "$1" transcendence health >/dev/null 2>&1 && return
    sleep 1
  done
  echo "$1 is not ready after $attempt attempts; see: $engine logs $1" >&2
  return 1
}

# wait_known CONTAINER: until nginx, where it runs, sends requests to a replica, half a minute at most.
wait_known() {
  local web addresses address
  web=$(container_of web)
  [ -n "$web" ] || return 0
  addresses=$("$engine" exec "$1" hostname -i) || return 1
  for _ in $(seq 30); do
    for address in $addresses; do
      # A second for nginx to read the file again.
      if "$engine" exec "$web" grep -q "server $address:" /tmp/nginx/upstream.conf; then
        sleep 1
        return
      fi
    done
    sleep 0.5
  done
  echo "nginx does not find $1; see: $engine logs $web" >&2
  return 1
}

# build_images VERSION: both images from the Containerfile. With the machine's own network, which is all that a build needs to fetch packages.
build_images() {
  local target
  for target in app web; do
    "$engine" build --network host --target $target -t "localhost/transcendence-$target:$1" -f Containerfile . || return 1
  done
}
