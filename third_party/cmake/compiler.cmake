# kinesis_core_check_compiler() ends with one sentence if the compiler is too old for the library,
# and says so if it is not asked to optimise.
function(kinesis_core_check_compiler)
  set(oldest_GNU 11)
  set(oldest_Clang 14)
  set(oldest "${oldest_${CMAKE_CXX_COMPILER_ID}}")
  if((oldest AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS oldest) OR
     NOT "cxx_std_20" IN_LIST CMAKE_CXX_COMPILE_FEATURES)
    message(FATAL_ERROR "kinesis_core needs C++20 as g++ ${oldest_GNU} and clang ${oldest_Clang} "
                        "have it; ${CMAKE_CXX_COMPILER} is ${CMAKE_CXX_COMPILER_ID} "
                        "${CMAKE_CXX_COMPILER_VERSION}. Another one: -DCMAKE_CXX_COMPILER=...")
  endif()
  if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    message(STATUS "kinesis_core: nothing is optimised; for use: -DCMAKE_BUILD_TYPE=Release")
  endif()
endfunction()
