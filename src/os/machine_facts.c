#include "os/system.h"

#include "os/machine_facts.h"

#include "base/strings.h"
#include "os/memory.h"

#include <sys/utsname.h>
#include <unistd.h>

const char *os_system_name(char out[OS_SYSTEM_NAME_MAX]) {
    struct utsname name;
    // POSIX: anything but -1 is success.
    if (uname(&name) == -1) {
        string_copy(out, OS_SYSTEM_NAME_MAX, "unknown");
        return out;
    }
    string_format(out, OS_SYSTEM_NAME_MAX, NULL, "%s %s %s", name.sysname, name.release,
                  name.machine);
    return out;
}

uint64_t os_memory_installed(void) {
    const long pages = sysconf(_SC_PHYS_PAGES);
    return pages > 0 ? (uint64_t)pages * os_page_size() : 0;
}
