// Any bytes as requests on one connection. The same bytes cut into other pieces give the same
// requests and the same verdict; what is taken keeps every limit and has the form that http.h says;
// and what a body is, is never read as a request: the bytes taken for each are those that its
// framing tells.
//
// Input: two bytes that choose the pieces, then what the client sends.
#include "fuzz_target.h"
#include "server/http/parser.h"

#include "base/utf8.h"

#include <string.h>

#define REQUESTS_MAX 16

static const http_limits limits = {
    .line_bytes = 200, .head_bytes = 400, .fields = 8, .body_bytes = 300};

typedef struct outcome {
    size_t requests, at; // whole requests, bytes up to the end of the last one
    int status;          // of what is refused behind them, 0: nothing
    uint64_t sum;        // of all that the requests say
} outcome;

static void mix(uint64_t *sum, const void *bytes, size_t size) {
    const uint8_t *from = bytes;
    for (size_t i = 0; i <= size; i++) *sum = (*sum ^ (i < size ? from[i] : 256u)) * 0x100000001B3u;
}

static void mix_text(uint64_t *sum, const char *text) {
    mix(sum, text, strlen(text));
}

static void check_plain(const char *text) {
    for (; *text; text++) FUZZ_CHECK((unsigned char)*text >= 0x20 && *text != 0x7F);
}

static void check_request(const http_parser *p) {
    const http_request *r = &p->request;
    size_t size = 0;
    FUZZ_CHECK(r->path[0] == '/' && utf8_valid(r->path, strlen(r->path)));
    FUZZ_CHECK(strlen(r->path) + strlen(r->query) <= limits.line_bytes);
    FUZZ_CHECK(p->minor == 0 || r->host[0] != '\0');
    FUZZ_CHECK(r->field_count <= limits.fields && r->size <= limits.body_bytes);
    FUZZ_CHECK(p->framing.chunked || r->size == p->framing.length);
    check_plain(r->path);
    check_plain(r->query);
    for (size_t i = 0; i < r->field_count; i++) {
        FUZZ_CHECK(r->fields[i].name[0] != '\0');
        check_plain(r->fields[i].name);
        check_plain(r->fields[i].value);
        size += strlen(r->fields[i].name) + strlen(r->fields[i].value) + 3;
    }
    FUZZ_CHECK(size <= limits.head_bytes);
}

static void take_request(const http_parser *p, outcome *out) {
    const http_request *r = &p->request;
    check_request(p);
    out->requests++;
    mix(&out->sum, &r->method, sizeof r->method);
    mix_text(&out->sum, r->path);
    mix_text(&out->sum, r->query);
    mix_text(&out->sum, r->host);
    for (size_t i = 0; i < r->field_count; i++) {
        mix_text(&out->sum, r->fields[i].name);
        mix_text(&out->sum, r->fields[i].value);
    }
    mix(&out->sum, r->body, r->size);
}

// As a connection does it, with pieces of first, then step, first, step... bytes.
static outcome read_all(const uint8_t *data, size_t size, size_t first, size_t step) {
    outcome out = {.sum = 1};
    http_parser p;
    http_parser_init(&p, &limits);
    size_t at = 0, end = first < size ? first : size;
    bool head = false;
    for (size_t n = 0; out.requests < REQUESTS_MAX;) {
        size_t taken;
        const http_progress got = http_parser_take(&p, data + at, end - at, &taken);
        if (got == HTTP_PROGRESS_REFUSED) {
            out.status = p.status;
            FUZZ_CHECK(p.status >= 400 && p.status <= 505 && p.why[0] != '\0');
            break;
        }
        at += taken;
        FUZZ_CHECK(at <= end);
        if (got == HTTP_PROGRESS_HEAD) {
            FUZZ_CHECK(!head);
            head = true;
        } else if (got == HTTP_PROGRESS_WHOLE) {
            FUZZ_CHECK(head);
            head = false;
            take_request(&p, &out);
            out.at = at;
            http_parser_reset(&p);
        } else {
            FUZZ_CHECK(at == end);
            if (end == size) break;
            const size_t part = ++n % 2 ? step : first;
            end = part < size - end ? end + part : size;
        }
    }
    http_parser_reset(&p);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    const uint8_t *text = data + 2;
    size -= 2;
    const outcome whole = read_all(text, size, size, 1);
    const outcome bytes = read_all(text, size, 1, 1);
    const outcome parts = read_all(text, size, data[0] + 1u, data[1] + 1u);
    FUZZ_CHECK(whole.requests == bytes.requests && whole.requests == parts.requests);
    FUZZ_CHECK(whole.at == bytes.at && whole.at == parts.at);
    FUZZ_CHECK(whole.sum == bytes.sum && whole.sum == parts.sum);
    FUZZ_CHECK(whole.status == bytes.status && whole.status == parts.status);
    return 0;
}
