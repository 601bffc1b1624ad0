// How many files and sockets the process may have open.
#ifndef OS_OPEN_FILES_H
#define OS_OPEN_FILES_H

#include <stddef.h>

// Lets the process have `wanted` descriptors where the system's hard limit allows it, and returns
// how many it may have now. Changes the whole process: for programs that have asked for it.
size_t os_open_files_allow(size_t wanted);

#endif
