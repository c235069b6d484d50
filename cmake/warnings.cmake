option(RUNBOOK_WERROR "Warnings are errors" OFF)
add_library(runbook_warnings INTERFACE)
target_compile_options(runbook_warnings INTERFACE
  -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
  -Wformat=2 -Wswitch-enum -Wconversion -Wno-sign-conversion)
if(CMAKE_C_COMPILER_ID STREQUAL GNU)
  # Error texts are cut on purpose.
  target_compile_options(runbook_warnings INTERFACE -Wno-format-truncation)
endif()
if(RUNBOOK_WERROR)
  target_compile_options(runbook_warnings INTERFACE -Werror)
endif()
target_compile_definitions(runbook_warnings INTERFACE _GNU_SOURCE)
