// What a process survives when files that it has mapped become shorter. Private to os/, but for
// os_map_guard.
//
// Touching a page of a mapping behind the file's new end is SIGBUS, which kills. A program may ask
// for a handler instead (a library must not take one on its own): in the mappings of os/map.h it
// puts zeros where the file is gone, makes a note, and lets the thread go on. Whoever worked on
// the view asks os_map_unchanged afterwards and throws away what zeros gave. No jump leaves the
// work in the middle, so no lock and no memory is lost.
#ifndef OS_MAP_GUARD_H
#define OS_MAP_GUARD_H

#include <axl/status.h>
#include <stdbool.h>
#include <stddef.h>

// Installs the handler, for the whole process and for good. Faults elsewhere go to the handler that
// was there before. Again is AXL_OK.
axl_status os_map_guard(axl_error *err);

typedef struct map_watch map_watch;

// Watches a mapping until it is released. NULL: there is no handler, or it has too many already.
map_watch *map_watch_begin(const void *data, size_t bytes);
void map_watch_end(map_watch *w); // NULL is allowed

// Whether zeros took the place of something.
bool map_watch_torn(const map_watch *w);

#endif
