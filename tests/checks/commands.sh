#!/bin/sh
# ./test, ./quickstart and what they share must count right and fail when they should.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
faults=0

# same WHAT GOT WANTED
same() {
    if [ "$2" != "$3" ]; then
        echo "$1: got \"$2\", wanted \"$3\""
        faults=$((faults + 1))
    fi
}

# A folder with the scripts alone.
mkdir "$work/tree"
cp "$root/test" "$root/quickstart" "$work/tree"
cp -r "$root/tools" "$work/tree"
cd "$work/tree"

# suite NAME COMMAND...: build/NAME with one test for each command; 77 means skipped.
suite() {
    suite_dir=build/$1
    shift
    mkdir -p "$suite_dir"
    : >"$suite_dir/CTestTestfile.cmake"
    suite_n=0
    for suite_command in "$@"; do
        suite_n=$((suite_n + 1))
        {
            echo "add_test(t$suite_n sh -c \"$suite_command\")"
            echo "set_tests_properties(t$suite_n PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 1)"
        } >>"$suite_dir/CTestTestfile.cmake"
    done
}

# counted NAME: the summary line and the exit status after running that suite.
counted() {
    (
        . tools/setup.sh
        . tools/testing.sh
        testing_ctest "$1" || true
        testing_summary && echo "status 0" || echo "status 1"
    ) 2>/dev/null | tr '\n' ' '
}

suite good true true true
same "three passes" "$(counted good)" "3 passed, 0 failed status 0 "
suite mixed true false 'exit 77' 'sleep 5' 'kill -SEGV $$'
same "pass, fail, skip, timeout, crash" "$(counted mixed)" "1 passed, 3 failed, 1 skipped status 1 "
suite skipped 'exit 77'
same "skips only" "$(counted skipped)" "0 passed, 1 failed, 1 skipped status 1 "
suite empty
same "an empty suite" "$(counted empty)" "0 passed, 1 failed status 1 "
suite missing true
echo 'add_test(gone "./no-such-program")' >>build/missing/CTestTestfile.cmake
same "a program that is missing" "$(counted missing)" "1 passed, 1 failed status 1 "

# stages INPUT FUNCTION: what one stage leaves behind.
stages() {
    (
        . tools/setup.sh
        . tools/testing.sh
        works() { testing_passed=$((testing_passed + 2)); }
        breaks() { return 1; }
        [ "$2" = all ] && testing_all=yes
        testing_stage one input "$1"
        testing_summary || true
    ) 2>/dev/null
}
mkdir input
echo 1 >input/file
same "a first run" "$(stages works -)" "2 passed, 0 failed"
same "nothing changed" "$(stages works -)" "0 passed, 0 failed, 2 skipped"
same "nothing changed, --all" "$(stages works all)" "2 passed, 0 failed"
echo 2 >input/file
same "a changed file" "$(stages breaks -)" "0 passed, 1 failed"
same "after a failure" "$(stages works -)" "2 passed, 0 failed"

# A machine without apt-get and without a compiler: the list of packages, and stop.
mkdir "$work/bin"
for program in sh dirname date uname id cat printf test; do
    path=$(command -v "$program")
    case $path in
        /*) ln -s "$path" "$work/bin/$program" ;;
    esac
done
for script in ./quickstart ./test; do
    status=0
    output=$(PATH=$work/bin "$script" 2>&1) || status=$?
    same "$script without apt-get" "$status" 1
    for package in gcc libc6-dev cmake ninja-build; do
        case $output in
            *" $package"*) ;;
            *) same "$script names $package" "$output" "$package" ;;
        esac
    done
done

for arguments in './test --bogus' './quickstart now'; do
    status=0
    # shellcheck disable=SC2086
    $arguments >/dev/null 2>&1 || status=$?
    same "$arguments" "$status" 2
done

[ "$faults" -eq 0 ]
