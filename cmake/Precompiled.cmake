# The headers of GoogleTest, parsed once and not a hundred times: half of what compiling
# a small test takes. g++ only; a test never relies on it, as it includes what it uses.
#
#   use_precompiled_test_headers(base_test)
function(use_precompiled_test_headers target)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    return()
  endif()
  # Sanitizers make much code of a test; to optimise it takes longer than to run it.
  set(optimise)
  if(MLLP_SANITIZE)
    set(optimise -O0)
  endif()
  if(NOT TARGET precompiled_test_headers)
    add_executable(precompiled_test_headers ${PROJECT_SOURCE_DIR}/test_support/precompiled_main.cpp)
    target_link_libraries(precompiled_test_headers PRIVATE project_options GTest::gmock)
    target_precompile_headers(precompiled_test_headers PRIVATE
      <gmock/gmock.h> <gtest/gtest.h>
      <chrono> <filesystem> <functional> <memory> <string> <vector>)
    target_compile_options(precompiled_test_headers PRIVATE ${optimise})
  endif()
  target_precompile_headers(${target} REUSE_FROM precompiled_test_headers)
  # -fpch-preprocess: for ccache, which otherwise leaves alone whatever includes such
  # headers. The warnings are g++ 12's false ones about std::string, which it keeps to
  # itself only where <string> itself is read.
  target_compile_options(${target} PRIVATE ${optimise} -fpch-preprocess
    -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
endfunction()
