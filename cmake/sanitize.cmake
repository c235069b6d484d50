# RUNBOOK_SANITIZE is a comma-separated list for -fsanitize, for the whole tree.
set(RUNBOOK_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined")
if(RUNBOOK_SANITIZE)
  add_compile_options(-fsanitize=${RUNBOOK_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${RUNBOOK_SANITIZE})
endif()
