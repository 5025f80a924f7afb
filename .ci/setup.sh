# What this tree needs from Debian and npm, installed when it is missing.  Sourced by ./dev.

BUILD_PACKAGES=(gcc libc6-dev cmake ninja-build pkg-config
    libwebsockets-dev libwebsockets-evlib-uv libuv1-dev libjansson-dev uthash-dev zlib1g-dev libssl-dev)
TEST_PACKAGES=(g++ clang libclang-rt-14-dev llvm clang-format valgrind libc6-dbg chromium git openssl)

# A clean machine may start us with hardly any environment.
export HOME="${HOME:-/root}" LC_ALL=C.UTF-8
export PATH="${PATH:-/usr/local/bin:/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin"

say() { printf '== %s\n' "$*"; }
die() {
    printf 'dev: %s\n' "$*" >&2
    exit 1
}

# quietly LOG COMMAND...: shows the command's output only if it fails.
quietly() {
    local log=$1
    shift
    mkdir -p "$(dirname "$log")"
    "$@" >"$log" 2>&1 || { tail -n 200 "$log"; return 1; }
}

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

need_packages() {
    local missing=() name as_root=()
    command -v dpkg-query >/dev/null || return 0 # another system: the build says what it misses
    for name in "$@"; do is_installed "$name" || missing+=("$name"); done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || die "as root, please: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    say "installing with apt: ${missing[*]}"
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive
        apt-get -qq -y -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300)
    quietly build/setup/apt-update.log "${apt[@]}" update || true # old lists may do
    quietly build/setup/apt-install.log "${apt[@]}" install --no-install-recommends "${missing[@]}" ||
        die "apt-get could not install ${missing[*]}"
}

need_node() {
    command -v node >/dev/null || need_packages nodejs
    command -v npm >/dev/null || need_packages npm
    node -e 'process.exit(parseInt(process.versions.node) >= 18 ? 0 : 1)' ||
        die "node $(node --version) is too old: 18 or later is needed"
}

# Toolchains of the clients in tests/clients; those that are there already, from wherever, are good.
need_toolchains() {
    { command -v mvn && command -v javac; } >/dev/null || need_packages default-jdk-headless maven
    command -v cargo >/dev/null || need_packages "$(cargo_package)"
}

# Debian 12 has a newer one beside its own, which is too old.
cargo_package() { grep -qs '^VERSION_ID="12"' /etc/os-release && echo cargo-web || echo cargo; }

need_venv() { python3 -c 'import ensurepip' 2>/dev/null || need_packages python3 python3-venv; }

# need_modules FOLDER: npm ci there, once for each version of its lock file.
need_modules() {
    local stamp=$1/node_modules/.lock-sum sum
    sum=$(sha256sum "$1/package-lock.json")
    [ "$(cat "$stamp" 2>/dev/null)" != "$sum" ] || return 0
    say "installing with npm: $1/"
    # From within the folder: with --prefix npm would not read the machine's own npmrc.
    local npm=(env -C "$1" npm ci --no-audit --no-fund --loglevel=error)
    quietly build/setup/npm.log "${npm[@]}" || quietly build/setup/npm.log "${npm[@]}" ||
        die "npm could not install the modules of $1/"
    printf '%s\n' "$sum" >"$stamp"
}
