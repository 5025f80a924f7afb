# Runs one step of the tests with a deadline, keeps what it printed, and adds up the results.
# Sourced by ./dev.

REPORT=build/report # one log for each step, and the ledger: name, passed, failed, seconds
LEDGER=$REPORT/ledger
flaky=() notes=()

report_start() {
    rm -rf "$REPORT"
    mkdir -p "$REPORT"
    : >"$LEDGER"
    trap 'end_of_step "$$-.*"' EXIT
}

# beside MOST COMMAND...: runs it in the background as soon as fewer than MOST others run there.
# What it prints comes in one piece, when it is done; a command that breaks is a failure.
beside() {
    while [ "$(jobs -rp | wc -l)" -ge "$1" ]; do wait -n || true; done
    shift
    in_one_piece "$@" &
}

in_one_piece() {
    local said code=0
    said=$("$@") || code=$?
    flock "$LEDGER" cat <<<"$said"
    [ "$code" = 0 ] || printf 'broken: %s\t0\t1\t0\n' "$*" >>"$LEDGER"
}

# bounded SECONDS COMMAND...: the command with a deadline; nothing that it started outlives it.
# Exit code 124 or 137 is the deadline.
bounded() {
    local seconds=$1 code=0 mark=$$-$BASHPID-$RANDOM
    shift
    PARLEY_STEP=$mark timeout --foreground --kill-after=10 "$seconds" "$@" </dev/null || code=$?
    end_of_step "$mark"
    return "$code"
}

# Browsers and servers leave the process group, so what a step started is known by its environment.
end_of_step() {
    local left
    left=$(grep -lsz "^PARLEY_STEP=$1\$" /proc/[0-9]*/environ | cut -d / -f 3) || true
    [ -z "$left" ] || xargs -r kill -KILL <<<"$left" 2>/dev/null || true
}

log_of() { printf '%s/%s.log' "$REPORT" "$(printf %s "$1" | tr -cs 'A-Za-z0-9.' -)"; }

# Where the sanitizers of a step write: a file that appears there is a finding, never forgiven.
found_of() { printf '%s/%s.found' "$PWD" "$(log_of "$1")"; }

# try NAME SECONDS COUNT COMMAND...: runs it and counts with `COUNT LOG CODE`, which prints
# "passed failed".  Sets step_passed, step_failed, step_seconds, step_log, step_found (by a sanitizer).
try() {
    local name=$1 seconds=$2 count=$3 code=0 start=$SECONDS found
    shift 3
    step_log=$(log_of "$name") found=$(found_of "$name")
    mkdir -p "$found"
    bounded "$seconds" "$@" >"$step_log" 2>&1 || code=$?
    read -r step_passed step_failed <<<"$("$count" "$step_log" "$code")"
    step_seconds=$((SECONDS - start)) step_found=no
    if [ -n "$(find "$found" -type f -size +0)" ]; then
        step_found=yes step_failed=$((step_failed + 1))
        find "$found" -type f -size +0 -exec tail -v -n 100 {} + >>"$step_log"
    fi
    rm -rf "$found"
    [ "$step_failed" = 0 ] || show_failure "$name" "$code"
}

show_failure() {
    printf '\n---- %s: exit code %d; the end of %s ----\n' "$1" "$2" "$step_log"
    if grep -qs '^TAP version' "$step_log"; then failed_tap "$step_log"; else tail -n 150 "$step_log"; fi
    case $2 in 124 | 137) printf 'The deadline ended it.\n' ;; esac
    printf -- '---- %s ----\n\n' "$1"
}

# What failed in node's TAP, and what is none of it.
failed_tap() {
    awk '/^ *not ok /      { show = 1 }
         show || !/^ *(# (Subtest|tests|suites|pass|fail|cancelled|skipped|todo|duration)|ok [0-9]|---$|\.\.\.$|duration_ms:|type:|1\.\.)/ { print }
         /^ *\.\.\.$/       { show = 0 }' "$1" | tail -n 300
}

# record NAME: enters the last try into the ledger.
record() {
    printf '%s\t%d\t%d\t%d\n' "$1" "$step_passed" "$step_failed" "$step_seconds" >>"$LEDGER"
    printf '%-4s  %-62s %4d passed %3d failed %4d s\n' \
        "$([ "$step_failed" = 0 ] && echo ok || echo FAIL)" "$1" "$step_passed" "$step_failed" "$step_seconds"
}

# step NAME SECONDS COUNT COMMAND...
step() {
    try "$@"
    record "$1"
}

# One thing that passes or fails.
count_one() { [ "$2" = 0 ] && echo 1 0 || echo 0 1; }

# ctest -V over programs that end with "N passed, N failed".  One that died or hung has no such
# line: then ctest's own number of failed programs counts.
count_ctest() {
    awk -v code="$2" '
        /^[0-9]+: [0-9]+ passed, [0-9]+ failed$/ { p += $2; f += $4 }
        /^[0-9]+: [0-9]+ inputs replayed$/ { p++ }
        /tests? failed out of/ { dead = $4 }
        END { if (code && dead > f) f = dead
              if (!f && (code || !p)) f = 1
              print p + 0, f + 0 }' "$1"
}

# node's TAP.  A file that ended badly without a failed test is one failure; so is one without tests.
count_tap() {
    awk -v code="$2" '
        /^# pass [0-9]+$/ { p += $3 }
        /^# (fail|cancelled) [0-9]+$/ { f += $3 }
        /^# skipped [0-9]+$/ { skipped += $3 }
        END { if (!f && (code || !(p + skipped))) f = 1
              print p + 0, f + 0 }' "$1"
}

report_end() {
    printf '\n%-60s %7s %7s %8s\n' 'what ran' passed failed seconds
    awk -F '\t' '
        { split($1, part, ": "); what = part[1]
          if (!(what in passed)) order[++count] = what
          passed[what] += $2; failed[what] += $3; seconds[what] += $4 }
        END { for (i = 1; i <= count; i++)
                  printf "%-60s %7d %7d %8d\n", order[i], passed[order[i]], failed[order[i]], seconds[order[i]] }' \
        "$LEDGER"
    awk -F '\t' '$3 > 0 { print "failed: " $1 }' "$LEDGER"
    [ ${#notes[@]} -eq 0 ] || printf 'note: %s\n' "${notes[@]}"
    [ ${#flaky[@]} -eq 0 ] || printf 'flaky: %s\n' "${flaky[@]}"
    awk -F '\t' '
        { passed += $2; failed += $3 }
        END { printf "%d passed, %d failed\n", passed, failed; exit !passed || failed }' "$LEDGER"
}
