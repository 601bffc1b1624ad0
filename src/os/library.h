// Shared libraries loaded at run time (benchmark peers, optional parts).
#ifndef OS_LIBRARY_H
#define OS_LIBRARY_H

#include <axl/status.h>

typedef struct os_library os_library;
typedef void os_function(void); // cast to the real type before calling

// name is a path or a name for the system's search ("libdnnl.so.3"). The caller owns *out.
axl_status os_library_open(os_library **out, const char *name, axl_error *err);
void os_library_close(os_library *library); // NULL is allowed; its symbols end here

// NULL when there is no such symbol.
os_function *os_library_function(os_library *library, const char *symbol);
void *os_library_data(os_library *library, const char *symbol);

#endif
