# find_package(sio)                     sio::sio is the shared library, if there is one
# find_package(sio COMPONENTS static)   sio::sio is the static one
# Beside it there are sio::shared and sio::static; the latter asks for the component `static`.
include(CMakeFindDependencyMacro)
find_dependency(PkgConfig)
include(${CMAKE_CURRENT_LIST_DIR}/sioTargets.cmake)

# Its headers include jansson's.  What else it stands on, only who links it statically has to have.
set(sio_library sio::shared)
set(sio_modules JANSSON:jansson)
if("static" IN_LIST sio_FIND_COMPONENTS OR NOT TARGET sio::shared)
    set(sio_library sio::static)
    list(APPEND sio_modules LWS:libwebsockets LIBUV:libuv ZLIB:zlib OPENSSL:openssl)
endif()
foreach(sio_module IN LISTS sio_modules)
    string(REPLACE ":" ";" sio_module ${sio_module})
    list(GET sio_module 0 sio_name)
    list(GET sio_module 1 sio_module)
    pkg_check_modules(SIO_${sio_name} QUIET IMPORTED_TARGET GLOBAL ${sio_module})
    if(NOT SIO_${sio_name}_FOUND)
        set(sio_FOUND FALSE)
        string(APPEND sio_NOT_FOUND_MESSAGE "sio needs ${sio_module}. ")
    endif()
endforeach()

if(NOT TARGET sio::sio)
    add_library(sio::sio ALIAS ${sio_library})
endif()
