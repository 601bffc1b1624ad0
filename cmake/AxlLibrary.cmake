# libaxl, shared and static, from the layers' objects.
#
# The shared library exports what the public headers mark and nothing else. An ordinary static
# library cannot hide anything: a name such as gguf_open would collide with the same name in a
# program that links it. So the static one holds a single object, made by linking all objects with
# `ld -r` and then turning every hidden symbol into a local one.

set(AXL_SOVERSION 0)

# axl_needs(FILE): the library also needs this one, which not every build has.
set_property(GLOBAL PROPERTY AXL_NEEDED "")
function(axl_needs file)
  set_property(GLOBAL APPEND PROPERTY AXL_NEEDED ${file})
endfunction()

# "tree-sitter" of /usr/lib/libtree-sitter.so
function(axl_library_name variable file)
  get_filename_component(name ${file} NAME)
  string(REGEX REPLACE "^lib(.*)[.](so|a)$" "\\1" name ${name})
  set(${variable} ${name} PARENT_SCOPE)
endfunction()

function(axl_libraries)
  get_property(layers GLOBAL PROPERTY AXL_LAYERS)
  get_property(needed GLOBAL PROPERTY AXL_NEEDED)
  set(objects "")
  foreach(layer ${layers})
    list(APPEND objects $<TARGET_OBJECTS:${layer}>)
  endforeach()

  # Everything with internal names visible: tests link this, nobody installs it.
  add_library(axl_internal STATIC ${objects})
  target_link_libraries(axl_internal PUBLIC m ${AXL_JANSSON} ${AXL_ZLIB} ${AXL_YAML} ${needed}
    Threads::Threads ${CMAKE_DL_LIBS} $<BUILD_INTERFACE:axl_sanitizer>)

  add_library(axl_shared SHARED ${objects})
  target_link_libraries(axl_shared PRIVATE m ${AXL_JANSSON} ${AXL_ZLIB} ${AXL_YAML} ${needed}
    Threads::Threads ${CMAKE_DL_LIBS} $<BUILD_INTERFACE:axl_sanitizer>)
  set_target_properties(axl_shared PROPERTIES OUTPUT_NAME axl EXPORT_NAME axl
    VERSION ${PROJECT_VERSION} SOVERSION ${AXL_SOVERSION})
  if(NOT AXL_SANITIZE)
    target_link_options(axl_shared PRIVATE -Wl,-z,defs)
  endif()

  set(whole ${CMAKE_CURRENT_BINARY_DIR}/axl_whole.o)
  add_custom_command(OUTPUT ${whole}
    COMMAND ${CMAKE_LINKER} -r -o ${whole} --whole-archive $<TARGET_FILE:axl_internal>
    COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${whole}
    DEPENDS axl_internal VERBATIM COMMENT "Linking axl_whole.o with hidden symbols made local")
  set_source_files_properties(${whole} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
  add_library(axl_static STATIC ${whole})
  # The package is used elsewhere, so it names the library and not the file.
  target_link_libraries(axl_static PUBLIC m Threads::Threads ${CMAKE_DL_LIBS}
    $<BUILD_INTERFACE:${AXL_JANSSON}> $<INSTALL_INTERFACE:jansson>
    $<BUILD_INTERFACE:${AXL_ZLIB}> $<INSTALL_INTERFACE:z>
    $<BUILD_INTERFACE:${AXL_YAML}> $<INSTALL_INTERFACE:yaml>
    $<BUILD_INTERFACE:axl_sanitizer>)
  foreach(file ${needed})
    axl_library_name(name ${file})
    target_link_libraries(axl_static PUBLIC $<BUILD_INTERFACE:${file}> $<INSTALL_INTERFACE:${name}>)
  endforeach()
  set_target_properties(axl_static PROPERTIES OUTPUT_NAME axl LINKER_LANGUAGE C)

  foreach(library axl_shared axl_static)
    target_include_directories(${library} INTERFACE
      $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
      $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  endforeach()
endfunction()
