# The few functions that every folder's CMakeLists.txt uses:
#   axl_layer(name file.c ...)        the objects of one folder of src/
#   axl_test(name file.c ...)         one cmocka program on the internal objects, labelled "unit"
#                                     and with the name of its folder
#   axl_test_label(name label ...)    more ctest labels for a test
#   axl_check(name command ...)       a check of the tree itself (label "check"); 77 means skipped
# fuzz/CMakeLists.txt adds axl_fuzz(name).

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O1 -g")
set(CMAKE_C_FLAGS_DEBUG "-O0 -g")

option(AXL_WERROR "warnings are errors" ON)
set(AXL_SANITIZE "" CACHE STRING "value of -fsanitize= (address,undefined or thread)")

# Every compiled file of the project links this.
add_library(axl_flags INTERFACE)
target_compile_definitions(axl_flags INTERFACE _POSIX_C_SOURCE=200809L)
target_compile_options(axl_flags INTERFACE -Wall -Wextra -Wconversion -Wshadow
  -Wstrict-prototypes -Wmissing-prototypes -fno-math-errno)
# Instrumented code makes gcc warn about conversions that it knows to be safe otherwise.
if(AXL_WERROR AND (NOT AXL_SANITIZE OR CMAKE_C_COMPILER_ID MATCHES Clang))
  target_compile_options(axl_flags INTERFACE -Werror)
endif()

# Apart from the flags above because a program that links the library needs it as well.
add_library(axl_sanitizer INTERFACE)
if(AXL_SANITIZE)
  # -O1 and -g1 come after the kernels' own -O3 and the build type's -g, so they win: with -O3, and
  # with every variable tracked, one instrumented file of vector code takes minutes.
  target_compile_options(axl_flags INTERFACE -fsanitize=${AXL_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer -O1 -g1)
  if(CMAKE_C_COMPILER_ID MATCHES Clang) # at -O1 some loops stay as they are
    target_compile_options(axl_flags INTERFACE -Wno-pass-failed)
  endif()
  target_link_options(axl_sanitizer INTERFACE -fsanitize=${AXL_SANITIZE})
endif()

# Seconds; far above what any test takes on a machine that does nothing else.
set(AXL_TEST_TIMEOUT 300)
if(AXL_SANITIZE OR CMAKE_CROSSCOMPILING)
  set(AXL_TEST_TIMEOUT 900)
endif()

set_property(GLOBAL PROPERTY AXL_LAYERS "")

function(axl_layer name)
  add_library(axl_${name} OBJECT ${ARGN})
  target_include_directories(axl_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src
    ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(axl_${name} PRIVATE axl_flags)
  set_property(GLOBAL APPEND PROPERTY AXL_LAYERS axl_${name})
endfunction()

function(axl_test name)
  add_executable(test_${name} ${ARGN})
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src
    ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(test_${name} PRIVATE axl_internal axl_flags ${AXL_CMOCKA})
  set_target_properties(test_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY
    ${PROJECT_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND test_${name})
  get_filename_component(area ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  set_tests_properties(${name} PROPERTIES TIMEOUT ${AXL_TEST_TIMEOUT} LABELS "unit;${area}")
endfunction()

function(axl_test_label name)
  set_property(TEST ${name} APPEND PROPERTY LABELS ${ARGN})
endfunction()

function(axl_check name)
  add_test(NAME check_${name} COMMAND ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(check_${name} PROPERTIES TIMEOUT 300 LABELS check SKIP_RETURN_CODE 77)
endfunction()
