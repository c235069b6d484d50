# A room is a folder of engine/ built as one static library.
#
#   runbook_room(journal USES model OWNS PkgConfig::SQLITE)
#
# USES names the rooms whose headers this room may include, OWNS the
# third-party libraries that only this room includes. Both are the law:
# they set the link line here, and tests/arch reads the same lines and
# fails on an include they do not allow.
function(runbook_room name)
  cmake_parse_arguments(ROOM "" "" "USES;OWNS;ASSETS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/engine/${name}/*.c)
  add_library(room_${name} STATIC ${sources})
  target_include_directories(room_${name} PUBLIC ${CMAKE_SOURCE_DIR}/engine)
  foreach(used ${ROOM_USES})
    target_link_libraries(room_${name} PUBLIC room_${used})
  endforeach()
  target_link_libraries(room_${name} PUBLIC ${ROOM_OWNS} PRIVATE runbook_warnings)
  foreach(asset ${ROOM_ASSETS})
    runbook_embed(room_${name} ${CMAKE_SOURCE_DIR}/engine/${name}/${asset})
  endforeach()
endfunction()
