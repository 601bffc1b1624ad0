// Folders that appear whole: made and filled under a temporary name, synced, then renamed, so that
// a folder with its final name has all its files, also after kill -9 or a power cut.
//
// A process that is killed leaves the temporary folder behind. Its maker holds a lock on it, so one
// that can be locked is stale; every os_staging_begin removes those in its parent.
#ifndef OS_STAGING_H
#define OS_STAGING_H

#include <axl/status.h>
#include <stdbool.h>

typedef struct os_staging os_staging;

// Makes the temporary folder inside parent, which must exist. The caller fills it with files that
// it syncs (os/file.h does that), no folders, and must commit or abort.
axl_status os_staging_begin(os_staging **out, const char *parent, axl_error *err);

// Where to put the files; valid until commit or abort.
const char *os_staging_path(const os_staging *s);

// Gives the folder its name in the parent, which must be free. Frees s, whatever the result. After
// a failure the temporary folder is gone; *in_place tells of the one failure that can come later,
// the parent's sync: the folder has its name then, but a power cut may take it away.
axl_status os_staging_commit(os_staging *s, const char *name, bool *in_place, axl_error *err);

// Removes the temporary folder with its files. Frees s; NULL is allowed.
void os_staging_abort(os_staging *s);

// Removes the folder `name` of parent with the files in it: in one step for those who look, since
// it gets a temporary name first. A folder inside it stays, and then it does, too.
axl_status os_staging_remove(const char *parent, const char *name, axl_error *err);

#endif
