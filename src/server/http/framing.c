#include "server/http/framing.h"

#include "server/http/http_text.h"

#include <string.h>

const char *http_field_of(const http_request *r, const char *name) {
    for (size_t i = 0; i < r->field_count; i++)
        if (http_same(r->fields[i].name, name)) return r->fields[i].value;
    return NULL;
}

static size_t count_of(const http_request *r, const char *name) {
    size_t count = 0;
    for (size_t i = 0; i < r->field_count; i++) count += http_same(r->fields[i].name, name);
    return count;
}

// A list may be spread over several fields of one name.
static bool says(const http_request *r, const char *name, const char *word) {
    for (size_t i = 0; i < r->field_count; i++)
        if (http_same(r->fields[i].name, name) && http_list_has(r->fields[i].value, word))
            return true;
    return false;
}

static int refuse(int status, const char *text, const char **why) {
    *why = text;
    return status;
}

static int read_host(http_framing *out, const http_request *r, int minor, const char *authority,
                     const char **why) {
    const char *host = http_field_of(r, "Host");
    out->host = host ? host : authority;
    if (count_of(r, "Host") > 1) return refuse(400, "more than one field Host", why);
    if (!host && minor > 0) return refuse(400, "no field Host", why);
    if (!host) return 0;
    if (!http_is_authority(host)) return refuse(400, "malformed field Host", why);
    if (*authority && !http_same(host, authority))
        return refuse(400, "the field Host and the target differ", why);
    return 0;
}

static int read_length(http_framing *out, const http_request *r, int minor, const char **why) {
    const size_t lengths = count_of(r, "Content-Length"),
                 codings = count_of(r, "Transfer-Encoding");
    if (lengths > 0 && codings > 0)
        return refuse(400, "both Content-Length and Transfer-Encoding", why);
    if (lengths > 1) return refuse(400, "more than one Content-Length", why);
    if (lengths == 1 && !http_decimal(http_field_of(r, "Content-Length"), &out->length))
        return refuse(400, "Content-Length is no decimal number of 64 bits", why);
    if (codings == 0) return 0;
    const char *coding = http_field_of(r, "Transfer-Encoding");
    if (minor == 0) return refuse(400, "Transfer-Encoding in HTTP/1.0", why);
    if (codings > 1) return refuse(400, "more than one Transfer-Encoding", why);
    if (*coding == '\0') return refuse(400, "empty Transfer-Encoding", why);
    if (!http_same(coding, "chunked"))
        return refuse(501, "no Transfer-Encoding but chunked is known", why);
    out->chunked = true;
    return 0;
}

int http_framing_read(http_framing *out, const http_request *r, int minor, const char *authority,
                      const char **why) {
    *out = (http_framing){.host = ""};
    int status = read_host(out, r, minor, authority, why);
    if (status == 0) status = read_length(out, r, minor, why);
    if (status != 0) return status;
    const bool close = says(r, "Connection", "close");
    out->keep = !close && (minor > 0 || says(r, "Connection", "keep-alive"));
    const char *expected = http_field_of(r, "Expect");
    if (!expected || minor == 0) return 0;
    if (count_of(r, "Expect") > 1 || !http_same(expected, "100-continue"))
        return refuse(417, "no expectation but 100-continue can be met", why);
    out->expects = out->chunked || out->length > 0;
    return 0;
}
