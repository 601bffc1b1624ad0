# Reading Python source: libtree-sitter and the C source of its Python grammar (tools/get_grammar).
# Both are optional; -DAXL_PYTHON=OFF leaves them out where they are.
#   AXL_HAS_PYTHON    whether both are there

option(AXL_PYTHON "read Python source with tree-sitter, where it is there" ON)
set(AXL_GRAMMAR ${PROJECT_SOURCE_DIR}/build/grammar CACHE PATH
  "folder of npm's tree-sitter-python, C source")
set(AXL_HAS_PYTHON OFF)
if(AXL_PYTHON)
  find_library(AXL_TREE_SITTER tree-sitter)
  find_path(AXL_TREE_SITTER_INCLUDE tree_sitter/api.h)
  if(NOT AXL_TREE_SITTER OR NOT AXL_TREE_SITTER_INCLUDE)
    message(STATUS "Without Python source: no libtree-sitter (Debian: libtree-sitter-dev)")
  elseif(NOT EXISTS ${AXL_GRAMMAR}/src/parser.c)
    message(STATUS "Without Python source: no grammar in ${AXL_GRAMMAR} (tools/get_grammar)")
  else()
    set(AXL_HAS_PYTHON ON)
  endif()
endif()

# The grammar is one more part of the library: not ours, so without our warnings.
if(AXL_HAS_PYTHON)
  add_library(axl_grammar OBJECT ${AXL_GRAMMAR}/src/parser.c ${AXL_GRAMMAR}/src/scanner.c)
  target_include_directories(axl_grammar SYSTEM PRIVATE ${AXL_GRAMMAR}/src)
  target_compile_definitions(axl_grammar PRIVATE TREE_SITTER_HIDE_SYMBOLS
    TREE_SITTER_REUSE_ALLOCATOR)
  # Tables, and one function of a million gotos: more than -O1 takes minutes and gains nothing.
  target_compile_options(axl_grammar PRIVATE -w -O1)
  set_source_files_properties(${AXL_GRAMMAR}/src/scanner.c PROPERTIES
    COMPILE_OPTIONS "-include;${PROJECT_SOURCE_DIR}/src/python/grammar_alloc.h")
  set_property(GLOBAL APPEND PROPERTY AXL_LAYERS axl_grammar)
  axl_needs(${AXL_TREE_SITTER})
endif()
