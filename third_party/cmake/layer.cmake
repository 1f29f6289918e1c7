# The components of the library, in CMake: targets of BUILD.bazel files under the same names.
#
#   kinesis_core_add_components("<name>...")
#
# makes those named and what they stand on, or, if none is named, all whose dependencies are
# installed, and says which are not. It sets the global property KINESIS_CORE_COMPONENTS to what was
# made, in this order:
#
#   kinesis_core api json remote testing lab    kinesis_core::<name>, the libraries of the root's
#                                               BUILD.bazel; with lab, the program partition_lab
#   c                                           kinesis_core::c, libkinesis.so.0, for C and others
#   shell                                       kinesis_core::kinesis_shell, a program
#
# A library holds what its target reaches and none before it does.

# Headers are included as "kinesis_core/...": this folder has one for each that includes the file of
# the source tree. So neither "api/..." nor "testing/..." is on anybody's include path.
set(KINESIS_CORE_INCLUDE_DIR "${PROJECT_BINARY_DIR}/include")

# The target in a BUILD.bazel file behind a component.
function(_kinesis_core_label_of name out)
  set(${out} "//:${name}" PARENT_SCOPE)
  if(name STREQUAL "c")
    set(${out} "//api/c:kinesis_c" PARENT_SCOPE)
  elseif(name STREQUAL "shell")
    set(${out} "//api:kinesis_shell" PARENT_SCOPE)
  endif()
endfunction()

# --- What libraries, programs and tests have in common -------------------------------------------

# Reads labels, and generates what Bazel generates: a page as a string literal.
function(_kinesis_core_read labels prefix)
  kinesis_core_read_target("${labels}" read)
  set(page "bench/partition_lab/report_page")
  if("${page}.inc" IN_LIST read_SOURCES)
    list(REMOVE_ITEM read_SOURCES "${page}.inc")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
                                           "${PROJECT_SOURCE_DIR}/${page}.html")
    file(READ "${PROJECT_SOURCE_DIR}/${page}.html" text)
    file(WRITE "${PROJECT_BINARY_DIR}/generated/${page}.inc.new"
         "R\"lab_page(\n${text})lab_page\"\n")
    # Not touched when it is the same.
    file(COPY_FILE "${PROJECT_BINARY_DIR}/generated/${page}.inc.new"
         "${PROJECT_BINARY_DIR}/generated/${page}.inc" ONLY_IF_DIFFERENT)
  endif()
  foreach(kind LABELS SOURCES HEADERS EXTERNAL COPTS OWN ALWAYS)
    set(${prefix}_${kind} "${read_${kind}}" PARENT_SCOPE)
  endforeach()
endfunction()

# Takes away what the libraries made so far have, and sets <prefix>_BELOW to those that have some.
function(_kinesis_core_take_below prefix)
  get_property(layers GLOBAL PROPERTY KINESIS_CORE_LAYERS)
  set(below "")
  foreach(layer IN LISTS layers)
    get_target_property(files ${layer} KINESIS_CORE_FILES)
    foreach(kind SOURCES HEADERS)
      set(all "${${prefix}_${kind}}")
      list(REMOVE_ITEM ${prefix}_${kind} ${files})
      if(NOT "${all}" STREQUAL "${${prefix}_${kind}}" AND NOT layer IN_LIST below)
        list(APPEND below ${layer})
      endif()
    endforeach()
  endforeach()
  set(${prefix}_SOURCES "${${prefix}_SOURCES}" PARENT_SCOPE)
  set(${prefix}_HEADERS "${${prefix}_HEADERS}" PARENT_SCOPE)
  set(${prefix}_BELOW "${below}" PARENT_SCOPE)
endfunction()

# Gives a target the sources and headers, and what compiling them takes.
function(_kinesis_core_compile target prefix)
  foreach(source IN LISTS ${prefix}_SOURCES)
    target_sources(${target} PRIVATE "${PROJECT_SOURCE_DIR}/${source}")
  endforeach()
  foreach(header IN LISTS ${prefix}_HEADERS)
    kinesis_core_include_path("${header}" path)
    file(CONFIGURE OUTPUT "${KINESIS_CORE_INCLUDE_DIR}/${path}"
         CONTENT "#include \"${PROJECT_SOURCE_DIR}/${header}\"\n" @ONLY)
  endforeach()
  foreach(pair IN LISTS ${prefix}_COPTS)
    string(REGEX MATCH "^([^=]*)=(.*)$" matched "${pair}")
    set(source "${PROJECT_SOURCE_DIR}/${CMAKE_MATCH_1}")
    set(flag "${CMAKE_MATCH_2}")
    get_source_file_property(flags "${source}" COMPILE_OPTIONS)
    if(NOT flag IN_LIST flags)
      set_property(SOURCE "${source}" APPEND PROPERTY COMPILE_OPTIONS "${flag}")
    endif()
    # Code for newer processors must not get into a header's inline functions, which all share.
    set_source_files_properties("${source}" PROPERTIES SKIP_PRECOMPILE_HEADERS ON
                                                       SKIP_UNITY_BUILD_INCLUSION ON)
  endforeach()
  target_include_directories(${target} PRIVATE "${KINESIS_CORE_INCLUDE_DIR}"
                                               "${PROJECT_BINARY_DIR}/generated")
  foreach(label IN LISTS ${prefix}_EXTERNAL)
    kinesis_core_find_dependency("${label}" found)
    if(found_INCLUDE)
      target_include_directories(${target} SYSTEM PRIVATE "${found_INCLUDE}")
    endif()
  endforeach()
  target_compile_features(${target} PRIVATE cxx_std_20)
  if(NOT PROJECT_IS_TOP_LEVEL AND NOT KINESIS_CORE_INSTALL)
    set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
endfunction()

# What others that link it may see of a library.
function(_kinesis_core_hide target map)
  set_target_properties(${target} PROPERTIES CXX_VISIBILITY_PRESET hidden
                                             VISIBILITY_INLINES_HIDDEN ON)
  if(map)
    target_link_options(${target} PRIVATE "LINKER:--version-script=${PROJECT_SOURCE_DIR}/${map}")
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS "${PROJECT_SOURCE_DIR}/${map}")
  endif()
endfunction()

# --- Libraries -----------------------------------------------------------------------------------

function(_kinesis_core_add_layer name)
  _kinesis_core_label_of(${name} label)
  _kinesis_core_read("${label}" layer)
  set(target kinesis_core_${name})
  if(name STREQUAL "kinesis_core")
    set(target kinesis_core)
  endif()

  # The lab and the remote client use internals that shared libraries hide: they are static
  # libraries beside them, with the few that they need.
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
  _kinesis_core_take_below(layer)
  list(APPEND layer_SOURCES ${hidden})

  set(first "")
  if(name STREQUAL "lab")
    set(first ${layer_OWN})
  endif()
  kinesis_core_public_headers("${layer_HEADERS}" public_headers ${first})
  set(is_static FALSE)
  if(BUILD_SHARED_LIBS AND name STREQUAL "json")
    # The codec uses internals of the API, which a shared library hides: it is part of the API's.
    set(compiled kinesis_core_api)
    set(linked INTERFACE)
    add_library(${target} INTERFACE)
  else()
    set(compiled ${target})
    set(linked PUBLIC)
    add_library(${target} ${library_kind})
    if(library_kind OR NOT BUILD_SHARED_LIBS)
      set(is_static TRUE)
    endif()
    set_target_properties(
      ${target}
      PROPERTIES POSITION_INDEPENDENT_CODE ON
                 VERSION ${PROJECT_VERSION}
                 # Before 1.0, each minor version has an ABI of its own.
                 SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
                 INSTALL_RPATH "\$ORIGIN")
    target_compile_features(${target} PUBLIC cxx_std_20)
    target_link_libraries(${target} PRIVATE Threads::Threads)
    target_include_directories(
      ${target} PUBLIC "$<BUILD_INTERFACE:${KINESIS_CORE_INCLUDE_DIR}>"
                       "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
    set(map "")
    if(BUILD_SHARED_LIBS)
      target_compile_definitions(${target} PUBLIC KINESIS_CORE_SHARED)
      set(map "third_party/cmake/hidden_symbols.map")
    endif()
    _kinesis_core_hide(${target} "${map}")
  endif()
  _kinesis_core_compile(${compiled} layer)
  add_library(kinesis_core::${name} ALIAS ${target})

  set(exported "")
  set(packages "")
  set(pkg_config ${layer_BELOW})
  foreach(label IN LISTS layer_EXTERNAL)
    kinesis_core_find_dependency("${label}" found)
    list(APPEND exported ${found_PUBLIC})
    if(found_PRIVATE)
      target_link_libraries(${compiled} PRIVATE ${found_PRIVATE})
    endif()
    # A static library leaves it to the program to link what its .cc files need.
    if(found_PUBLIC OR is_static)
      list(APPEND packages ${found_PACKAGE})
      list(APPEND pkg_config ${found_PC})
    endif()
  endforeach()
  list(REMOVE_DUPLICATES exported)
  list(REMOVE_DUPLICATES packages)
  list(REMOVE_DUPLICATES pkg_config)
  target_link_libraries(${target} ${linked} ${layer_BELOW} ${exported})

  set_target_properties(
    ${target}
    PROPERTIES EXPORT_NAME ${name}
               KINESIS_CORE_FILES "${layer_SOURCES};${layer_HEADERS}"
               KINESIS_CORE_LABELS "${layer_LABELS}"
               KINESIS_CORE_PUBLIC_HEADERS "${public_headers}"
               KINESIS_CORE_BELOW "${layer_BELOW}"
               KINESIS_CORE_PACKAGES "${packages}"
               KINESIS_CORE_PKG_CONFIG "${pkg_config}")
  set_property(GLOBAL APPEND PROPERTY KINESIS_CORE_LAYERS ${target})
endfunction()

# The C interface of api/c on top of the layers: a shared library, whatever they are, of which
# api/c/exports.map says what it exports.
function(_kinesis_core_add_c_library)
  _kinesis_core_label_of(c label)
  _kinesis_core_read("${label}" c)
  _kinesis_core_take_below(c)
  add_library(kinesis SHARED)
  add_library(kinesis_core::c ALIAS kinesis)
  _kinesis_core_compile(kinesis c)
  _kinesis_core_hide(kinesis api/c/exports.map)
  set_target_properties(
    kinesis
    PROPERTIES EXPORT_NAME c
               # Its own: that of the interface, not of the library's C++.
               VERSION 0
               SOVERSION 0
               # The shared layers below stand beside it; a C program does not name them.
               INSTALL_RPATH "\$ORIGIN"
               KINESIS_CORE_LABELS "${c_LABELS}"
               KINESIS_CORE_BELOW "${c_BELOW}")
  target_include_directories(
    kinesis INTERFACE "$<BUILD_INTERFACE:${KINESIS_CORE_INCLUDE_DIR}>"
                      "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_link_libraries(kinesis PRIVATE ${c_BELOW} Threads::Threads)
  foreach(label IN LISTS c_EXTERNAL)
    kinesis_core_find_dependency("${label}" found)
    target_link_libraries(kinesis PRIVATE ${found_PUBLIC} ${found_PRIVATE})
  endforeach()
  target_link_options(kinesis PRIVATE "LINKER:-z,defs")
endfunction()

# --- Programs ------------------------------------------------------------------------------------

# A program on the libraries; or, if it uses internals that they hide when they are shared, then
# made of the same sources.
function(_kinesis_core_add_program name label uses_internals)
  _kinesis_core_read("${label}" program)
  set(program_BELOW "")
  if(NOT BUILD_SHARED_LIBS OR NOT uses_internals)
    _kinesis_core_take_below(program)
  endif()
  set(target kinesis_core_program_${name})
  add_executable(${target})
  add_executable(kinesis_core::${name} ALIAS ${target})
  _kinesis_core_compile(${target} program)
  set_target_properties(
    ${target} PROPERTIES OUTPUT_NAME ${name} EXPORT_NAME ${name}
                         # Finds the shared layers where they are installed.
                         INSTALL_RPATH "\$ORIGIN/../${CMAKE_INSTALL_LIBDIR}"
                         KINESIS_CORE_LABELS "${program_LABELS}")
  target_link_libraries(${target} PRIVATE ${program_BELOW} Threads::Threads)
  foreach(label IN LISTS program_EXTERNAL)
    kinesis_core_find_dependency("${label}" found)
    target_link_libraries(${target} PRIVATE ${found_PUBLIC} ${found_PRIVATE})
  endforeach()
endfunction()

# --- All of them ---------------------------------------------------------------------------------

function(kinesis_core_add_components asked)
  set(libraries kinesis_core api json remote testing lab)
  set(known ${libraries} c shell)
  foreach(name IN LISTS asked)
    if(NOT name IN_LIST known)
      list(JOIN known ", " all)
      message(FATAL_ERROR "KINESIS_CORE_COMPONENTS: there is no \"${name}\"; there are ${all}")
    endif()
  endforeach()

  # What each stands on: those before it of which it has sources that none before them has.
  set(seen "")
  foreach(name IN LISTS known)
    _kinesis_core_label_of(${name} label)
    kinesis_core_read_target("${label}" ${name})
    set(${name}_below "")
    foreach(lower IN LISTS libraries)
      if(lower STREQUAL name)
        break()
      endif()
      set(rest ${${lower}_own})
      list(REMOVE_ITEM rest ${${name}_SOURCES})
      if(NOT "${rest}" STREQUAL "${${lower}_own}")
        list(APPEND ${name}_below ${lower})
      endif()
    endforeach()
    set(${name}_own ${${name}_SOURCES})
    list(REMOVE_ITEM ${name}_own "" ${seen})
    list(APPEND seen ${${name}_SOURCES})
  endforeach()

  set(wanted ${asked})
  if(NOT asked)
    set(wanted ${known})
  endif()
  set(downwards ${known})
  list(REVERSE downwards)
  foreach(name IN LISTS downwards)
    if(name IN_LIST wanted)
      list(APPEND wanted ${${name}_below})
    endif()
  endforeach()

  set(made "")
  foreach(name IN LISTS known)
    if(NOT name IN_LIST wanted)
      continue()
    endif()
    set(missing ${${name}_below})
    list(REMOVE_ITEM missing "" ${made})
    if(NOT missing)
      kinesis_core_missing_of("${${name}_EXTERNAL}" missing)
    endif()
    if(missing)
      set(problem "it needs ${missing}")
      if(asked OR name STREQUAL "kinesis_core")
        message(FATAL_ERROR "kinesis_core cannot be built with its component ${name}: ${problem}")
      endif()
      message(STATUS "kinesis_core: ${name} is left out: ${problem}")
      continue()
    endif()
    if(name STREQUAL "c")
      _kinesis_core_add_c_library()
    elseif(name STREQUAL "shell")
      _kinesis_core_label_of(shell label)
      _kinesis_core_add_program(kinesis_shell "${label}" TRUE)
    else()
      _kinesis_core_add_layer(${name})
    endif()
    if(name STREQUAL "lab")
      _kinesis_core_add_program(partition_lab //bench/partition_lab:partition_lab FALSE)
    endif()
    list(APPEND made ${name})
  endforeach()
  set_property(GLOBAL PROPERTY KINESIS_CORE_COMPONENTS "${made}")
  list(JOIN made ", " made)
  message(STATUS "kinesis_core ${PROJECT_VERSION}: ${made}")
endfunction()
