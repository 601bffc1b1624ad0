// The build without libcurl.
#include "data/web.h"

#include "base/error.h"

const char *web_missing(void) {
    return "this build cannot fetch: install libcurl4-openssl-dev (Debian's name) and build again";
}

axl_status web_get(const web_request *q, web_reply *out, axl_error *err) {
    (void)q;
    *out = (web_reply){0};
    return error_set(err, AXL_UNSUPPORTED, "%s", web_missing());
}
