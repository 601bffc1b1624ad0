# Cross build for 64-bit ARM with Debian's compiler; tests run under qemu-user.
#   cmake -S . -B build/aarch64 -DCMAKE_TOOLCHAIN_FILE=cmake/aarch64-linux-gnu.cmake \
#         -DAXL_SYSROOT=$PWD/build/sysroot-arm64
# AXL_SYSROOT is a folder with the arm64 jansson, zlib, libyaml and cmocka (tools/arm64_sysroot makes it);
# the C library is the one of the cross compiler's own package.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(AXL_SYSROOT "" CACHE PATH "folder with libraries for arm64")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES AXL_SYSROOT)

set(triple aarch64-linux-gnu)
set(CMAKE_C_COMPILER ${triple}-gcc)
set(CMAKE_OBJCOPY ${triple}-objcopy)
set(CMAKE_LINKER ${triple}-ld)
set(CMAKE_FIND_ROOT_PATH ${AXL_SYSROOT}/usr /usr/${triple})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_LIBRARY_ARCHITECTURE ${triple})
set(CMAKE_C_FLAGS_INIT "-isystem ${AXL_SYSROOT}/usr/include")
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L /usr/${triple}
  -E LD_LIBRARY_PATH=${AXL_SYSROOT}/usr/lib/${triple}:${AXL_SYSROOT}/lib/${triple})
