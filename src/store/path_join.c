#include "store/path_join.h"

#include "base/error.h"

#include <string.h>

axl_status path_join(buf *out, const char *folder, const char *name, axl_error *err) {
    buf_clear(out);
    RETURN_IF(!folder || *folder == '\0', err, AXL_BAD_ARGUMENT, "no name of a model's folder");
    buf_format(out, "%s/%s", folder, name);
    return buf_ok(out) ? AXL_OK : error_no_memory(err, "a path", strlen(folder));
}
