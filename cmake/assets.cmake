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

# runbook_embed_folder(target path/to/folder lua) links every *.lua of the
# folder into the program: `asset_folder` is an array of pairs of strings, the
# name of a file without its ending and its text, that ends with two NULLs.
function(runbook_embed_folder target folder ending)
  get_filename_component(id ${folder} NAME)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/*.${ending})
  set(table "")
  set(texts "")
  foreach(file ${files})
    get_filename_component(name ${file} NAME_WE)
    string(APPEND table "    .quad .Lname_${name}, .Ltext_${name}\n")
    string(APPEND texts ".Lname_${name}: .asciz \"${name}\"\n.Ltext_${name}: .incbin \"${file}\"\n    .byte 0\n")
  endforeach()
  set(out ${CMAKE_CURRENT_BINARY_DIR}/asset_${target}_${id}.S)
  file(WRITE ${out}.in "
    .section .data.rel.ro, \"aw\"
    .global asset_${id}
    .balign 8
asset_${id}:
${table}    .quad 0, 0
    .section .rodata
${texts}
    .section .note.GNU-stack,\"\",%progbits
")
  configure_file(${out}.in ${out} COPYONLY)
  set_source_files_properties(${out} PROPERTIES OBJECT_DEPENDS "${files}")
  target_sources(${target} PRIVATE ${out})
endfunction()
