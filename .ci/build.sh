# Builds a preset.  Sourced by ./dev.

# build PRESET [TARGET...]
build() {
    local preset=$1
    shift
    local log=build/setup/build-$preset.log
    say "building $preset"
    quietly "$log" cmake --preset "$preset" &&
        quietly "$log" cmake --build --preset "$preset" --parallel "$(nproc)" ${1:+--target "$@"}
}

# Every C file that is ours, for the format and layer checks.
c_files() {
    find protocol rooms server tests -name node_modules -prune -o -name '*.[ch]' -print | sort
}
