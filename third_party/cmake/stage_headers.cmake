# Copies the public headers to FOLDER, as they are included:
#
#   cmake -D FOLDER=out -P third_party/cmake/stage_headers.cmake
cmake_minimum_required(VERSION 3.22)
get_filename_component(PROJECT_SOURCE_DIR "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
include("${CMAKE_CURRENT_LIST_DIR}/bazel_targets.cmake")

file(STRINGS "${PROJECT_SOURCE_DIR}/BUILD.bazel" names
     REGEX "^    name = \"(kinesis_core|api|json|testing|lab)\"")
foreach(name IN LISTS names)
  string(REGEX MATCH "\"(.*)\"" matched "${name}")
  kinesis_core_read_target("//:${CMAKE_MATCH_1}" layer)
  set(first "")
  if(name MATCHES "lab")
    set(first ${layer_OWN})
  endif()
  kinesis_core_public_headers("${layer_HEADERS}" headers ${first})
  foreach(header IN LISTS headers)
    kinesis_core_include_path("${header}" path)
    get_filename_component(folder "${FOLDER}/${path}" DIRECTORY)
    file(COPY "${PROJECT_SOURCE_DIR}/${header}" DESTINATION "${folder}")
  endforeach()
endforeach()
