#include "data/web.h"

#include "base/error.h"
#include "base/strings.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define CONNECT_SECONDS 30L
#define STALL_SECONDS 60L // without a byte
#define REDIRECTS 5L

const char *web_missing(void) {
    return NULL;
}

typedef struct exchange {
    const web_request *q;
    web_reply *reply;
    CURL *curl;
    bool told; // the head was given
    bool stopped;
    axl_status failure; // of what takes the answer
    axl_error *err;
} exchange;

// ---- the head ----

static bool read_number(const char *text, uint64_t *out) {
    char digits[24];
    const size_t length = strspn(text, "0123456789");
    if (length == 0 || length >= sizeof digits) return false;
    memcpy(digits, text, length);
    digits[length] = '\0';
    return string_to_u64(digits, out);
}

// "bytes 5-9/10", "bytes */10".
static void read_range(const char *value, web_reply *r) {
    if (!curl_strnequal(value, "bytes ", 6)) return;
    const char *slash = strchr(value, '/');
    read_number(value + 6, &r->range_from);
    if (slash) read_number(slash + 1, &r->range_total);
}

// Seconds, or a date.
static void read_pause(const char *value, web_reply *r) {
    if (read_number(value, &r->retry_after)) return;
    const time_t then = curl_getdate(value, NULL), now = time(NULL);
    if (then != (time_t)-1) r->retry_after = then > now ? (uint64_t)(then - now) : 0;
}

static void read_field(const char *name, const char *value, web_reply *r) {
    if (curl_strequal(name, "content-length")) read_number(value, &r->length);
    if (curl_strequal(name, "content-range")) read_range(value, r);
    if (curl_strequal(name, "retry-after")) read_pause(value, r);
    const bool strong = value[0] == '"' && strlen(value) < sizeof r->etag;
    if (curl_strequal(name, "etag") && strong) string_copy(r->etag, sizeof r->etag, value);
}

// One line of a head; those of redirects come as well, and count until the next head begins.
static size_t take_line(char *bytes, size_t one, size_t count, void *ctx) {
    exchange *x = ctx;
    char line[1024];
    const size_t size = one * count, length = size < sizeof line ? size : sizeof line - 1;
    memcpy(line, bytes, length);
    line[length] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    if (strncmp(line, "HTTP/", 5) == 0)
        *x->reply = (web_reply){.length = WEB_UNKNOWN,
                                .range_from = WEB_UNKNOWN,
                                .range_total = WEB_UNKNOWN,
                                .retry_after = WEB_UNKNOWN};
    char *value = strchr(line, ':');
    if (!value) return size;
    *value++ = '\0';
    value += strspn(value, " \t");
    read_field(line, value, x->reply);
    return size;
}

static bool tell_head(exchange *x) {
    long status = 0;
    if (x->told) return x->failure == AXL_OK;
    curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
    x->reply->status = (int)status;
    x->told = true;
    x->failure = x->q->head(x->q->ctx, x->reply, x->err);
    return x->failure == AXL_OK;
}

// ---- the body ----

static size_t take_body(char *bytes, size_t one, size_t count, void *ctx) {
    exchange *x = ctx;
    const size_t size = one * count;
    if (!tell_head(x)) return 0;
    if (x->reply->status != 200 && x->reply->status != 206) return size;
    x->failure = x->q->body(x->q->ctx, bytes, size, x->err);
    return x->failure == AXL_OK ? size : 0;
}

static int take_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    exchange *x = ctx;
    (void)a, (void)b, (void)c, (void)d;
    x->stopped = x->stopped || (x->q->stop && x->q->stop(x->q->ctx));
    return x->stopped;
}

// ---- the request ----

static void set_protocols(CURL *curl, const char *url) {
    // What began encrypted stays so.
    const bool secure = curl_strnequal(url, "https:", 6) != 0;
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
#else
    const long both = CURLPROTO_HTTP | CURLPROTO_HTTPS;
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS, both);
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS, secure ? (long)CURLPROTO_HTTPS : both);
#endif
}

static struct curl_slist *range_fields(const web_request *q) {
    char line[320];
    if (q->from == 0) return NULL;
    snprintf(line, sizeof line, "Range: bytes=%llu-", (unsigned long long)q->from);
    struct curl_slist *list = curl_slist_append(NULL, line);
    snprintf(line, sizeof line, "If-Range: %s", q->etag ? q->etag : "");
    struct curl_slist *more = list && q->etag ? curl_slist_append(list, line) : list;
    return more ? more : list;
}

static void set_options(exchange *x, struct curl_slist *fields) {
    CURL *curl = x->curl;
    const web_request *q = x->q;
    set_protocols(curl, q->url);
    curl_easy_setopt(curl, CURLOPT_URL, q->url);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, REDIRECTS);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, STALL_SECONDS);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "axl");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_line);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, take_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, x);
    if (!q->token) return;
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, q->token);
}

static axl_status outcome(exchange *x, CURLcode code, const char *why) {
    const char *url = x->q->url;
    if (x->failure != AXL_OK) return x->failure;
    RETURN_IF(x->stopped, x->err, AXL_INTERRUPTED, "stopped while fetching %s", url);
    if (code == CURLE_OK) return tell_head(x) ? AXL_OK : x->failure;
    const bool ours = code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL;
    const char *text = *why ? why : curl_easy_strerror(code);
    return error_set(x->err, ours ? AXL_BAD_ARGUMENT : AXL_IO, "%s: %s", url, text);
}

axl_status web_get(const web_request *q, web_reply *out, axl_error *err) {
    char why[CURL_ERROR_SIZE] = "";
    *out = (web_reply){.length = WEB_UNKNOWN, .retry_after = WEB_UNKNOWN};
    RETURN_IF(curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK, err, AXL_INTERNAL,
              "libcurl cannot be used");
    exchange x = {.q = q, .reply = out, .curl = curl_easy_init(), .err = err};
    axl_status status = AXL_NO_MEMORY;
    if (x.curl) {
        struct curl_slist *fields = range_fields(q);
        set_options(&x, fields);
        curl_easy_setopt(x.curl, CURLOPT_ERRORBUFFER, why);
        const CURLcode code = curl_easy_perform(x.curl);
        status = outcome(&x, code, why);
        curl_slist_free_all(fields);
        curl_easy_cleanup(x.curl);
    } else {
        error_set(err, status, "not enough memory to fetch %s", q->url);
    }
    curl_global_cleanup();
    return status;
}
