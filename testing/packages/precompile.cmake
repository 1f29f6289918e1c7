# Makes the tests' builds of the library affordable: what most of its files include is parsed once
# for each layer. Injected by CMAKE_PROJECT_kinesis_core_INCLUDE; users do not have it.
function(_packages_precompile)
  get_property(layers GLOBAL PROPERTY KINESIS_CORE_LAYERS)
  foreach(layer IN LISTS layers)
    get_target_property(type ${layer} TYPE)
    if(NOT type STREQUAL "INTERFACE_LIBRARY")
      target_precompile_headers(
        ${layer} PRIVATE <absl/status/statusor.h> <absl/time/time.h> <map> <memory> <mutex>
        <optional> <span> <string> <vector> <kinesis_core/engine.h>)
      if(layer MATCHES "_(api|json|remote|testing)$")
        target_precompile_headers(${layer} PRIVATE <kinesis_core/api/client.h>)
      endif()
    endif()
  endforeach()
endfunction()
cmake_language(DEFER CALL _packages_precompile)
