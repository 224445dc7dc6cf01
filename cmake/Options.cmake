# Material that tests read and the project does not hold: they skip where it is absent.
if(DEFINED ENV{MLLP_SHARED})
  set(MLLP_SHARED_DIR $ENV{MLLP_SHARED})
else()
  cmake_path(SET MLLP_SHARED_DIR NORMALIZE ${PROJECT_SOURCE_DIR}/../shared)
endif()

# How every one of our targets is compiled: link `project_options` privately.
add_library(project_options INTERFACE)
target_compile_features(project_options INTERFACE cxx_std_20)
target_compile_options(project_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor
  -Wold-style-cast -Woverloaded-virtual -Wnull-dereference -Wimplicit-fallthrough
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
  # g++ 12 takes the assignment of a literal to a std::string for an overlap (PR 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<BOOL:${PROJECT_IS_TOP_LEVEL}>:-Werror>)

# g++ 12 reports a null dereference inside the standard library when it inlines
# across sanitizer checks; the analysis stays on in every other build.
if(MLLP_SANITIZE)
  add_compile_options(-fsanitize=${MLLP_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MLLP_SANITIZE})
  target_compile_options(project_options INTERFACE
    -Wno-null-dereference $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
    # clang 14: coroutines with the `function` check do not link.
    $<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=function>)
endif()
if(MLLP_SANITIZE STREQUAL "thread")
  # Asio calls atomic_thread_fence, which tsan does not model.
  target_compile_options(project_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
endif()
if(MLLP_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
