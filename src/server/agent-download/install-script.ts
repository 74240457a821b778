import { AGENT_PROGRAM_PATH, AGENT_RUNTIME_PATH, installPlaces, OLDEST_NODE, shellWord } from '../../protocol/agent-install.ts';

export interface InstallScriptOptions {
  readonly serverUrl: string;
  readonly version: string;
  readonly agentSha256: string;
  /** The platform that the server's own runtime is for, as `targetName` writes it. */
  readonly runtime: string;
  /** Of the packed runtime. */
  readonly runtimeSha256: string;
}

/**
 * The installer: POSIX sh, for dash, busybox and the like. Everything is in functions, and the last line calls them:
 * a download that was cut short does nothing. What it downloads is checked against the hashes in it before it is used,
 * and what runs is put in its place by the agent itself.
 */
export function installScript({ serverUrl, version, agentSha256, runtime, runtimeSha256 }: InstallScriptOptions): string {
  const { linux, darwin } = installPlaces;
  return `#!/bin/sh
# Makes this machine an agent of a Tachograph server. The enrolment token comes on standard input.
set -eu
umask 022

server=${shellWord(serverUrl.replace(/\/+$/, ''))}
version=${shellWord(version)}
agent_sha256=${shellWord(agentSha256)}
runtime=${shellWord(runtime)}
runtime_sha256=${shellWord(runtimeSha256)}
oldest_node=${OLDEST_NODE}

fail() {
  printf 'tacho: %s\\n' "$*" >&2
  exit 1
}

usage() {
  cat <<'END'
usage: echo TOKEN | sh install.sh [options]

  --name NAME         the agent's name; this host's where it is not given
  --label KEY=VALUE   a label, such as site=hq; may be given again
  --listen-ports A-B  ports on which it may be the other end of a test of another agent; none where they are not given
  --advertise HOST    under which other agents reach it; where it is not given, the address the server sees
  --policy FILE       what this machine lets the server ask of it
  --ca-file FILE      certificates (PEM) to trust beside the well-known ones
  --user              for this user only; so it is without root
  --run               no service: install for this user, and run in the foreground
  --no-service        install and enrol, and leave starting it to others
  --prefix DIR        where the agent's file is put
  --dir DIR           where identity, schedule and spool are kept
  --dry-run           print what would be done
END
}

has() {
  command -v "$1" >/dev/null 2>&1
}

own_ca='; where its certificate is of an authority of your own, name that with --ca-file FILE'

# download PATH FILE
download() {
  if has curl; then
    if [ -n "$ca" ]; then
      curl -fsS --cacert "$ca" -o "$2" "$server$1" || fail "cannot download $server$1"
    else
      curl -fsS -o "$2" "$server$1" || fail "cannot download $server$1$own_ca"
    fi
  elif has wget; then
    if [ -n "$ca" ]; then
      wget -q --ca-certificate="$ca" -O "$2" "$server$1" || fail "cannot download $server$1"
    else
      wget -q -O "$2" "$server$1" || fail "cannot download $server$1$own_ca"
    fi
  else
    fail 'cannot download anything: expected curl or wget'
  fi
}

sha256_of() {
  if has sha256sum; then
    sha256sum <"$1" | cut -d ' ' -f 1
  elif has shasum; then
    shasum -a 256 <"$1" | cut -d ' ' -f 1
  elif has openssl; then
    openssl dgst -sha256 -r <"$1" | cut -d ' ' -f 1
  else
    fail 'cannot check what was downloaded: expected sha256sum, shasum or openssl'
  fi
}

# fetch PATH FILE SHA256
fetch() {
  download "$1" "$2"
  got=$(sha256_of "$2")
  [ "$got" = "$3" ] || fail "$server$1 is not what the server announced: expected SHA-256 $3, got $got; nothing was installed"
}

# Whether a program is a Node.js that runs here, is new enough, and can be reached by a service where there will be one.
is_usable() {
  [ -n "$1" ] && [ -x "$1" ] || return 1
  if [ "$scope" = system ] && [ -n "$service" ]; then
    case $(readlink -f "$1" 2>/dev/null || printf '%s' "$1") in
      /home/* | /root/* | /Users/* | /run/user/*) return 1 ;;
    esac
  fi
  is_new_enough "$1"
}

is_new_enough() {
  found=$("$1" --version 2>/dev/null) || return 1
  found=\${found#v}
  found=\${found%%.*}
  case $found in
    '' | *[!0-9]*) return 1 ;;
  esac
  [ "$found" -ge "$oldest_node" ]
}

find_node() {
  for candidate in "$(command -v node || :)" /usr/bin/node /usr/local/bin/node "$prefix/node"; do
    if is_usable "$candidate"; then
      printf '%s' "$candidate"
      return 0
    fi
  done
}

# This machine in the words of Node.js: linux-x64-glibc.
detect() {
  case $(uname -s) in
    Linux) os=linux ;;
    Darwin) os=darwin ;;
    *) fail "no installer for $(uname -s): expected Linux or macOS" ;;
  esac
  machine=$(uname -m)
  case $machine in
    x86_64 | amd64) arch=x64 ;;
    aarch64 | arm64) arch=arm64 ;;
    armv7l | armv6l) arch=arm ;;
    *) arch=$machine ;;
  esac
  target=$os-$arch
  [ "$os" = linux ] || return 0
  if getconf GNU_LIBC_VERSION >/dev/null 2>&1; then
    target=$target-glibc
  elif ls /lib/ld-musl-* >/dev/null 2>&1; then
    target=$target-musl
  else
    target=$target-glibc
  fi
}

choose_places() {
  if [ "$(id -u)" -eq 0 ] && [ "$scope" != user ]; then
    scope=system
    case $os in
      linux) set -- ${shellWord(linux.system.program)} ${shellWord(linux.system.state)} ;;
      darwin) set -- ${shellWord(darwin.system.program)} ${shellWord(darwin.system.state)} ;;
    esac
  else
    scope=user
    [ -n "\${HOME:-}" ] || fail 'cannot install for this user: expected HOME to name a home directory'
    case $os in
      linux) set -- "$HOME/"${shellWord(linux.user.program)} "$HOME/"${shellWord(linux.user.state)} ;;
      darwin) set -- "$HOME/"${shellWord(darwin.user.program)} "$HOME/"${shellWord(darwin.user.state)} ;;
    esac
  fi
  prefix=\${prefix:-$1}
  state=\${state:-$2}
}

read_token() {
  token=
  if [ -f "$state/identity.json" ]; then
    printf 'this machine is an agent already: updating it to version %s\\n' "$version"
  elif [ -n "$dry_run" ]; then
    :
  elif [ -t 0 ]; then
    printf 'enrolment token: ' >&2
    stty -echo 2>/dev/null || :
    IFS= read -r token || :
    stty echo 2>/dev/null || :
    printf '\\n' >&2
  else
    IFS= read -r token || :
  fi
  [ -n "$token$dry_run" ] || [ -f "$state/identity.json" ] || fail 'no enrolment token: expected one on standard input'
}

get_runtime() {
  need="this machine has no Node.js $oldest_node or newer"
  [ -z "$service" ] || need="$need that a service could use"
  help="install Node.js $oldest_node (https://nodejs.org/en/download) and run the same line again; the token is still good"
  [ "$runtime" = "$target" ] || fail "$need, and the server has one for $runtime only, not for $target: $help"
  has gunzip || fail "$need, and no gunzip to unpack the server's: $help"
  if [ -n "$dry_run" ]; then
    printf 'would download Node.js from %s, because %s; the rest of what would be done it says itself\\n' "$server${AGENT_RUNTIME_PATH}/$runtime" "$need"
    exit 0
  fi
  printf 'downloading Node.js, because %s\\n' "$need"
  fetch "${AGENT_RUNTIME_PATH}/$runtime" "$work/node.gz" "$runtime_sha256"
  gunzip -c "$work/node.gz" >"$work/node"
  rm "$work/node.gz"
  chmod 755 "$work/node"
  is_new_enough "$work/node" || fail "$need, and the server's does not run here: $help"
  node=$work/node
}

clean_up() {
  rm -rf "$work"
  [ -n "$dry_run" ] || rmdir "$prefix" 2>/dev/null || :
}

main() {
  ca='' prefix='' state='' scope='' run='' dry_run='' service=yes listen_ports='' advertise='' policy=''
  count=$#
  while [ "$count" -gt 0 ]; do
    option=$1
    case $option in
      --help) usage && exit 0 ;;
      --run) run=yes scope=user service='' ;;
      --no-service)
        service=''
        set -- "$@" "$option"
        ;;
      --user) scope=user ;;
      --dry-run) dry_run=yes ;;
      --ca-file | --dir | --prefix | --listen-ports | --advertise | --policy)
        [ "$count" -gt 1 ] || fail "missing value of $option"
        shift
        count=$((count - 1))
        case $option in
          --ca-file) ca=$1 ;;
          --dir) state=$1 ;;
          --prefix) prefix=$1 ;;
          --listen-ports) listen_ports=$1 ;;
          --advertise) advertise=$1 ;;
          --policy) policy=$1 ;;
        esac
        ;;
      --ca-file=*) ca=\${option#*=} ;;
      --dir=*) state=\${option#*=} ;;
      --prefix=*) prefix=\${option#*=} ;;
      --listen-ports=*) listen_ports=\${option#*=} ;;
      --advertise=*) advertise=\${option#*=} ;;
      --policy=*) policy=\${option#*=} ;;
      *) set -- "$@" "$option" ;;
    esac
    shift
    count=$((count - 1))
  done

  detect
  choose_places
  [ -z "$ca" ] || set -- "$@" --ca-file "$ca"
  [ -z "$listen_ports" ] || set -- "$@" --listen-ports "$listen_ports"
  [ -z "$advertise" ] || set -- "$@" --advertise "$advertise"
  [ -z "$policy" ] || set -- "$@" --policy "$policy"
  [ "$scope" = system ] || set -- "$@" --user
  [ -z "$run" ] || set -- "$@" --no-service
  [ -z "$dry_run" ] || set -- "$@" --dry-run
  read_token

  if [ -n "$dry_run" ]; then
    work=$(mktemp -d)
  else
    mkdir -p "$prefix" || fail "cannot make $prefix: run it as root, or give another place with --prefix"
    rm -rf "$prefix"/.install.*
    work=$(mktemp -d "$prefix/.install.XXXXXX")
  fi
  trap clean_up EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM

  node=$(find_node)
  if [ -z "$node" ]; then
    get_runtime
    set -- "$@" --copy-node
  fi
  fetch ${AGENT_PROGRAM_PATH} "$work/agent.js" "$agent_sha256"
  # A here-document: the token goes to standard input, and no argument list ever holds it.
  "$node" --disable-warning=ExperimentalWarning "$work/agent.js" install --server "$server" --prefix "$prefix" --dir "$state" --token-file - "$@" <<END
$token
END
  token=
  [ -n "$run" ] && [ -z "$dry_run" ] || return 0
  case $node in
    "$work"/*) node=$prefix/node ;;
  esac
  trap - EXIT
  clean_up
  if [ -n "$ca" ]; then
    NODE_EXTRA_CA_CERTS=$prefix/ca.pem
    export NODE_EXTRA_CA_CERTS
  fi
  set --
  [ -z "$listen_ports" ] || set -- "$@" --listen-ports "$listen_ports"
  [ -z "$advertise" ] || set -- "$@" --advertise "$advertise"
  [ -z "$policy" ] || set -- "$@" --policy "$policy"
  exec "$node" --disable-warning=ExperimentalWarning "$prefix/agent.js" --dir "$state" "$@"
}

main "$@"
`;
}
