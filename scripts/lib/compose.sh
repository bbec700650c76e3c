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
