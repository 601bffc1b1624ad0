# What an installation holds: the program, both libraries, the headers, axl.pc, the CMake package.
include(CMakePackageConfigHelpers)

install(TARGETS axl_shared axl_static EXPORT axl-targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/axl DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h")
if(TARGET axl)
  install(TARGETS axl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  # The program writes them from its option table, so they cannot be out of date.
  add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/axl.1 ${PROJECT_BINARY_DIR}/axl.bash
    COMMAND axl help --man > ${PROJECT_BINARY_DIR}/axl.1
    COMMAND axl help --completion bash > ${PROJECT_BINARY_DIR}/axl.bash
    DEPENDS axl VERBATIM)
  add_custom_target(axl_pages ALL DEPENDS ${PROJECT_BINARY_DIR}/axl.1)
  install(FILES ${PROJECT_BINARY_DIR}/axl.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${PROJECT_BINARY_DIR}/axl.bash RENAME axl
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  # systemd looks under every prefix of its own here; the service names the program as installed.
  if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    file(READ ${PROJECT_SOURCE_DIR}/packaging/axl.service service)
    string(REPLACE "=/usr/bin/axl " "=${CMAKE_INSTALL_FULL_BINDIR}/axl " service "${service}")
    file(WRITE ${PROJECT_BINARY_DIR}/axl.service "${service}")
    install(FILES ${PROJECT_BINARY_DIR}/axl.service DESTINATION lib/systemd/system)
  endif()
endif()

# axl.pc finds its prefix from where it lies, so an installation can be moved.
set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH AXL_PC_PREFIX /prefix/${pc_dir} /prefix)
string(REGEX REPLACE "/$" "" AXL_PC_PREFIX ${AXL_PC_PREFIX})
set(AXL_DL_FLAG "")
if(CMAKE_DL_LIBS)
  set(AXL_DL_FLAG -l${CMAKE_DL_LIBS})
endif()
set(AXL_NEEDED_FLAGS "")
get_property(needed GLOBAL PROPERTY AXL_NEEDED)
foreach(file ${needed})
  axl_library_name(name ${file})
  string(APPEND AXL_NEEDED_FLAGS " -l${name}")
endforeach()
configure_file(${PROJECT_SOURCE_DIR}/cmake/axl.pc.in ${PROJECT_BINARY_DIR}/axl.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/axl.pc DESTINATION ${pc_dir})

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/axl)
install(EXPORT axl-targets NAMESPACE axl:: DESTINATION ${package_dir})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/axl-config.cmake.in
  ${PROJECT_BINARY_DIR}/axl-config.cmake INSTALL_DESTINATION ${package_dir})
# Before 1.0 a new minor version may break the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/axl-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/axl-config.cmake ${PROJECT_BINARY_DIR}/axl-config-version.cmake
  DESTINATION ${package_dir})
