# Running generated code: libseccomp, whose filter bubblewrap takes. Optional; -DAXL_SANDBOX=OFF
# leaves it out where it is. bubblewrap itself is looked for when a program is to run.
#   AXL_HAS_SANDBOX    whether it is there

option(AXL_SANDBOX "run generated code under a filter of libseccomp, where it is there" ON)
set(AXL_HAS_SANDBOX OFF)
if(AXL_SANDBOX)
  find_library(AXL_SECCOMP seccomp)
  find_path(AXL_SECCOMP_INCLUDE seccomp.h)
  if(NOT AXL_SECCOMP OR NOT AXL_SECCOMP_INCLUDE)
    message(STATUS "Without a sandbox: no libseccomp (Debian: libseccomp-dev)")
  else()
    set(AXL_HAS_SANDBOX ON)
    axl_needs(${AXL_SECCOMP})
  endif()
endif()
