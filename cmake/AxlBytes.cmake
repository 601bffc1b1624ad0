# A file inside of the library, as a C array.
#   axl_bytes(VARIABLE NAME FILE)   VARIABLE becomes the name of the C file, which defines
#                                   const unsigned char NAME[] and const size_t NAME_size
# The file is also the script that makes it: cmake -DNAME=... -DFILE=... -DOUT=... -P AxlBytes.cmake

function(axl_bytes variable name file)
  set(script ${PROJECT_SOURCE_DIR}/cmake/AxlBytes.cmake)
  set(from ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${name}.c)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DFILE=${from} -DOUT=${out} -P ${script}
    DEPENDS ${from} ${script} VERBATIM COMMENT "Making ${name}.c of ${file}")
  set(${variable} ${out} PARENT_SCOPE)
endfunction()

if(NOT CMAKE_SCRIPT_MODE_FILE)
  return()
endif()

file(READ ${FILE} bytes HEX)
string(LENGTH "${bytes}" digits)
math(EXPR size "${digits} / 2")
# Sixteen bytes a line, so that no line is longer than a compiler must take; a zero behind the last,
# so that text is a string.
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
get_filename_component(from ${FILE} NAME)
set(text "// Made by cmake/AxlBytes.cmake from ${from}.\n#include <stddef.h>\n\n")
string(APPEND text "extern const unsigned char ${NAME}[];\nextern const size_t ${NAME}_size;\n\n")
string(APPEND text "const unsigned char ${NAME}[] = {\n${bytes}0};\n")
string(APPEND text "const size_t ${NAME}_size = ${size};\n")
file(WRITE ${OUT} "${text}")
