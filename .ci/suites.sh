# What ./dev test runs, and in which order.  Sourced by ./dev.
# Builds and C tests use every CPU.  The files of a suite that talks to a server mostly wait.

AT_ONCE=$((2 * $(nproc))) # such files, or fuzz targets
TLS_SUITES=(conformance/{polling,upgrade,websocket,namespaces,heartbeat,shutdown,deflate}
    interop/{events,lifecycle,flaky-link,rooms} safety/{held-poll,http})
AGAIN=$REPORT/again # JS files that failed, "WHERE WORKERS FILE": tried once more at the end, alone

test_everything() {
    test_checks
    for preset in release dev clang asan tsan; do test_build "$preset"; done
    for preset in dev release asan tsan; do test_c "$preset"; done

    test_clients
    test_js reference 1 conformance interop
    test_js release 1 conformance interop safety chat page/chat page/transport
    test_js release 4 conformance interop chat page
    test_js release 1 install examples growth bench
    test_js tls 4 "${TLS_SUITES[@]}"
    test_js asan 1 conformance interop chat
    test_js asan 4 safety
    test_js tsan 4 conformance interop safety chat
    test_js valgrind 1 safety
    test_again

    test_build fuzz
    test_fuzz 60
}

# Other people's clients, in every language whose toolchain is there (--interop installs them): a
# file starts six of them at a time, so it runs alone.
test_clients() {
    install_clients "$@"
    test_js release 1 clients
    wait
    test_js release 4 clients
    wait
}

# Their registries are not ours: where one does not answer in time, the JavaScript clients are what
# is tested, and the last lines say so.
install_clients() {
    (need_venv) || true
    try 'clients: installed' "${1:-300}" count_one node tests/clients/install.mjs
    [ "$step_failed" != 0 ] || return 0
    notes+=('only the JavaScript clients were tested: the others could not be installed')
    export PARLEY_CLIENTS=js
}

test_interop() {
    test_build release
    test_clients 900
    test_again
}

test_quickly() {
    test_checks
    test_build dev
    test_build release
    test_c dev
    test_js release 1 conformance interop safety chat page install examples growth bench
    test_again
}

# The named files alone, on one build, with what they print.
test_files() {
    local file
    test_build dev
    test_build release
    [[ " $*" != *' tests/clients/'* ]] || install_clients
    for file in "$@"; do
        case $file in
        *.c) step "C tests, dev: $file" 300 count_ctest ctest --test-dir build/dev -V --no-tests=error -R "^$(c_test_name "$file")\$" ;;
        *.mjs) js_try release "${PARLEY_WORKERS:-1}" "$file" && record "release: $file" ;;
        *) die "neither a C test nor a .test.mjs file: $file" ;;
        esac
        [ "$step_failed" != 0 ] || cat "$step_log"
    done
}

c_test_name() {
    local name
    name=$(basename "$1" .c)
    printf '%s[.]%s' "$(basename "$(dirname "$1")")" "${name#test_}"
}

test_checks() {
    step 'checks: layers' 60 count_one .ci/check-layers
    step 'checks: documents' 60 count_one .ci/check-docs
    step 'checks: format' 60 count_one .ci/check-format
}

# What does not build cannot be tested: the run ends there.
test_build() {
    step "builds, warnings as errors: $1" 600 count_one ./dev build "$1"
    [ "$step_failed" = 0 ] || { report_end || true; exit 1; }
}

test_c() {
    local name="C tests, $1: all" sanitizers
    watch_for_findings "$name"
    step "$name" 600 count_ctest \
        env "${sanitizers[@]}" ctest --test-dir "build/$1" -V --no-tests=error --parallel "$(nproc)"
}

# test_js WHERE WORKERS SUITE...: WHERE is a preset, `reference`, `valgrind`, or `tls`: the release
# build, with all that a test says to its server over TLS; a SUITE is a folder
# of tests/, or one of its files.  The last of them still run when it returns.
test_js() {
    local where=$1 workers=$2 suite file
    shift 2
    for suite in "$@"; do
        for file in $(suite_files "$suite"); do
            beside "$AT_ONCE" js_file "$where" "$workers" "$file"
        done
    done
}

js_file() {
    js_try "$@"
    if [ "$step_failed" != 0 ] && [ "$step_found" = no ]; then
        printf '%s\n' "$*" >>"$AGAIN"
        printf 'again at the end: %s\n' "$(js_name "$@")"
    else
        record "$(js_name "$@")"
    fi
}

suite_files() {
    if [ -d "tests/$1" ]; then printf '%s\n' "tests/$1"/*.test.mjs; else printf '%s\n' "tests/$1.test.mjs"; fi
}

# A second failure is final; a file that passes now is reported as flaky.
test_again() {
    local where workers file name first
    wait
    [ -e "$AGAIN" ] || return 0
    while read -r where workers file; do
        name=$(js_name "$where" "$workers" "$file")
        first=$(grep -m 1 -E '^ *not ok ' "$(log_of "$name")" || echo 'no test failed, the file did')
        js_try "$where" "$workers" "$file" ', second try'
        record "$name, second try"
        [ "$step_failed" != 0 ] || flaky+=("$name (first failure: $(sed -E 's/^ *//' <<<"$first"))")
    done <"$AGAIN"
}

js_name() { printf '%s, %s: %s' "$1" "$2 worker$([ "$2" = 1 ] || echo s)" "$3"; }

# js_try WHERE WORKERS FILE [NOTE]
js_try() {
    local preset=$1 seconds=240 slow=1 wrap= tls=0 name sanitizers
    name="$(js_name "$1" "$2" "$3")${4:-}"
    watch_for_findings "$name"
    case $1 in
    asan) seconds=360 slow=3 ;;
    tsan) seconds=420 slow=4 ;;
    tls) preset=release tls=1 ;;
    valgrind) seconds=600 slow=6 preset=release
        wrap="valgrind --quiet --fair-sched=yes --leak-check=full --errors-for-leak-kinds=definite"
        wrap+=" --show-leak-kinds=definite --error-exitcode=99 --log-file=$(found_of "$name")/valgrind.%p" ;;
    esac
    local server=build/$preset/bin/sio-conformance
    [ "$1" != reference ] || server=reference
    try "$name" "$seconds" count_tap env "${sanitizers[@]}" \
        PARLEY_SERVER="$server" PARLEY_BIN="build/$preset/bin/parley" PARLEY_WORKERS="$2" \
        PARLEY_WRAP="$wrap" PARLEY_SLOW="$slow" PARLEY_TLS="$tls" node --test-reporter=tap "$3"
}

# test_fuzz [SECONDS [TARGET]]
test_fuzz() {
    local seconds=${1:-60} target
    [ -x "build/fuzz/bin/${2:-}" ] || test_build fuzz
    for target in build/fuzz/bin/${2:-fuzz_*}; do
        beside "$AT_ONCE" fuzz_one "$seconds" "$(basename "$target")"
    done
    wait
}

# What is found goes to build/fuzz/found; what is learned stays in build/fuzz/learned.
fuzz_one() {
    local learned=build/fuzz/learned/$2 seeds=tests/fuzz/corpus/$2
    mkdir -p build/fuzz/found "$learned" "$seeds"
    step "fuzz, $1 s each: $2" $(($1 + 60)) count_one "build/fuzz/bin/$2" -max_total_time="$1" \
        -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="build/fuzz/found/$2-" \
        "$learned" "$seeds"
}

# watch_for_findings NAME: sets `sanitizers`, the environment in which they write to that step's folder.
watch_for_findings() {
    local found
    found=$(found_of "$1")
    sanitizers=(
        ASAN_OPTIONS="log_path=$found/asan:detect_stack_use_after_return=1"
        UBSAN_OPTIONS="log_path=$found/ubsan:print_stacktrace=1"
        TSAN_OPTIONS="log_path=$found/tsan:second_deadlock_stack=1:suppressions=$PWD/tests/tsan.supp"
    )
}
