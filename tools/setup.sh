# Shared by ./quickstart, ./test and .ci/run, which source it from the root of the tree:
# finding and installing packages, configuring and building one folder under build/.
# POSIX sh; every function returns non-zero on failure, only setup_die ends the program.

setup_missing=
setup_started=$(date +%s)

# Progress goes to stderr, so that stdout holds results only.
setup_say() {
    printf '[%4d s] %s\n' "$(($(date +%s) - setup_started))" "$1" >&2
}

setup_die() {
    echo "$1" >&2
    exit 1
}

setup_jobs() {
    getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2
}

# setup_need PACKAGE TEST...: PACKAGE is missing when the test command fails.
setup_need() {
    setup_package=$1
    shift
    case "$setup_missing " in *" $setup_package "*) return 0 ;; esac
    "$@" >/dev/null 2>&1 || setup_missing="$setup_missing $setup_package"
}

setup_has() {
    command -v "$1"
}

setup_has_one() {
    for setup_one in "$@"; do
        command -v "$setup_one" && return 0
    done
    return 1
}

# The preprocessor finds the header; without a compiler nothing is found and all is installed.
setup_has_header() {
    echo "#include <$1>" | "$(setup_compiler)" -E -x c - 2>/dev/null
}

setup_has_cxx() {
    echo '#include <cstddef>' | c++ -E -x c++ - 2>/dev/null
}

# cmocka.h wants three headers of the standard library before it.
setup_has_cmocka() {
    printf '#include <%s>\n' stdarg.h stddef.h setjmp.h stdint.h cmocka.h |
        "$(setup_compiler)" -fsyntax-only -x c - 2>/dev/null
}

setup_compiler() {
    command -v "${CC:-cc}" || command -v gcc || command -v clang || echo cc
}

setup_need_build() {
    setup_need gcc setup_has_one "${CC:-cc}" gcc clang
    setup_need libc6-dev setup_has_header stdlib.h
    setup_need cmake setup_has cmake
    setup_need ninja-build setup_has_one ninja make
    setup_need libjansson-dev setup_has_header jansson.h
    setup_need libyaml-dev setup_has_header yaml.h
    setup_need zlib1g-dev setup_has_header zlib.h
}

setup_need_unit_tests() {
    setup_need libcmocka-dev setup_has_cmocka
    setup_need g++ setup_has_cxx
}

setup_need_all_tests() {
    setup_need_unit_tests
    # The guide's commands, which a test runs, name it.
    setup_need ninja-build setup_has ninja
    setup_need pkg-config setup_has pkg-config
    setup_need git setup_has git
    setup_need clang-format-14 setup_has clang-format-14
    setup_need strace setup_has strace
    # Running generated code; what needs it is left out, and says so, where they are missing.
    setup_need bubblewrap setup_has bwrap
    setup_need libseccomp-dev setup_has_header seccomp.h
    # Reading Python, and fetching data.
    setup_need libtree-sitter-dev setup_has_header tree_sitter/api.h
    setup_need libcurl4-openssl-dev setup_has_header curl/curl.h
    case $(uname -m) in
        x86_64)
            setup_need gcc-aarch64-linux-gnu setup_has aarch64-linux-gnu-gcc
            setup_need libc6-dev-arm64-cross test -e /usr/aarch64-linux-gnu/include/stdlib.h
            setup_need qemu-user setup_has qemu-aarch64
            ;;
    esac
}

# Packages that a distribution may lack and that one check only needs; that check is skipped then.
setup_is_optional() {
    case $1 in
        clang-format-14 | strace | nodejs | npm | chromium | bubblewrap | libseccomp-dev | \
            libtree-sitter-dev | libcurl4-openssl-dev) ;;
        *) return 1 ;;
    esac
}

setup_apt() {
    if [ "$(id -u)" -eq 0 ]; then
        DEBIAN_FRONTEND=noninteractive apt-get "$@" </dev/null
    else
        sudo env DEBIAN_FRONTEND=noninteractive apt-get "$@"
    fi
}

# Installs what setup_need found missing; says what to install where that cannot be done.
setup_install() {
    [ -n "$setup_missing" ] || return 0
    setup_can=yes
    command -v apt-get >/dev/null 2>&1 || setup_can=no
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null 2>&1 || setup_can=no
    if [ "$setup_can" = no ]; then
        echo "These packages are missing (Debian's names); install them and run this again:" >&2
        echo "   $setup_missing" >&2
        exit 1
    fi
    setup_say "installing:$setup_missing"
    mkdir -p build
    setup_apt -qq update >build/apt.log 2>&1 || setup_say "apt-get update failed; see build/apt.log"
    setup_wanted=
    for setup_package in $setup_missing; do
        if setup_is_optional "$setup_package" &&
            ! apt-cache show "$setup_package" >/dev/null 2>&1; then
            setup_say "$setup_package is not in this distribution: its check will be skipped"
        else
            setup_wanted="$setup_wanted $setup_package"
        fi
    done
    setup_missing=
    [ -n "$setup_wanted" ] || return 0
    # shellcheck disable=SC2086
    setup_apt -qq -y -o DPkg::Lock::Timeout=300 install --no-install-recommends $setup_wanted \
        >>build/apt.log 2>&1 || {
        tail -n 20 build/apt.log >&2
        setup_die "apt-get could not install:$setup_wanted"
    }
}

# setup_configure NAME OPTION...: build/NAME; a build folder that was moved is made anew.
setup_configure() {
    setup_name=$1
    shift
    setup_cache=build/$setup_name/CMakeCache.txt
    if [ -e "$setup_cache" ] &&
        ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$(pwd)" "$setup_cache"; then
        rm -rf "build/$setup_name"
    fi
    # So is one whose first configuration failed: it may have chosen a generator that is not there.
    if [ ! -e "build/$setup_name/build.ninja" ] && [ ! -e "build/$setup_name/Makefile" ]; then
        rm -rf "build/$setup_name"
    fi
    mkdir -p "build/$setup_name"
    if [ ! -e "$setup_cache" ]; then
        if command -v ninja >/dev/null 2>&1; then
            set -- -G Ninja "$@"
        else
            set -- -G 'Unix Makefiles' "$@"
        fi
    fi
    cmake -S . -B "build/$setup_name" "$@" >"build/$setup_name.log" 2>&1 || {
        tail -n 40 "build/$setup_name.log" >&2
        return 1
    }
}

# setup_build NAME [TARGET]: its output is shown only when it fails.
setup_build() {
    cmake --build "build/$1" -j "$(setup_jobs)" ${2:+--target "$2"} >"build/$1.log" 2>&1 || {
        grep -A 12 -E '(error|warning):|^FAILED|undefined ' "build/$1.log" | head -n 80 >&2
        echo "build/$1.log has the whole output" >&2
        return 1
    }
    if [ -x build/release/axl ]; then
        ln -sfn release/axl build/axl
    fi
}
