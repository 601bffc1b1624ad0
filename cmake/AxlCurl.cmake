# Fetching data: libcurl, of which a build needs the header only; it is loaded when it is used.
# Optional; -DAXL_CURL=OFF leaves it out where it is.
#   AXL_HAS_CURL    whether it is there

option(AXL_CURL "fetch data with libcurl, where it is there" ON)
set(AXL_HAS_CURL OFF)
if(AXL_CURL)
  find_path(AXL_LIBCURL_INCLUDE curl/curl.h)
  if(NOT AXL_LIBCURL_INCLUDE)
    message(STATUS "Without fetching: no libcurl (Debian: libcurl4-openssl-dev)")
  else()
    set(AXL_HAS_CURL ON)
  endif()
endif()
