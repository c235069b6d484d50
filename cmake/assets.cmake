# runbook_embed(target path/to/file.sql) links the file into the program as
# the bytes `asset_file_sql` with their length in `asset_file_sql_len`; a zero
# byte follows the last one, so a text may be used as a C string.
function(runbook_embed target file)
  get_filename_component(base ${file} NAME)
  string(MAKE_C_IDENTIFIER ${base} id)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/asset_${target}_${id}.S)
  file(WRITE ${out}.in "
    .section .rodata
    .global asset_${id}
    .global asset_${id}_len
    .balign 8
asset_${id}:
    .incbin \"${file}\"
asset_${id}_end:
    .byte 0
    .balign 8
asset_${id}_len:
    .quad asset_${id}_end - asset_${id}
    .section .note.GNU-stack,\"\",%progbits
")
  configure_file(${out}.in ${out} COPYONLY)
  set_source_files_properties(${out} PROPERTIES OBJECT_DEPENDS ${file})
  target_sources(${target} PRIVATE ${out})
endfunction()
