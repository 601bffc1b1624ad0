# The files of web/ inside of the library, as a C table: bytes, media type and a tag that changes
# with them.
#   axl_web(VARIABLE)    VARIABLE becomes the name of the C file, which is made when one of them changes
# The file is also the script that makes it: cmake -DFOLDER=... -DFILES=... -DOUT=... -P AxlWeb.cmake

set(AXL_WEB_FILES
  icon.svg
  index.html
  style.css
  play.css
  theme.js
  dom.js
  format.js
  bytes.js
  server.js
  paper.js
  shade.js
  settings.js
  strip.js
  inspector.js
  play.js
  train.html
  train.css
  chart.js
  train.js)

function(axl_web variable)
  set(folder ${PROJECT_SOURCE_DIR}/web)
  set(script ${PROJECT_SOURCE_DIR}/cmake/AxlWeb.cmake)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/page_files.c)
  set(paths "")
  foreach(file ${AXL_WEB_FILES})
    list(APPEND paths ${folder}/${file})
  endforeach()
  string(REPLACE ";" "," files "${AXL_WEB_FILES}")
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} -DFILES=${files} -DOUT=${out} -P ${script}
    DEPENDS ${paths} ${script} VERBATIM COMMENT "Making page_files.c of web/")
  set(${variable} ${out} PARENT_SCOPE)
endfunction()

if(NOT CMAKE_SCRIPT_MODE_FILE)
  return()
endif()

set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_svg "image/svg+xml")

set(arrays "")
set(rows "")
set(number 0)
string(REPLACE "," ";" files "${FILES}")
foreach(file ${files})
  string(REGEX REPLACE ".*\\." "" ending ${file})
  if(NOT DEFINED type_${ending})
    message(FATAL_ERROR "${file}: no media type is known for .${ending}")
  endif()
  file(READ ${FOLDER}/${file} bytes HEX)
  string(LENGTH "${bytes}" digits)
  math(EXPR size "${digits} / 2")
  # Sixteen bytes a line, so that no line is longer than a compiler must take.
  string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  file(SHA256 ${FOLDER}/${file} hash)
  string(SUBSTRING ${hash} 0 32 tag)
  string(APPEND arrays "static const unsigned char file_${number}[] = {\n${bytes}};\n\n")
  string(APPEND rows
    "    {\"/${file}\", \"${type_${ending}}\", \"\\\"${tag}\\\"\", file_${number}, ${size}},\n")
  math(EXPR number "${number} + 1")
endforeach()

set(text "// Made by cmake/AxlWeb.cmake from web/.\n#include \"server/page.h\"\n\n")
string(APPEND text "${arrays}const page_file page_files[] = {\n${rows}};\n")
string(APPEND text "const size_t page_file_count = ${number};\n")
file(WRITE ${OUT} "${text}")
