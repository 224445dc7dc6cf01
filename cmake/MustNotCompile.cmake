# Tests that a mistake does not compile: each file of test/must_not_compile of the
# calling room is compiled twice by clang (it alone knows -Wthread-safety).
#
#   with -DFAULT      it must fail, with the diagnostic that its first line names
#   without           it must compile, or the failure above would prove nothing
#
#   add_must_not_compile(base DEPENDS base)
#
# DEPENDS   rooms whose headers the files include
find_program(MLLP_CLANG NAMES clang++ clang++-14 DOC "clang for the must-not-compile tests")

function(add_must_not_compile room)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "DEPENDS")
  if(NOT MLLP_TESTS OR NOT MLLP_CLANG)
    return()
  endif()
  set(command ${MLLP_CLANG} -std=c++20 -fsyntax-only -fno-color-diagnostics
    -Wall -Wextra -Wthread-safety -Werror)
  foreach(depend IN LISTS arg_DEPENDS)
    list(APPEND command -I ${PROJECT_SOURCE_DIR}/lib/${depend}/include)
  endforeach()
  list(APPEND command -I ${PROJECT_SOURCE_DIR}/app)

  file(GLOB files CONFIGURE_DEPENDS test/must_not_compile/*.cpp)
  foreach(file IN LISTS files)
    cmake_path(GET file STEM stem)
    file(STRINGS ${file} first_line LIMIT_COUNT 1)
    if(NOT first_line MATCHES "^// expect: (.+)$")
      message(FATAL_ERROR "${file}:1: expected `// expect: <part of the diagnostic>`")
    endif()
    add_test(NAME ${room}.must_not_compile.${stem} COMMAND ${command} -DFAULT ${file})
    set_tests_properties(${room}.must_not_compile.${stem} PROPERTIES
      LABELS unit PASS_REGULAR_EXPRESSION "error: .*${CMAKE_MATCH_1}")
    add_test(NAME ${room}.compiles.${stem} COMMAND ${command} ${file})
    set_tests_properties(${room}.compiles.${stem} PROPERTIES LABELS unit)
  endforeach()
endfunction()
