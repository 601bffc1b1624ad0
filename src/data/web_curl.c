// Fetching with libcurl. It brings some thirty libraries along, which take longer to load than most
// commands to run: they are loaded when something is fetched, and a program that fetches nothing
// does without them.
#include "data/web.h"

#include "base/error.h"
#include "base/strings.h"
#include "os/library.h"

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LIBRARY "libcurl.so.4"

#define CONNECT_SECONDS 30L
#define STALL_SECONDS 60L // without a byte
#define REDIRECTS 5L

// ---- the library ----

// Its functions, as curl/curl.h declares them.
typedef struct curl_calls {
    os_library *library;
    CURLcode (*begin)(long flags);
    void (*end)(void);
    CURL *(*make)(void);
    void (*free)(CURL *);
    CURLcode (*set)(CURL *, CURLoption, ...);
    CURLcode (*get)(CURL *, CURLINFO, ...);
    CURLcode (*perform)(CURL *);
    const char *(*explain)(CURLcode);
    struct curl_slist *(*append)(struct curl_slist *, const char *);
    void (*free_list)(struct curl_slist *);
    time_t (*date)(const char *, const time_t *);
    int (*same)(const char *, const char *); // capitals or not
    int (*begins)(const char *, const char *, size_t);
} curl_calls;

// A function pointer is put where one of another type is: POSIX has them of one size.
static bool find_calls(curl_calls *c) {
    const struct {
        const char *name;
        void *to;
    } wanted[] = {{"curl_global_init", &c->begin},    {"curl_global_cleanup", &c->end},
                  {"curl_easy_init", &c->make},       {"curl_easy_cleanup", &c->free},
                  {"curl_easy_setopt", &c->set},      {"curl_easy_getinfo", &c->get},
                  {"curl_easy_perform", &c->perform}, {"curl_easy_strerror", &c->explain},
                  {"curl_slist_append", &c->append},  {"curl_slist_free_all", &c->free_list},
                  {"curl_getdate", &c->date},         {"curl_strequal", &c->same},
                  {"curl_strnequal", &c->begins}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        os_function *found = os_library_function(c->library, wanted[i].name);
        if (!found) return false;
        memcpy(wanted[i].to, &found, sizeof found);
    }
    return true;
}

// Some of the libraries that it brings cannot be unloaded and loaded again: it stays.
static _Atomic(os_library *) loaded;

static axl_status load(os_library **out, axl_error *err) {
    *out = atomic_load(&loaded);
    if (*out) return AXL_OK;
    os_library *mine, *theirs = NULL;
    FORWARD(os_library_open(&mine, LIBRARY, err));
    if (atomic_compare_exchange_strong(&loaded, &theirs, mine)) {
        *out = mine;
    } else {
        os_library_close(mine);
        *out = theirs;
    }
    return AXL_OK;
}

static axl_status find(curl_calls *c, axl_error *err) {
    *c = (curl_calls){0};
    FORWARD(load(&c->library, err));
    RETURN_IF(!find_calls(c), err, AXL_UNSUPPORTED,
              LIBRARY " is another library than this was built for");
    return AXL_OK;
}

const char *web_missing(void) {
    curl_calls c;
    const bool there = find(&c, NULL) == AXL_OK;
    return there ? NULL : "fetching needs " LIBRARY ": install libcurl4 (Debian's name)";
}

typedef struct exchange {
    const web_request *q;
    web_reply *reply;
    const curl_calls *c;
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
static void read_range(const char *value, const curl_calls *c, web_reply *r) {
    if (!c->begins(value, "bytes ", 6)) return;
    const char *slash = strchr(value, '/');
    read_number(value + 6, &r->range_from);
    if (slash) read_number(slash + 1, &r->range_total);
}

// Seconds, or a date.
static void read_pause(const char *value, const curl_calls *c, web_reply *r) {
    if (read_number(value, &r->retry_after)) return;
    const time_t then = c->date(value, NULL), now = time(NULL);
    if (then != (time_t)-1) r->retry_after = then > now ? (uint64_t)(then - now) : 0;
}

static void read_field(const exchange *x, const char *name, const char *value) {
    web_reply *r = x->reply;
    int (*same)(const char *, const char *) = x->c->same;
    if (same(name, "content-length")) read_number(value, &r->length);
    if (same(name, "content-range")) read_range(value, x->c, r);
    if (same(name, "retry-after")) read_pause(value, x->c, r);
    const bool strong = value[0] == '"' && strlen(value) < sizeof r->etag;
    if (same(name, "etag") && strong) string_copy(r->etag, sizeof r->etag, value);
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
    read_field(x, line, value);
    return size;
}

static bool tell_head(exchange *x) {
    long status = 0;
    if (x->told) return x->failure == AXL_OK;
    x->c->get(x->curl, CURLINFO_RESPONSE_CODE, &status);
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

static bool set_protocols(const exchange *x) {
    // What began encrypted stays so.
    const bool secure = x->c->begins(x->q->url, "https:", 6) != 0;
#if LIBCURL_VERSION_NUM >= 0x075500
    return x->c->set(x->curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           x->c->set(x->curl, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https") ==
               CURLE_OK;
#else
    const long both = CURLPROTO_HTTP | CURLPROTO_HTTPS;
    return x->c->set(x->curl, CURLOPT_PROTOCOLS, both) == CURLE_OK &&
           x->c->set(x->curl, CURLOPT_REDIR_PROTOCOLS, secure ? (long)CURLPROTO_HTTPS : both) ==
               CURLE_OK;
#endif
}

static struct curl_slist *range_fields(const curl_calls *c, const web_request *q) {
    char line[320];
    if (q->from == 0) return NULL;
    snprintf(line, sizeof line, "Range: bytes=%llu-", (unsigned long long)q->from);
    struct curl_slist *list = c->append(NULL, line);
    snprintf(line, sizeof line, "If-Range: %s", q->etag ? q->etag : "");
    struct curl_slist *more = list && q->etag ? c->append(list, line) : list;
    return more ? more : list;
}

static void set_options(exchange *x, struct curl_slist *fields) {
    CURL *curl = x->curl;
    const web_request *q = x->q;
    const curl_calls *c = x->c;
    c->set(curl, CURLOPT_URL, q->url);
    c->set(curl, CURLOPT_FOLLOWLOCATION, 1L);
    c->set(curl, CURLOPT_MAXREDIRS, REDIRECTS);
    c->set(curl, CURLOPT_NOSIGNAL, 1L);
    c->set(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    c->set(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    c->set(curl, CURLOPT_LOW_SPEED_TIME, STALL_SECONDS);
    c->set(curl, CURLOPT_USERAGENT, "axl");
    c->set(curl, CURLOPT_HTTPHEADER, fields);
    c->set(curl, CURLOPT_HEADERFUNCTION, take_line);
    c->set(curl, CURLOPT_HEADERDATA, x);
    c->set(curl, CURLOPT_WRITEFUNCTION, take_body);
    c->set(curl, CURLOPT_WRITEDATA, x);
    c->set(curl, CURLOPT_NOPROGRESS, 0L);
    c->set(curl, CURLOPT_XFERINFOFUNCTION, take_progress);
    c->set(curl, CURLOPT_XFERINFODATA, x);
    if (!q->token) return;
    c->set(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
    c->set(curl, CURLOPT_XOAUTH2_BEARER, q->token);
}

static axl_status outcome(exchange *x, CURLcode code, const char *why) {
    const char *url = x->q->url;
    if (x->failure != AXL_OK) return x->failure;
    RETURN_IF(x->stopped, x->err, AXL_INTERRUPTED, "stopped while fetching %s", url);
    if (code == CURLE_OK) return tell_head(x) ? AXL_OK : x->failure;
    const bool ours = code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL;
    const char *text = *why ? why : x->c->explain(code);
    return error_set(x->err, ours ? AXL_BAD_ARGUMENT : AXL_IO, "%s: %s", url, text);
}

static axl_status perform(exchange *x) {
    char why[CURL_ERROR_SIZE] = "";
    const curl_calls *c = x->c;
    // Without it the library would follow to files and other services of this machine.
    if (!set_protocols(x))
        return error_set(x->err, AXL_UNSUPPORTED, LIBRARY " is older than this was built for");
    struct curl_slist *fields = range_fields(c, x->q);
    set_options(x, fields);
    c->set(x->curl, CURLOPT_ERRORBUFFER, why);
    const axl_status status = outcome(x, c->perform(x->curl), why);
    c->free_list(fields);
    return status;
}

static axl_status exchange_run(exchange *x) {
    RETURN_IF(x->c->begin(CURL_GLOBAL_DEFAULT) != CURLE_OK, x->err, AXL_INTERNAL,
              "libcurl cannot be used");
    axl_status status;
    x->curl = x->c->make();
    if (x->curl) {
        status = perform(x);
        x->c->free(x->curl);
    } else {
        status = error_set(x->err, AXL_NO_MEMORY, "not enough memory to fetch %s", x->q->url);
    }
    x->c->end();
    return status;
}

axl_status web_get(const web_request *q, web_reply *out, axl_error *err) {
    curl_calls c;
    *out = (web_reply){.length = WEB_UNKNOWN, .retry_after = WEB_UNKNOWN};
    FORWARD(find(&c, err));
    exchange x = {.q = q, .reply = out, .c = &c, .err = err};
    return exchange_run(&x);
}
