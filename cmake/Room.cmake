# One function makes a room: its library, its tests, its fuzz targets and its
# benchmarks. What a room may depend on is written in one place, DEPENDS.
#
#   add_room(mllp INSTALL DEPENDS base)           # lib/mllp: include/mllp + src
#   add_room(store DEPENDS base telemetry
#            LIBRARIES SQLite::SQLite3)           # app/store: flat, sub-folders too
#
# INSTALL     the room is a library for others: its headers are installed
# DEPENDS     rooms below this one
# LIBRARIES   third-party targets that its headers or sources need
# TEST_LIBRARIES  what only its tests need
function(add_room name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "INSTALL" "" "DEPENDS;LIBRARIES;TEST_LIBRARIES")
  set(here ${CMAKE_CURRENT_SOURCE_DIR})
  if(EXISTS ${here}/include)
    file(GLOB sources CONFIGURE_DEPENDS src/*.cpp)
    set(public_headers ${here}/include)
  else()
    file(GLOB sources CONFIGURE_DEPENDS *.cpp */*.cpp)
    list(FILTER sources EXCLUDE REGEX "/(test|fuzz|bench|test_support|modules)/[^/]*$|/main\\.cpp$")
    set(public_headers ${PROJECT_SOURCE_DIR}/app)
  endif()
  file(GLOB tests CONFIGURE_DEPENDS test/*_test.cpp)
  file(GLOB test_parts CONFIGURE_DEPENDS test/*.cpp test_support/*.cpp)
  file(GLOB fuzzers CONFIGURE_DEPENDS fuzz/*_fuzz.cpp)
  file(GLOB benches CONFIGURE_DEPENDS bench/*_bench.cpp)

  # g++ 12 sees null dereferences inside Asio and <fstream> when it inlines them; the
  # check stays on for the libraries.
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND NOT EXISTS ${here}/include)
    set_source_files_properties(${sources} ${test_parts}
      PROPERTIES COMPILE_OPTIONS -Wno-null-dereference)
  endif()

  if(sources)
    add_library(${name} STATIC ${sources})
    target_include_directories(${name} PUBLIC
      $<BUILD_INTERFACE:${public_headers}> $<INSTALL_INTERFACE:include>)
    if(EXISTS ${here}/src)
      target_include_directories(${name} PRIVATE ${here}/src)
    endif()
    target_link_libraries(${name} PUBLIC ${arg_DEPENDS} ${arg_LIBRARIES}
      PRIVATE $<BUILD_INTERFACE:project_options>)
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE
      $<BUILD_INTERFACE:${public_headers}> $<INSTALL_INTERFACE:include>)
    target_link_libraries(${name} INTERFACE ${arg_DEPENDS} ${arg_LIBRARIES})
  endif()
  add_library(MllpServer::${name} ALIAS ${name})

  if(tests AND MLLP_TESTS)
    add_executable(${name}_test ${test_parts})
    target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR} ${here}/src)
    target_link_libraries(${name}_test PRIVATE ${name} project_options
      GTest::gmock GTest::gtest_main ${arg_TEST_LIBRARIES})
    exempt_from_clang_tidy(${name}_test)
    use_precompiled_test_headers(${name}_test)
    gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60
      PROPERTIES LABELS unit TIMEOUT 300 ENVIRONMENT "MLLP_SHARED=${MLLP_SHARED_DIR}")
  endif()
  foreach(file IN LISTS fuzzers)
    add_fuzz_target(${name} ${file})
  endforeach()
  foreach(file IN LISTS benches)
    if(MLLP_BENCH)
      cmake_path(GET file STEM stem)
      add_executable(${stem} ${file})
      target_link_libraries(${stem} PRIVATE ${name} project_options benchmark::benchmark_main)
      exempt_from_clang_tidy(${stem})
      add_test(NAME ${name}.bench.${stem} COMMAND ${stem} --benchmark_min_time=0.001)
      set_tests_properties(${name}.bench.${stem} PROPERTIES LABELS bench)
    endif()
  endforeach()

  if(arg_INSTALL)
    set_property(GLOBAL APPEND PROPERTY MLLP_INSTALLED_ROOMS ${name})
    install(TARGETS ${name} EXPORT MllpServerTargets COMPONENT development)
    if(EXISTS ${here}/include)
      install(DIRECTORY include/ DESTINATION include COMPONENT development)
    endif()
  endif()
endfunction()

# The reference of a library's headers: <build>/lib/NAME/reference/html. No warning is taken.
function(add_reference library)
  find_program(DOXYGEN doxygen)
  if(MLLP_TESTS AND DOXYGEN)
    configure_file(${PROJECT_SOURCE_DIR}/cmake/reference.doxyfile.in reference.doxyfile @ONLY)
    add_test(NAME ${library}.reference
      COMMAND ${DOXYGEN} ${CMAKE_CURRENT_BINARY_DIR}/reference.doxyfile)
    set_tests_properties(${library}.reference PROPERTIES LABELS unit)
  endif()
endfunction()

# Gives a test program the count of its allocations, test_support/allocation_count.hpp.
function(count_allocations target)
  target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/test_support/allocation_count.cpp)
endfunction()

# The macros of GoogleTest and Google Benchmark unfold into what our own rules of
# naming, nesting and complexity refuse. The warnings of the compiler stay on.
function(exempt_from_clang_tidy target)
  set_target_properties(${target} PROPERTIES CXX_CLANG_TIDY "")
endfunction()

# With clang's libFuzzer a real fuzz target; elsewhere the same file runs over its
# corpus as a plain test, so that a crash once found stays found in every build.
function(add_fuzz_target room file)
  cmake_path(GET file STEM stem)
  string(REGEX REPLACE "_fuzz$" "" corpus ${stem})
  set(folder ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${corpus})
  if(MLLP_FUZZ)
    add_executable(${stem} ${file})
    target_link_options(${stem} PRIVATE -fsanitize=fuzzer)
    set(flags -runs=0)
  elseif(MLLP_TESTS)
    add_executable(${stem} ${file} ${PROJECT_SOURCE_DIR}/test_support/replay_corpus_main.cpp)
    set(flags)
  else()
    return()
  endif()
  target_link_libraries(${stem} PRIVATE ${room} project_options)
  add_test(NAME ${room}.fuzz.${corpus} COMMAND ${stem} ${flags} ${folder})
  set_tests_properties(${room}.fuzz.${corpus} PROPERTIES LABELS fuzz)
endfunction()
