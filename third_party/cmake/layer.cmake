# A layer of the library: a target of the root's BUILD.bazel, as a CMake target of the same name.
#
#   kinesis_core_add_layer(<name>)      makes kinesis_core::<name>; nothing if BUILD.bazel has none
#   kinesis_core_add_c_library()        makes kinesis_core::c: libkinesis.so.0, for other languages
#   kinesis_core_install_layers()       headers, libraries, CMake package and pkg-config files
#
# A layer holds what its target reaches and no layer before it does.

# Headers are included as "kinesis_core/...": this folder has one for each that includes the file of
# the source tree. So neither "api/..." nor "testing/..." is on anybody's include path.
set(KINESIS_CORE_INCLUDE_DIR "${PROJECT_BINARY_DIR}/include")

# What a label of another repository is called in CMake: an exported dependency, one that only .cc
# files need, or neither.
function(_kinesis_core_map_external label out out_private)
  set(${out} "" PARENT_SCOPE)
  set(${out_private} "" PARENT_SCOPE)
  if(label MATCHES "^@com_google_absl//.*[/:]([a-z_0-9]+)$")
    set(${out} "absl::${CMAKE_MATCH_1}" PARENT_SCOPE)
  elseif(label MATCHES "^@com_google_googletest//")
    set(${out} "GTest::gmock" PARENT_SCOPE)
  elseif(label STREQUAL "@simdjson")
    set(${out_private} "simdjson::simdjson" PARENT_SCOPE)
  elseif(label STREQUAL "@openssl//:crypto")
    set(${out_private} "OpenSSL::Crypto" PARENT_SCOPE)
  elseif(label STREQUAL "@zlib")
    set(${out_private} z PARENT_SCOPE)
  elseif(label STREQUAL "@zstd")
    set(${out_private} zstd PARENT_SCOPE)
  elseif(label MATCHES "^@boost//")
    set(${out_private} "$<BUILD_INTERFACE:Boost::headers>" PARENT_SCOPE)
  elseif(NOT label MATCHES "^@(xxhash|nlohmann_json//:json)$")
    message(FATAL_ERROR "third_party/cmake/layer.cmake does not know ${label}")
  endif()
endfunction()

function(_kinesis_core_set_up_target target)
  set_target_properties(
    ${target}
    PROPERTIES CXX_VISIBILITY_PRESET hidden
               VISIBILITY_INLINES_HIDDEN ON
               POSITION_INDEPENDENT_CODE ON
               VERSION ${PROJECT_VERSION}
               # Before 1.0, each minor version has an ABI of its own.
               SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
               INSTALL_RPATH "\$ORIGIN")
  if(NOT PROJECT_IS_TOP_LEVEL AND NOT KINESIS_CORE_INSTALL)
    set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_link_libraries(${target} PRIVATE Threads::Threads)
  target_include_directories(
    ${target} PUBLIC "$<BUILD_INTERFACE:${KINESIS_CORE_INCLUDE_DIR}>"
                     "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_include_directories(${target} SYSTEM PRIVATE "${KINESIS_CORE_XXHASH_INCLUDE_DIR}")
  if(BUILD_SHARED_LIBS)
    target_compile_definitions(${target} PUBLIC KINESIS_CORE_SHARED)
    set(map "${PROJECT_SOURCE_DIR}/third_party/cmake/hidden_symbols.map")
    target_link_options(${target} PRIVATE "LINKER:--version-script=${map}")
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS "${map}")
  endif()
endfunction()

function(kinesis_core_add_layer name)
  file(STRINGS "${PROJECT_SOURCE_DIR}/BUILD.bazel" found REGEX "^    name = \"${name}\",")
  if(NOT found)
    return()
  endif()
  kinesis_core_read_target("//:${name}" layer)

  # A source that Bazel generates: a page as a string literal.
  set(page "bench/partition_lab/report_page")
  if("${page}.inc" IN_LIST layer_SOURCES)
    list(REMOVE_ITEM layer_SOURCES "${page}.inc")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${page}.html")
    file(READ "${PROJECT_SOURCE_DIR}/${page}.html" text)
    file(WRITE "${PROJECT_BINARY_DIR}/generated/${page}.inc" "R\"lab_page(\n${text})lab_page\"\n")
  endif()

  # The lab and the remote client use internals that shared libraries hide: they are static libraries
  # beside them, with the few that they need.
  set(hidden "")
  set(library_kind "")
  if(BUILD_SHARED_LIBS AND name STREQUAL "lab")
    set(hidden ${layer_SOURCES})
    list(FILTER hidden INCLUDE
         REGEX "^(kinesis_core/internal/base/(status|check)|api/json/internal/.*)\\.cc$")
    set(library_kind STATIC)
  elseif(BUILD_SHARED_LIBS AND name STREQUAL "remote")
    set(hidden ${layer_SOURCES})
    list(FILTER hidden INCLUDE
         REGEX "^api/(json/internal/.*|internal/(arn|constraint_failures|retry))\\.cc$")
    set(library_kind STATIC)
  endif()

  # What a layer below has is reached again through it: it is linked, not compiled.
  get_property(layers GLOBAL PROPERTY KINESIS_CORE_LAYERS)
  set(below "")
  foreach(layer IN LISTS layers)
    get_target_property(files ${layer} KINESIS_CORE_FILES)
    foreach(kind SOURCES HEADERS)
      set(all "${layer_${kind}}")
      list(REMOVE_ITEM layer_${kind} ${files})
      if(NOT "${all}" STREQUAL "${layer_${kind}}" AND NOT layer IN_LIST below)
        list(APPEND below ${layer})
      endif()
    endforeach()
  endforeach()
  list(APPEND layer_SOURCES ${hidden})
  set(files ${layer_SOURCES} ${layer_HEADERS})

  foreach(header IN LISTS layer_HEADERS)
    kinesis_core_include_path("${header}" path)
    file(CONFIGURE OUTPUT "${KINESIS_CORE_INCLUDE_DIR}/${path}"
         CONTENT "#include \"${PROJECT_SOURCE_DIR}/${header}\"\n" @ONLY)
  endforeach()

  set(target kinesis_core_${name})
  if(name STREQUAL "kinesis_core")
    set(target kinesis_core)
  endif()
  list(TRANSFORM layer_SOURCES PREPEND "${PROJECT_SOURCE_DIR}/")
  set(first "")
  if(name STREQUAL "lab")
    set(first ${layer_OWN})
  endif()
  kinesis_core_public_headers("${layer_HEADERS}" public_headers ${first})
  if(BUILD_SHARED_LIBS AND name STREQUAL "json")
    # The codec uses internals of the API, which a shared library hides: it is part of the API's.
    set(compiled kinesis_core_api)
    set(linked INTERFACE)
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE kinesis_core_api)
    target_sources(kinesis_core_api PRIVATE ${layer_SOURCES})
  else()
    set(compiled ${target})
    set(linked PUBLIC)
    add_library(${target} ${library_kind} ${layer_SOURCES})
    _kinesis_core_set_up_target(${target})
    target_include_directories(${target} PRIVATE "${PROJECT_BINARY_DIR}/generated")
  endif()
  add_library(kinesis_core::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  foreach(pair IN LISTS layer_COPTS)
    string(REGEX MATCH "^([^=]*)=(.*)$" matched "${pair}")
    set_property(SOURCE "${PROJECT_SOURCE_DIR}/${CMAKE_MATCH_1}" APPEND
                 PROPERTY COMPILE_OPTIONS "${CMAKE_MATCH_2}")
    # Code for newer processors must not get into a header's inline functions, which all share.
    set_source_files_properties("${PROJECT_SOURCE_DIR}/${CMAKE_MATCH_1}"
                                PROPERTIES SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)
  endforeach()

  set(exported "")
  set(static_requires "")
  foreach(label IN LISTS layer_EXTERNAL)
    _kinesis_core_map_external("${label}" public private)
    foreach(needed IN LISTS public private)
      if(needed MATCHES "^([A-Za-z]+)::" AND NOT TARGET ${needed})
        find_package(${CMAKE_MATCH_1} REQUIRED)
      endif()
    endforeach()
    list(APPEND exported ${public})
    if(private)
      target_link_libraries(${compiled} PRIVATE ${private})
    endif()
    # A static library leaves it to the program to link what its .cc files need.
    if(private MATCHES "^[A-Za-z_]+::" AND (NOT BUILD_SHARED_LIBS OR library_kind))
      list(APPEND static_requires ${private})
    elseif(private MATCHES "^z(std)?$")
      string(REGEX REPLACE "^z$" "zlib" private "${private}")
      string(REGEX REPLACE "^zstd$" "libzstd" private "${private}")
      list(APPEND static_requires ${private})
    endif()
  endforeach()
  list(REMOVE_DUPLICATES exported)
  target_link_libraries(${target} ${linked} ${below} ${exported})

  set_target_properties(
    ${target}
    PROPERTIES KINESIS_CORE_FILES "${files}"
               KINESIS_CORE_PUBLIC_HEADERS "${public_headers}"
               KINESIS_CORE_REQUIRES "${below};${exported};${static_requires}")
  set_property(GLOBAL APPEND PROPERTY KINESIS_CORE_LAYERS ${target})
endfunction()

# The C interface of api/c on top of the layers: a shared library, whatever they are, of which
# api/c/exports.map says what it exports.
function(kinesis_core_add_c_library)
  kinesis_core_read_target("//api/c:kinesis_c" layer)
  get_property(layers GLOBAL PROPERTY KINESIS_CORE_LAYERS)
  set(below "")
  foreach(layer IN LISTS layers)
    get_target_property(files ${layer} KINESIS_CORE_FILES)
    set(all "${layer_SOURCES}")
    list(REMOVE_ITEM layer_SOURCES ${files})
    list(REMOVE_ITEM layer_HEADERS ${files})
    if(NOT "${all}" STREQUAL "${layer_SOURCES}")
      list(APPEND below ${layer})
    endif()
  endforeach()
  foreach(header IN LISTS layer_HEADERS)
    kinesis_core_include_path("${header}" path)
    file(CONFIGURE OUTPUT "${KINESIS_CORE_INCLUDE_DIR}/${path}"
         CONTENT "#include \"${PROJECT_SOURCE_DIR}/${header}\"\n" @ONLY)
  endforeach()
  list(TRANSFORM layer_SOURCES PREPEND "${PROJECT_SOURCE_DIR}/")
  add_library(kinesis SHARED ${layer_SOURCES})
  add_library(kinesis_core::c ALIAS kinesis)
  set(map "${PROJECT_SOURCE_DIR}/api/c/exports.map")
  set_target_properties(
    kinesis
    PROPERTIES CXX_VISIBILITY_PRESET hidden
               VISIBILITY_INLINES_HIDDEN ON
               EXPORT_NAME c
               # Its own: that of the interface, not of the library's C++.
               VERSION 0
               SOVERSION 0
               # The shared layers below stand beside it; a C program does not name them.
               INSTALL_RPATH "\$ORIGIN"
               LINK_DEPENDS "${map}")
  target_compile_features(kinesis PRIVATE cxx_std_20)
  target_include_directories(
    kinesis PUBLIC "$<BUILD_INTERFACE:${KINESIS_CORE_INCLUDE_DIR}>"
                   "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_link_libraries(kinesis PRIVATE ${below} Threads::Threads)
  foreach(label IN LISTS layer_EXTERNAL)
    _kinesis_core_map_external("${label}" public private)
    target_link_libraries(kinesis PRIVATE ${public} ${private})
  endforeach()
  target_link_options(kinesis PRIVATE "LINKER:--version-script=${map}" "LINKER:-z,defs")
  if(KINESIS_CORE_INSTALL)
    install(TARGETS kinesis EXPORT kinesis_core_targets)
    install(FILES "${PROJECT_SOURCE_DIR}/api/c/kinesis.h"
            DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/kinesis_core/api/c")
    file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/kinesis.pc" @ONLY CONTENT
"prefix=\${pcfiledir}/../..
Name: kinesis
Description: ${PROJECT_DESCRIPTION}, in C
Version: ${PROJECT_VERSION}
Cflags: -I\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}
Libs: -L\${prefix}/${CMAKE_INSTALL_LIBDIR} -lkinesis
")
    install(FILES "${PROJECT_BINARY_DIR}/kinesis.pc"
            DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
  endif()
endfunction()

# --- Installing ----------------------------------------------------------------------------------

# The names under which pkg-config knows CMake's targets.
function(_kinesis_core_pkg_config_names targets out)
  string(REPLACE "::" "_" names "${targets}")
  string(REPLACE "simdjson_simdjson" "simdjson" names "${names}")
  string(REPLACE "OpenSSL_Crypto" "libcrypto" names "${names}")
  string(REPLACE "GTest_gmock" "gmock" names "${names}")
  list(FILTER names EXCLUDE REGEX "^$")
  string(REPLACE ";" ", " names "${names}")
  set(${out} "${names}" PARENT_SCOPE)
endfunction()

function(kinesis_core_install_layers)
  set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/kinesis_core")
  get_property(layers GLOBAL PROPERTY KINESIS_CORE_LAYERS)
  install(TARGETS ${layers} EXPORT kinesis_core_targets)
  install(EXPORT kinesis_core_targets NAMESPACE kinesis_core:: DESTINATION "${package_dir}")

  set(KINESIS_CORE_FIND "")
  foreach(layer IN LISTS layers)
    get_target_property(headers ${layer} KINESIS_CORE_PUBLIC_HEADERS)
    foreach(header IN LISTS headers)
      kinesis_core_include_path("${header}" path)
      get_filename_component(folder "${path}" DIRECTORY)
      install(FILES "${PROJECT_SOURCE_DIR}/${header}"
              DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/${folder}")
    endforeach()

    get_target_property(requires ${layer} KINESIS_CORE_REQUIRES)
    foreach(found absl simdjson GTest OpenSSL)
      if(requires MATCHES "${found}::")
        list(APPEND KINESIS_CORE_FIND ${found})
      endif()
    endforeach()
    _kinesis_core_pkg_config_names("${requires}" PKG_CONFIG_REQUIRES)
    set(PKG_CONFIG_NAME ${layer})
    # A layer without a file of its own is in one that it requires.
    set(PKG_CONFIG_LIBS " -l${layer}")
    get_target_property(type ${layer} TYPE)
    if(type STREQUAL "INTERFACE_LIBRARY")
      set(PKG_CONFIG_LIBS "")
    endif()
    set(PKG_CONFIG_CFLAGS "")
    if(BUILD_SHARED_LIBS)
      set(PKG_CONFIG_CFLAGS " -DKINESIS_CORE_SHARED")
    endif()
    configure_file("${PROJECT_SOURCE_DIR}/third_party/cmake/package.pc.in"
                   "${PROJECT_BINARY_DIR}/${layer}.pc" @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/${layer}.pc"
            DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
  endforeach()

  list(REMOVE_DUPLICATES KINESIS_CORE_FIND)
  configure_package_config_file(
    "${PROJECT_SOURCE_DIR}/third_party/cmake/kinesis_coreConfig.cmake.in"
    "${PROJECT_BINARY_DIR}/kinesis_coreConfig.cmake" INSTALL_DESTINATION "${package_dir}")
  # Before 1.0, a minor version may break what the one before promised.
  write_basic_package_version_file("${PROJECT_BINARY_DIR}/kinesis_coreConfigVersion.cmake"
                                   COMPATIBILITY SameMinorVersion)
  install(FILES "${PROJECT_BINARY_DIR}/kinesis_coreConfig.cmake"
                "${PROJECT_BINARY_DIR}/kinesis_coreConfigVersion.cmake"
          DESTINATION "${package_dir}")
  install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
endfunction()
