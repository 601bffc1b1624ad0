// Errno values as status and text. Private to os/.
#ifndef OS_SYSTEM_ERROR_H
#define OS_SYSTEM_ERROR_H

#include <axl/status.h>

// The status that stands for an errno value.
axl_status os_status_of(int number);

// Sets "<what> <subject>: <errno text>", e.g. "cannot open model.bin: Permission denied", and
// returns the status.
axl_status os_error(axl_error *err, int number, const char *what, const char *subject);

#endif
