# The stack's settings in .env. Sourced by scripts/start and scripts/upgrade.

# keep NAME VALUE: writes a setting to .env; an empty value changes nothing.
keep() {
  [ -n "$2" ] || return 0
  local others
  others=$(grep -v -e "^$1=" -e '^$' .env 2>/dev/null) || true
  { if [ -n "$others" ]; then printf '%s\n' "$others"; fi; echo "$1=$2"; } >.env.new
  mv .env.new .env
}

# kept NAME DEFAULT: prints a setting from .env, or the default.
kept() {
  local line
  line=$(grep "^$1=" .env 2>/dev/null | tail -n 1) || true
  if [ -n "$line" ]; then echo "${line#*=}"; else echo "$2"; fi
}

# is_count WORD: whether it is a valid number of replicas.
is_count() {
  [[ $1 =~ ^[1-9][0-9]{0,2}$ ]] || { echo "--replicas must be a number from 1 to 999" >&2; return 1; }
}
