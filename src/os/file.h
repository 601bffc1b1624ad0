// Whole files: bounded reading, and replacement that is atomic and durable.
//
// A replacement writes a temporary file in the target's folder, syncs it, renames it over the
// target and syncs the folder. A reader sees the old version or the new one, never a mixture, also
// after kill -9 or a power cut. Up to the rename any failure removes the temporary file and leaves
// the old version as it was. Only one failure can come later, the folder's sync: then the new
// version is complete and visible, but a power cut may bring the old one back; the text says so.
//
// A process that is killed leaves its temporary file behind. The writer holds a lock (flock) on it,
// so one that can be locked is stale: every os_replace_begin removes the stale ones of its target,
// os_replace_clean those of a folder.
#ifndef OS_FILE_H
#define OS_FILE_H

#include <axl/status.h>
#include <stddef.h>
#include <stdint.h>

// Starts the name of every temporary file.
#define OS_TEMP_PREFIX ".axl-tmp-"

typedef struct os_replace os_replace;

// Starts a replacement of path, which may not exist yet (its folder must). An existing regular file
// gives the new one its permissions, and its owner if we may set it; a symbolic link is followed;
// anything else is refused. Several writers of one path do not disturb each other: the last commit
// wins.
axl_status os_replace_begin(os_replace **out, const char *path, axl_error *err);

// Reserves disk space for this many bytes in all, so that a full disk shows before the work is
// done. Systems and file systems that cannot do it say AXL_OK.
axl_status os_replace_reserve(os_replace *replace, uint64_t bytes, axl_error *err);

// Appends. After a failure every later write and the commit fail too; the caller still has to
// commit or abort.
axl_status os_replace_write(os_replace *replace, const void *data, size_t bytes, axl_error *err);

// Puts other bytes in the place of those that were appended from offset on: for a checksum that
// stands in front of what it sums.
axl_status os_replace_patch(os_replace *replace, uint64_t offset, const void *data, size_t bytes,
                            axl_error *err);

// Puts what was appended on the disk, so that a commit has little left that can fail: for several
// files that change together.
axl_status os_replace_sync(os_replace *replace, axl_error *err);

// Makes the new version the file. Frees replace, whatever the result.
axl_status os_replace_commit(os_replace *replace, axl_error *err);

// Drops the new version, keeps the old one. Frees replace (NULL is allowed).
void os_replace_abort(os_replace *replace);

// The whole of it for data in memory.
axl_status os_file_replace(const char *path, const void *data, size_t bytes, axl_error *err);

// Removes the stale temporary files of every target in the folder; *removed (may be NULL) says how
// many.
axl_status os_replace_clean(const char *folder, size_t *removed, axl_error *err);

// Reads a regular file of at most limit bytes into *data, which the caller frees with mem_free.
// There is always a zero byte behind the last one, not counted in *bytes. A file that grows or
// shrinks while it is read gives what was read.
axl_status os_file_read(const char *path, size_t limit, void **data, size_t *bytes, axl_error *err);

#endif
