# Installs the components that were made:
#
#   kinesis_core_install_components()    headers, libraries, programs, and what finds them

# Writes <name>.pc; what of a library it needs is in variables PKG_CONFIG_... of the caller.
function(_kinesis_core_install_pkg_config)
  configure_file("${PROJECT_SOURCE_DIR}/third_party/cmake/package.pc.in"
                 "${PROJECT_BINARY_DIR}/${PKG_CONFIG_NAME}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${PKG_CONFIG_NAME}.pc"
          DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endfunction()

function(_kinesis_core_install_layer layer)
  get_target_property(headers ${layer} KINESIS_CORE_PUBLIC_HEADERS)
  foreach(header IN LISTS headers)
    kinesis_core_include_path("${header}" path)
    get_filename_component(folder "${path}" DIRECTORY)
    install(FILES "${PROJECT_SOURCE_DIR}/${header}"
            DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/${folder}")
  endforeach()

  set(PKG_CONFIG_NAME ${layer})
  set(PKG_CONFIG_DESCRIPTION "${PROJECT_DESCRIPTION}; compile with -std=c++20 or later")
  get_target_property(PKG_CONFIG_REQUIRES ${layer} KINESIS_CORE_PKG_CONFIG)
  list(JOIN PKG_CONFIG_REQUIRES ", " PKG_CONFIG_REQUIRES)
  set(PKG_CONFIG_LIBS " -l${layer} -pthread")
  get_target_property(type ${layer} TYPE)
  if(type STREQUAL "INTERFACE_LIBRARY")
    # A library without a file of its own is in one that it requires.
    set(PKG_CONFIG_LIBS "")
  endif()
  set(PKG_CONFIG_CFLAGS "")
  if(BUILD_SHARED_LIBS)
    set(PKG_CONFIG_CFLAGS " -DKINESIS_CORE_SHARED")
  endif()
  _kinesis_core_install_pkg_config()
endfunction()

function(_kinesis_core_install_c_library)
  install(FILES "${PROJECT_SOURCE_DIR}/api/c/kinesis.h"
          DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/kinesis_core/api/c")
  set(PKG_CONFIG_NAME kinesis)
  set(PKG_CONFIG_DESCRIPTION "${PROJECT_DESCRIPTION}, in C")
  set(PKG_CONFIG_REQUIRES "")
  set(PKG_CONFIG_CFLAGS "")
  set(PKG_CONFIG_LIBS " -lkinesis")
  _kinesis_core_install_pkg_config()
endfunction()

function(kinesis_core_install_components)
  set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/kinesis_core")
  get_property(KINESIS_CORE_MADE GLOBAL PROPERTY KINESIS_CORE_COMPONENTS)
  # For each: which it stands on, and what else has to be found.
  set(KINESIS_CORE_NEEDS "")
  foreach(name IN LISTS KINESIS_CORE_MADE)
    set(below "")
    set(packages "")
    set(targets "")
    if(name STREQUAL "shell")
      set(targets kinesis_core_program_kinesis_shell)
    elseif(name STREQUAL "c")
      set(targets kinesis)
      _kinesis_core_install_c_library()
      if(BUILD_SHARED_LIBS)
        get_target_property(below kinesis KINESIS_CORE_BELOW)
      endif()
    else()
      set(targets kinesis_core_${name})
      if(name STREQUAL "kinesis_core")
        set(targets kinesis_core)
      endif()
      get_target_property(below ${targets} KINESIS_CORE_BELOW)
      get_target_property(packages ${targets} KINESIS_CORE_PACKAGES)
      _kinesis_core_install_layer(${targets})
      if(name STREQUAL "lab")
        list(APPEND targets kinesis_core_program_partition_lab)
      endif()
    endif()
    # One export for each, so that a project needs what its components need and no more.
    install(TARGETS ${targets} EXPORT kinesis_core_${name}_targets)
    install(EXPORT kinesis_core_${name}_targets NAMESPACE kinesis_core::
            DESTINATION "${package_dir}")
    list(TRANSFORM below REPLACE "^kinesis_core_" "")
    list(JOIN below " " below)
    list(JOIN packages " " packages)
    string(APPEND KINESIS_CORE_NEEDS "set(_kinesis_core_below_${name} ${below})\n"
                                     "set(_kinesis_core_packages_${name} ${packages})\n")
  endforeach()
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
