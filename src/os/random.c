#include "os/system.h"

#include "os/random.h"

#include "os/system_error.h"

#include <errno.h>
#include <sys/random.h>
#include <sys/types.h>

axl_status os_random(void *to, size_t bytes, axl_error *err) {
    size_t done = 0;
    while (done < bytes) {
        const ssize_t got = getrandom((char *)to + done, bytes - done, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return os_error(err, errno, "cannot get", "random bytes");
        done += (size_t)got;
    }
    return AXL_OK;
}
