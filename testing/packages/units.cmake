# Makes the tests' builds of the library affordable: the sources of a library or program are put
# together in a few files, in which headers are read once. Injected by
# CMAKE_PROJECT_kinesis_core_INCLUDE; users do not have it.
function(_packages_put_together)
  get_property(targets DIRECTORY PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(is_ours ${target} KINESIS_CORE_LABELS)
    get_target_property(type ${target} TYPE)
    if(NOT is_ours OR type STREQUAL "INTERFACE_LIBRARY")
      continue()
    endif()
    get_target_property(sources ${target} SOURCES)
    execute_process(
      COMMAND python3 "${PROJECT_SOURCE_DIR}/testing/tidy/compile_units.py" 24 ${sources}
      OUTPUT_VARIABLE units COMMAND_ERROR_IS_FATAL ANY)
    string(REGEX MATCHALL "[^\n]+" units "${units}")
    set(number 0)
    foreach(unit IN LISTS units)
      math(EXPR number "${number} + 1")
      separate_arguments(unit)
      set_source_files_properties(${unit} PROPERTIES UNITY_GROUP "${target}_${number}")
    endforeach()
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
    # That warns of a type which a file included keeps for itself.
    target_compile_options(${target} PRIVATE "$<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>")
  endforeach()
endfunction()
cmake_language(DEFER CALL _packages_put_together)
