# Shared by ./test and .ci/run, which source it after tools/setup.sh: running ctest, counting, and
# stages that are not repeated while nothing they read has changed.

testing_passed=0
testing_failed=0
testing_skipped=0
testing_all=no   # yes: stages run whatever is recorded
testing_wrapper= # words before ctest's own command line

testing_fail() {
    echo "FAILED: $1" >&2
    testing_failed=$((testing_failed + 1))
}

# testing_ctest NAME OPTION...: runs the tests of build/NAME and counts them. A run that did not
# execute a single test is a failure: an empty suite proves nothing.
testing_ctest() {
    testing_name=$1
    shift
    testing_log=$(pwd)/build/$testing_name.ctest.log
    (cd "build/$testing_name" && $testing_wrapper ctest --output-on-failure \
        -j "$(setup_jobs)" "$@" 2>&1) >"$testing_log"
    testing_status=$?
    # shellcheck disable=SC2046
    set -- $(awk '
        /^ *[0-9]+\/[0-9]+ Test +#[0-9]+:/ {
            if (/ Passed +[0-9.]+ sec/) p++
            else if (/\*\*\*Skipped/ || /\*\*\*Not Run \(Disabled\)/) s++
            else f++
        }
        END { print p + 0, f + 0, s + 0 }' "$testing_log")
    if [ "$testing_status" -ne 0 ] && [ "$2" -eq 0 ]; then
        set -- "$1" 1 "$3"
    fi
    if [ "$1" -eq 0 ] && [ "$2" -eq 0 ]; then
        echo "no test was run in build/$testing_name" >&2
        set -- 0 1 "$3"
    fi
    if [ "$2" -ne 0 ]; then
        cat "$testing_log" >&2
    fi
    testing_passed=$((testing_passed + $1))
    testing_failed=$((testing_failed + $2))
    testing_skipped=$((testing_skipped + $3))
    setup_say "$testing_name: $1 passed, $2 failed, $3 skipped"
    [ "$2" -eq 0 ]
}

# A fingerprint of the files under the given paths.
testing_sum() {
    find "$@" -type f -exec cksum {} + 2>/dev/null | LC_ALL=C sort | cksum
}

# testing_stage NAME "PATHS" FUNCTION: runs FUNCTION unless it passed on the same files before.
# Its tests count as skipped then.
testing_stage() {
    testing_stamp=build/stamps/$1
    # shellcheck disable=SC2086
    testing_now=$(testing_sum $2)
    testing_was=
    testing_count=0
    if [ -e "$testing_stamp" ]; then
        { read -r testing_was && read -r testing_count; } <"$testing_stamp" || testing_was=
    fi
    if [ "$testing_all" != yes ] && [ "$testing_was" = "$testing_now" ]; then
        setup_say "$1: nothing it reads has changed since it passed"
        testing_skipped=$((testing_skipped + testing_count))
        return 0
    fi
    rm -f "$testing_stamp"
    setup_say "$1"
    testing_before=$testing_passed
    testing_bad=$testing_failed
    "$3" || [ "$testing_failed" -gt "$testing_bad" ] || testing_fail "$1"
    if [ "$testing_failed" -eq "$testing_bad" ]; then
        mkdir -p build/stamps
        printf '%s\n%s\n' "$testing_now" "$((testing_passed - testing_before))" >"$testing_stamp"
    fi
}

# The last line of output, and the exit status.
testing_summary() {
    testing_line="$testing_passed passed, $testing_failed failed"
    if [ "$testing_skipped" -gt 0 ]; then
        testing_line="$testing_line, $testing_skipped skipped"
    fi
    echo "$testing_line"
    [ "$testing_failed" -eq 0 ] && [ "$testing_passed" -gt 0 ]
}
