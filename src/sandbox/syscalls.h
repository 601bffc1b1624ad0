// Which system calls a program in the sandbox may make: a list of those that the Python interpreter
// needs, and nothing else. Made once, given to bubblewrap as a program for the kernel.
#ifndef SANDBOX_SYSCALLS_H
#define SANDBOX_SYSCALLS_H

#include "base/buf.h"
#include <axl/status.h>

// Appends the filter, as the kernel reads it. A call that is not in the list fails with EPERM; one
// of another architecture ends the program. AXL_UNSUPPORTED in a build without libseccomp.
axl_status syscalls_filter(buf *to, axl_error *err);

#endif
