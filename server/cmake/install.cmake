# What an embedder gets: headers, both libraries, and how CMake and pkg-config find them.  Nothing in
# it names the prefix, so an installed tree may be moved.
include(CMakePackageConfigHelpers)

install(DIRECTORY include/sio DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(FILES man/sio.3 DESTINATION ${CMAKE_INSTALL_MANDIR}/man3 COMPONENT development)

set_target_properties(sio PROPERTIES EXPORT_NAME static)
install(TARGETS sio EXPORT sio
    ARCHIVE COMPONENT development
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(CMAKE_INTERPROCEDURAL_OPTIMIZATION AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
    # Machine code alone: another version of the compiler cannot read what LTO left in it.
    install(CODE "execute_process(COMMAND ${CMAKE_OBJCOPY} -w -R .gnu.lto_* -R .gnu.debuglto_*
        \$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/libsio.a COMMAND_ERROR_IS_FATAL ANY)"
        COMPONENT development)
endif()
if(SIO_BUILD_SHARED)
    set_target_properties(sio_shared PROPERTIES EXPORT_NAME shared)
    install(TARGETS sio_shared EXPORT sio
        LIBRARY COMPONENT runtime NAMELINK_COMPONENT development
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endif()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/sio)
install(EXPORT sio FILE sioTargets.cmake NAMESPACE sio:: DESTINATION ${package} COMPONENT development)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/sioConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES cmake/sioConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/sioConfigVersion.cmake
    DESTINATION ${package} COMPONENT development)

# From the folder of sio.pc up to the prefix.
file(RELATIVE_PATH to_prefix
    ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" to_prefix ${to_prefix})
configure_file(cmake/sio.pc.in sio.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/sio.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
