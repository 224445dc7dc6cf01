# Installs the libraries into a folder of the test's own, builds the examples
# against them as a stranger would, runs them, and compares what they print.
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGV}\n${output}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix --component development)
run(${CMAKE_COMMAND} -S ${SOURCE} -B ${WORK}/build -DCMAKE_PREFIX_PATH=${WORK}/prefix
  -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_FLAGS=${FLAGS})
run(${CMAKE_COMMAND} --build ${WORK}/build)

execute_process(COMMAND ${WORK}/build/admit INPUT_FILE ${SOURCE}/admit.hl7
  OUTPUT_VARIABLE printed RESULT_VARIABLE result)
file(READ ${SOURCE}/admit.txt expected)
if(NOT result EQUAL 0 OR NOT printed STREQUAL expected)
  message(FATAL_ERROR "it printed (${result}):\n${printed}\ninstead of:\n${expected}")
endif()

# The same with the other library, whose example stands in its room.
run(${CMAKE_COMMAND} -S ${SOURCE}/../rules -B ${WORK}/rules -DCMAKE_PREFIX_PATH=${WORK}/prefix
  -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_FLAGS=${FLAGS} -DEXAMPLE=${CEL_EXAMPLE})
run(${CMAKE_COMMAND} --build ${WORK}/rules)
run(${CMAKE_COMMAND} -DPROGRAM=${WORK}/rules/parcel_rules
  -DEXPECTED=${CEL_EXAMPLE}/parcel_rules.txt -P ${CEL_EXAMPLE}/compare_output.cmake)

# A component that there is not is told, instead of found.
execute_process(COMMAND ${CMAKE_COMMAND} -S ${SOURCE} -B ${WORK}/other
  -DCMAKE_PREFIX_PATH=${WORK}/prefix -DCMAKE_CXX_COMPILER=${COMPILER} -DCOMPONENT=unheard_of
  RESULT_VARIABLE result OUTPUT_QUIET ERROR_QUIET)
if(result EQUAL 0)
  message(FATAL_ERROR "find_package() found a component that there is not")
endif()
