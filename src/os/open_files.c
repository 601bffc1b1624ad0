#include "os/open_files.h"

#include <stdint.h>
#include <sys/resource.h>

size_t os_open_files_allow(size_t wanted) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    const rlim_t most = limit.rlim_max == RLIM_INFINITY || wanted < limit.rlim_max ? (rlim_t)wanted
                                                                                   : limit.rlim_max;
    const rlim_t before = limit.rlim_cur;
    if (before == RLIM_INFINITY) return SIZE_MAX;
    if (before >= most) return (size_t)before;
    limit.rlim_cur = most;
    return (size_t)(setrlimit(RLIMIT_NOFILE, &limit) == 0 ? most : before);
}
