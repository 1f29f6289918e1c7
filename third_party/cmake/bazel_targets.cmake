# Reads cc_library, kc_library and alias targets out of BUILD.bazel files, so that lists of files and of dependencies stand
# there alone.
#
#   kinesis_core_read_target(<label> <prefix>)
#
# follows the dependencies of <label> within this repository and sets
#
#   <prefix>_LABELS     every library reached, such as //kinesis_core:clock
#   <prefix>_SOURCES    their .cc files, and
#   <prefix>_HEADERS    their .h files, as paths from the root of the repository
#   <prefix>_EXTERNAL   labels of other repositories, such as @com_google_absl//absl/time
#   <prefix>_COPTS      pairs "file=flag" of flags that a target asks for
#   <prefix>_OWN        the .h files of <label> itself, or of what it is an alias of
#
#   kinesis_core_public_headers("<headers>" <variable> [<first>...])
#
# selects those that users may include (all outside internal/, or <first>), and what these include in
# turn, and
#
#   kinesis_core_include_path(<header> <variable>)
#
# says by what path they do. It understands the part of the language that those files use, in the form that buildifier gives
# it: lists of strings, lists with names in capitals, + between lists, and one select() on x86-64.

# The library or alias called `name` in the text of a BUILD file; empty if there is none.
function(_kinesis_core_find_library text name out)
  set(${out} "" PARENT_SCOPE)
  foreach(rule cc_library kc_library alias)
    string(FIND "${text}" "\n${rule}(\n    name = \"${name}\"," at)
    if(NOT at EQUAL -1)
      string(SUBSTRING "${text}" ${at} -1 rest)
      string(FIND "${rest}" "\n)\n" end)
      string(SUBSTRING "${rest}" 0 ${end} block)
      set(${out} "${block}" PARENT_SCOPE)
    endif()
  endforeach()
endfunction()

# The strings in the attribute `name` of a block.
function(_kinesis_core_strings block name out)
  set(${out} "" PARENT_SCOPE)
  string(FIND "${block}" "\n    ${name} = " at)
  if(at EQUAL -1)
    return()
  endif()
  string(LENGTH "\n    ${name} = " skipped)
  math(EXPR at "${at} + ${skipped}")
  string(SUBSTRING "${block}" ${at} -1 value)
  string(REGEX REPLACE "\n    [a-z_]+ = .*" "" value "${value}")
  string(REGEX MATCHALL "\"[^\"]*\"" strings "${value}")
  string(REPLACE "\"" "" strings "${strings}")
  set(${out} "${strings}" PARENT_SCOPE)
endfunction()

# The text of a package's BUILD file without comments, with the named lists filled in. Square
# brackets become angle brackets: they would quote semicolons in CMake's lists.
function(_kinesis_core_read_package package out)
  set(path "${PROJECT_SOURCE_DIR}/${package}/BUILD.bazel")
  if(NOT CMAKE_SCRIPT_MODE_FILE)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${path}")
  endif()
  file(READ "${path}" text)
  string(REGEX REPLACE "#[^\n]*" "" text "${text}")
  string(REPLACE "[" "<" text "${text}")
  string(REPLACE "]" ">" text "${text}")
  string(REGEX MATCHALL "\n[A-Z_]+ = <[^>]*>" constants "${text}")
  foreach(constant IN LISTS constants)
    string(REGEX MATCH "^\n([A-Z_]+) = (<[^>]*>)" matched "${constant}")
    set(value "${CMAKE_MATCH_2}")
    string(REGEX REPLACE "= ${CMAKE_MATCH_1}([^A-Z_])" "= ${value}\\1" text "${text}")
  endforeach()
  set(${out} "\n${text}\n" PARENT_SCOPE)
endfunction()

# The whole form of `label`, which stands in `package`.
function(_kinesis_core_whole_label label package out)
  if(label MATCHES "^:")
    set(label "//${package}${label}")
  elseif(label MATCHES "^//[^:]*$")
    string(REGEX REPLACE ".*/" "" name "${label}")
    set(label "${label}:${name}")
  endif()
  set(${out} "${label}" PARENT_SCOPE)
endfunction()

function(kinesis_core_read_target label prefix)
  foreach(kind LABELS SOURCES HEADERS EXTERNAL COPTS OWN)
    set(${kind} "")
  endforeach()
  set(queue "${label}")
  while(queue)
    list(POP_FRONT queue next)
    if(next MATCHES "^@")
      list(APPEND EXTERNAL "${next}")
      continue()
    endif()
    if(next IN_LIST LABELS)
      continue()
    endif()
    list(APPEND LABELS "${next}")
    string(REGEX MATCH "^//([^:]*):(.*)$" matched "${next}")
    set(package "${CMAKE_MATCH_1}")
    set(name "${CMAKE_MATCH_2}")
    if(NOT DEFINED _text_${package})
      _kinesis_core_read_package("${package}" "_text_${package}")
    endif()
    _kinesis_core_find_library("${_text_${package}}" "${name}" block)
    if(NOT block)
      message(FATAL_ERROR "${package}/BUILD.bazel has no library \"${name}\" that can be read")
    endif()

    _kinesis_core_strings("${block}" copts copts)
    if(block MATCHES "@platforms//cpu:x86_64" AND
       NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
      set(copts "")
    endif()
    list(FILTER copts INCLUDE REGEX "^-")
    foreach(attribute srcs hdrs)
      _kinesis_core_strings("${block}" ${attribute} files)
      # A glob() repeats the headers of other targets.
      list(FILTER files EXCLUDE REGEX "\\*")
      foreach(file IN LISTS files)
        if(file MATCHES "\\.h$")
          list(APPEND HEADERS "${package}/${file}")
        else()
          list(APPEND SOURCES "${package}/${file}")
          foreach(flag IN LISTS copts)
            list(APPEND COPTS "${package}/${file}=${flag}")
          endforeach()
        endif()
      endforeach()
    endforeach()
    if(NOT OWN)
      set(OWN ${HEADERS})
    endif()
    _kinesis_core_strings("${block}" deps deps)
    _kinesis_core_strings("${block}" actual actual)
    foreach(dep IN LISTS deps actual)
      _kinesis_core_whole_label("${dep}" "${package}" dep)
      list(APPEND queue "${dep}")
    endforeach()
  endwhile()
  foreach(kind LABELS SOURCES HEADERS EXTERNAL COPTS OWN)
    list(REMOVE_DUPLICATES ${kind})
    set(${prefix}_${kind} "${${kind}}" PARENT_SCOPE)
  endforeach()
endfunction()

# Headers outside internal/, and what they include.
function(kinesis_core_public_headers headers out)
  set(queue ${headers})
  if(ARGN)
    set(queue ${ARGN})
  endif()
  list(FILTER queue EXCLUDE REGEX "/internal/")
  set(public "")
  while(queue)
    list(POP_FRONT queue header)
    if(header IN_LIST public OR NOT header IN_LIST headers)
      continue()
    endif()
    list(APPEND public "${header}")
    file(STRINGS "${PROJECT_SOURCE_DIR}/${header}" includes REGEX "^#include \"kinesis_core/")
    foreach(include IN LISTS includes)
      string(REGEX REPLACE "^#include \"([^\"]*)\".*" "\\1" include "${include}")
      string(REGEX REPLACE "^kinesis_core/(api|testing)/" "\\1/" include "${include}")
      string(REGEX REPLACE "^kinesis_core/lab/" "bench/partition_lab/" include "${include}")
      list(APPEND queue "${include}")
    endforeach()
  endwhile()
  set(${out} "${public}" PARENT_SCOPE)
endfunction()

# Where a header of the source tree is included from, and installed to.
function(kinesis_core_include_path header out)
  string(REGEX REPLACE "^(api|testing)/" "kinesis_core/\\1/" header "${header}")
  string(REGEX REPLACE "^bench/partition_lab/" "kinesis_core/lab/" header "${header}")
  set(${out} "${header}" PARENT_SCOPE)
endfunction()
