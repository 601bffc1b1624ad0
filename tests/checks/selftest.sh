#!/bin/sh
# A check that cannot fail checks nothing: each tool is fed a clean sample, which it must accept,
# and samples with one fault each, which it must refuse for the right reason.
#   tests/checks/selftest.sh layers|sizes|style|format|headers|symbols
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tool=$1
faults=0

# A small tree that every check accepts, made anew for each sample.
sample() {
    rm -rf "$work/tree"
    mkdir -p "$work/tree/src/base" "$work/tree/src/os" "$work/tree/src/tensor" \
        "$work/tree/src/kernels" "$work/tree/src/cli" "$work/tree/include/axl" "$work/tree/tools"
    cd "$work/tree"
    cp "$root/tools/layers.txt" tools/
    cp "$root/.clang-format" .
    cat >include/axl/one.h <<'END'
#ifndef AXL_ONE_H
#define AXL_ONE_H
#ifdef __cplusplus
extern "C" {
#endif
int axl_one(void);
#ifdef __cplusplus
}
#endif
#endif
END
    cat >src/base/one.c <<'END'
#include "base/unit.h"

#include <stddef.h>

// Prints nothing: "printf(" in a comment or a string is no call.
int one_get(int a, int b) {
    return a + b;
}
END
    echo 'int one_get(int a, int b);' >src/base/unit.h
    echo '#include <unistd.h>' >src/os/clock.c
    echo '#include "base/unit.h"' >src/tensor/op.c
    echo '#include <axl/one.h>' >src/cli/main.c
}

run() {
    case $tool in
        symbols) "$root/tools/check_symbols" "$work/build" ;;
        *) "$root/tools/check_$tool" "$work/tree" ;;
    esac
}

accept() {
    if ! run >"$work/out" 2>&1; then
        echo "check_$tool refused a clean sample ($1):"
        cat "$work/out"
        faults=$((faults + 1))
    fi
}

# refuse WHAT TEXT: the tool must fail and say TEXT.
refuse() {
    if run >"$work/out" 2>&1; then
        echo "check_$tool accepted: $1"
        faults=$((faults + 1))
    elif ! grep -qF -- "$2" "$work/out"; then
        echo "check_$tool refused $1 without saying \"$2\":"
        cat "$work/out"
        faults=$((faults + 1))
    fi
    [ "$tool" = symbols ] || sample
}

# lines N TEXT
lines() {
    awk -v n="$1" -v text="$2" 'BEGIN { for (i = 0; i < n; i++) print text }'
}

function_of() {
    echo "int $1(int a) {"
    lines "$(($2 - 2))" '    a++;'
    echo '}'
}

selftest_layers() {
    accept "whole tree"
    echo '#include "tensor/op.h"' >>src/base/one.c
    refuse "an include upwards" "src/base/one.c:9: base may not include tensor/op.h"
    echo '#include "base/unit.h"' >>src/cli/main.c
    refuse "an internal header in cli" "cli may include"
    echo ' # include <pthread.h>' >>src/tensor/op.c
    refuse "a system header" "tensor may not include <pthread.h>"
    echo '#include "base/unit.h"' >>include/axl/one.h
    refuse "an internal header in a public one" "public header includes the internal"
    echo '#include <sys/types.h>' >>include/axl/one.h
    refuse "a system header in a public one" "a public header may not include"
    mkdir src/misc && echo 'int x;' >src/misc/x.c
    refuse "an unknown layer" "layer misc is not in"
    echo 'int x;' >src/x.c
    refuse "a file outside the layers" "belongs in a layer folder"
    echo '#include "one.h"' >>src/base/one.c
    refuse "an include without its folder" "write the folder"
    echo '#include SOME_HEADER' >>src/base/one.c
    refuse "an include through a macro" "through a macro"
    rm -r src include && mkdir src include
    refuse "an empty tree" "no source files"
}

selftest_sizes() {
    accept "whole tree"
    lines 601 '// x' >src/base/long.c
    refuse "a file of 601 lines" "src/base/long.c:601: file is 601 lines, limit 600"
    lines 600 '// x' >src/base/long.c
    accept "a file of 600 lines"
    function_of f 61 >src/base/f.c
    refuse "a function of 61 lines" "f is 61 lines, limit 60"
    function_of f 60 >src/base/f.c
    accept "a function of 60 lines"
    function_of f 61 >src/base/f.c
    echo 'function src/base/f.c f: a table of cases' >tools/sizes.txt
    accept "an exception with a reason"
    echo 'function src/base/f.c f:' >tools/sizes.txt
    refuse "an exception without a reason" "no reason given"
    echo 'function src/base/one.c g: was long once' >tools/sizes.txt
    refuse "an exception that is not needed" "no longer needed"
    function_of f 101 >src/base/f.c
    echo 'function src/base/f.c f: a table of cases' >tools/sizes.txt
    refuse "a function over the hard limit" "hard limit 100"
    { echo '#define X(a) {\'; lines 20 '    a; \'; echo '}'; function_of f 61; } >src/base/f.c
    refuse "a long function after a macro" "f is 61 lines"
    {
        echo 'static const int *f(const int *a, int b, int (*c)(int, int),'
        echo '                    int d, int e, int g) {'
        echo '    return a;'
        echo '}'
    } >src/base/f.c
    refuse "six parameters" "f has 6 parameters, limit 5"
    echo 'int f(int a, int b, int (*c)(int, int), int d, int e) {
    return 0;
}' >src/base/f.c
    accept "five parameters"
}

selftest_style() {
    accept "whole tree"
    printf 'int\tx;\n' >src/base/x.c
    refuse "a tab" "src/base/x.c:1:"
    echo 'int x; ' >src/base/x.c
    refuse "trailing space" "trailing space"
    printf 'int x;\r\n' >src/base/x.c
    refuse "a carriage return" "carriage return"
    printf 'int x;' >src/base/x.c
    refuse "a missing newline" "no newline at the end"
    printf 'int x;\n\n' >src/base/x.c
    refuse "an empty last line" "empty line at the end"
    for bytes in '\342\200\213' '\342\200\256' '\342\201\246' '\302\240' '\357\273\277'; do
        # shellcheck disable=SC2059
        printf "// a${bytes}b\n" >src/base/x.c
        refuse "invisible character $bytes" "invisible character"
    done
    printf '// caf\303\251 \342\200\224 visible\n' >src/base/x.c
    accept "visible Unicode"
    echo "// TO""DO: later" >src/base/x.c
    refuse "unfinished work" "unfinished work"
    for call in 'printf("x");' 'fputs(a, stderr);' 'exit(1);' 'abort();' 'getenv("A");' \
        'signal(2, f);' 'p = malloc(3);' 'free(p);'; do
        echo "void f(void) { $call }" >src/base/x.c
        refuse "$call" "src/base/x.c:1:"
    done
    echo 'void f(void) { snprintf(a, 3, "exit(1)"); h->free(p); h.malloc(3); mem_free(p); }' \
        >src/base/x.c
    accept "calls that only look alike"
    echo 'int main(void) { printf("x"); exit(1); }' >src/cli/main.c
    accept "output in cli"
    echo 'void f(void) { exit(1); }' >src/os/clock.c
    echo 'exit src/os/clock.c: the child after a failed exec' >tools/style.txt
    accept "an exception with a reason"
    echo 'int x;' >src/os/clock.c
    refuse "an exception that is not needed" "no longer needed"
    echo 'int x;' >src/base/same.c
    echo 'int x;' >src/os/same.c
    refuse "a file name used twice" "same.c"
    if command -v git >/dev/null 2>&1; then
        selftest_subjects
    fi
}

selftest_subjects() {
    for subject in 'no area' 'Base: capital area' 'base: full stop.' \
        "base: $(lines 13 abcdef | tr '\n' ' ')x"; do
        git -c init.defaultBranch=main init -q .
        GIT_AUTHOR_DATE=2000-01-01T00:00:00Z GIT_COMMITTER_DATE=2000-01-01T00:00:00Z \
            git -c user.name=a -c user.email=a@b.c commit -q --allow-empty -m "$subject"
        refuse "the subject $subject" "commit subjects"
    done
    git -c init.defaultBranch=main init -q .
    git -c user.name=a -c user.email=a@b.c commit -q --allow-empty -m "base: add one"
    accept "a good subject"
}

selftest_format() {
    run >/dev/null 2>&1 || [ $? -ne 77 ] || exit 77
    accept "whole tree"
    echo 'int  f( int a ){return a;}' >src/base/x.c
    refuse "bad layout" "code should be clang-formatted"
}

selftest_headers() {
    accept "whole tree"
    echo 'size_t axl_size(void);' >>include/axl/one.h
    refuse "a missing include" "does not compile alone as C11"
    sed -i 's/int axl_one(void);/int axl_one(int new);/' include/axl/one.h
    refuse "a C++ keyword" "does not compile alone as C++"
    echo 'enum { AXL_TWICE };' >>include/axl/one.h
    refuse "code outside the include guard" "does not compile alone as C11"
    sed -i '/#ifdef/,/#endif/d' include/axl/one.h
    refuse "no extern C" 'has no extern "C"'
    lines 400 '// x' >>include/axl/one.h
    refuse "a header of over 400 lines" "limit 400"
    rm include/axl/*
    refuse "no header at all" "no public headers"
}

# symbol_build NAME ENTRY-FLAGS LEVEL-SOURCE: a build folder with one ordinary and one avx2 object.
symbol_build() {
    rm -rf "$work/build"
    mkdir -p "$work/build/src/axl_base.dir" "$work/build/src/axl_kernels_avx2.dir"
    cd "$work/build/src"
    echo "$1" | cc -x c -O2 -fPIC -fvisibility=hidden -c -o axl_base.dir/a.o -
    echo "$2" | cc -x c -O2 -fPIC -fvisibility=hidden -c -o axl_kernels_avx2.dir/k.o -
    cc -shared -o libaxl.so axl_base.dir/a.o axl_kernels_avx2.dir/k.o
    ld -r -o whole.o axl_base.dir/a.o axl_kernels_avx2.dir/k.o
    objcopy --localize-hidden whole.o
    rm -f libaxl.a
    ar rc libaxl.a whole.o
}

selftest_symbols() {
    api='__attribute__((visibility("default"))) int axl_get(void) { return 1; }'
    table='extern const int table_avx2; const int table_avx2 = 1;'
    symbol_build "$api int inner(void) { return 1; }" "$table"
    accept "hidden inner names"
    symbol_build "$api __attribute__((visibility(\"default\"))) int inner(void) { return 1; }" "$table"
    refuse "an exported inner name" "exported, but not axl_*: inner"
    symbol_build 'int inner(void) { return 1; }' "$table"
    refuse "a library without exports" "exports nothing"
    symbol_build "$api" 'extern const int table; const int table = 1;'
    refuse "a table without its level" "table, which does not name its level"
    symbol_build "$api" "$table int run_avx2(void) { return 2; }"
    refuse "a function of a level" "not a table: run_avx2"
    symbol_build "$api" "$table"
    cp axl_base.dir/a.o libaxl.a && objcopy --redefine-sym axl_get=axl_other libaxl.a
    refuse "libraries that differ" "do not export the same names"
    [ "$(uname -m)" = x86_64 ] || return 0
    symbol_build "$api void wide(void) { __asm__(\"vpxor %ymm0, %ymm0, %ymm0\"); }" "$table"
    refuse "ymm on the baseline" "above its level"
    symbol_build "$api" \
        "$table static void __attribute__((used)) f(void) { __asm__(\"vpxorq %zmm0, %zmm0, %zmm0\"); }"
    refuse "zmm on avx2" "above its level"
}

sample
"selftest_$tool"
if [ "$faults" -ne 0 ]; then
    echo "$faults samples were judged wrongly"
    exit 1
fi
