# Run by cpack in the tree that becomes the package: what lies outside of /usr, and what
# Debian wants of each package.
# file(COPY), not file(INSTALL): that would heed DESTDIR, which cpack sets.
set(root ${CPACK_TEMPORARY_DIRECTORY})
set(deploy ${CMAKE_CURRENT_LIST_DIR}/..)
set(project ${deploy}/..)
set(doc ${root}/usr/share/doc/mllp-server)

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(COPY ${deploy}/systemd/mllp-server.service DESTINATION ${root}/lib/systemd/system)
file(COPY ${deploy}/etc/ DESTINATION ${root}/etc/mllp-server)
file(COPY ${deploy}/debian/copyright ${project}/docs/examples DESTINATION ${doc})

# The same changes twice: for people, and in Debian's own form.
file(COPY_FILE ${project}/CHANGELOG.md ${doc}/changelog)
set(version ${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${doc}/changelog.Debian
  "mllp-server (${version}) unstable; urgency=medium\n\n"
  "  * See /usr/share/doc/mllp-server/changelog.gz.\n\n"
  " -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")

file(GLOB pages ${root}/usr/share/man/man*/*)
run(gzip -9nf ${doc}/changelog ${doc}/changelog.Debian ${pages})
run(find ${root} -type d -exec chmod 755 {} +)
run(find ${root}/etc ${root}/lib/systemd ${root}/usr/share ${root}/usr/lib -type f
  -exec chmod 644 {} +)
