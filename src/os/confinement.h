// What the kernel itself says about how a process is confined: nothing is taken from the word of
// the program that confined it.
#ifndef OS_CONFINEMENT_H
#define OS_CONFINEMENT_H

#include <axl/status.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct os_confinement {
    bool user, mount, pid, net, ipc, uts, cgroup; // namespaces that are not this process's
    bool filtered;      // system calls pass a seccomp filter that this process does not have
    bool no_privileges; // no program that it runs can gain any, and it has no capabilities
    bool not_root;      // it is not root outside
    bool read_only;     // everything mounted is read-only, but for /dev/null
    uint64_t processes; // limits that it cannot raise; UINT64_MAX: none
    uint64_t memory, cpu_seconds;
} os_confinement;

// AXL_NOT_FOUND when there is no such process any more.
axl_status os_confinement_read(pid_t pid, os_confinement *out, axl_error *err);

#endif
