// Ten thousand bodies that were right once, over a socket: each is answered with the right code,
// and the server lives on. What is no JSON is 400; what is JSON may be anything but the server's
// fault.
#include "support/unit.h"

#include "serve_box.h"

#include "base/rng.h"
#include "base/strings.h"
#include "os/scratch.h"

#include <jansson.h>
#include <string.h>

#define BODIES 10000
#define BODY_MAX 2048

static const struct {
    const char *path, *body;
} seeds[] = {
    {"/v1/completions",
     "{\"model\": \"infills\", \"prompt\": [\"def a(\", \"b\"], \"max_tokens\": 2, \"n\": 1, "
     "\"temperature\": 0.5, \"top_p\": 0.9, \"logprobs\": 2, \"echo\": true, \"seed\": 1, "
     "\"stop\": [\"x\", \"\\n\"], \"logit_bias\": {\"65\": -1}}"},
    {"/v1/completions",
     "{\"prompt\": [[97, 98], [256, 99]], \"max_tokens\": 1, \"best_of\": 2, \"user\": null}"},
    {"/v1/completions",
     "{\"prompt\": \"<fim_prefix>a\\u00e9<fim_suffix>b<fim_middle>\", \"max_tokens\": 2, "
     "\"stream\": true, \"stream_options\": {\"include_usage\": true}}"},
    {"/v1/chat/completions",
     "{\"messages\": [{\"role\": \"system\", \"content\": \"s\"}, {\"role\": \"user\", "
     "\"content\": "
     "[{\"type\": \"text\", \"text\": \"hi\"}]}], \"max_tokens\": 2, \"logprobs\": true, "
     "\"top_logprobs\": 1}"},
    {"/v1/fim/completions",
     "{\"prompt\": \"a\", \"suffix\": \"b\", \"max_tokens\": 2, \"temperature\": 0}"},
    {"/v1/embeddings",
     "{\"input\": [\"hello\", \"world\"], \"encoding_format\": \"base64\", \"dimensions\": 2}"},
    {"/completion",
     "{\"prompt\": \"abc\", \"n_predict\": 2, \"top_k\": 5, \"min_p\": 0.1, \"repeat_penalty\": "
     "1.1, "
     "\"repeat_last_n\": 8, \"n_probs\": 1, \"cache_prompt\": true}"},
    {"/infill",
     "{\"input_prefix\": \"a\", \"input_suffix\": \"b\", \"input_extra\": [{\"filename\": \"f\", "
     "\"text\": \"t\"}], \"prompt\": \"p\", \"n_predict\": 2, \"response_fields\": [\"content\", "
     "\"timings/prompt_n\"], \"t_max_predict_ms\": 100}"},
    {"/tokenize", "{\"content\": \"a<|endoftext|>\", \"with_pieces\": true}"},
    {"/detokenize", "{\"tokens\": [97, 257, 200]}"},
    {"/api/generate",
     "{\"model\": \"infills\", \"prompt\": \"a\", \"suffix\": \"b\", \"raw\": false, \"options\": "
     "{\"num_predict\": 2, \"stop\": [\"x\"], \"num_ctx\": 4096, \"seed\": 3}, \"stream\": false}"},
    {"/api/chat",
     "{\"messages\": [{\"role\": \"user\", \"content\": \"hi\"}], \"options\": {\"num_predict\": "
     "2}}"},
    {"/api/embed", "{\"model\": \"infills\", \"input\": \"x\", \"truncate\": true}"},
    {"/api/show", "{\"name\": \"infills\"}"},
};

// What takes the place of something, or is put between.
static const char *const odd[] = {
    "null", "true",   "-1",        "0",        "1e999",    "99999999999999999999",
    "[]",   "{}",     "\"\"",      "\\u0000",  "\\ud800",  "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    "\"",   "\\",     ",",         "\xff\xfe", "\xe2\x82", "]]]]",
    ":",    "1.5e-3", "\"\\n\": ", "NaN",      "-0",       "\"prompt\": 3, ",
};

typedef struct dice {
    rng key;
    uint64_t n;
} dice;

static size_t throw_dice(dice *d, size_t sides) {
    return (size_t)rng_below(d->key, d->n++, sides);
}

// One change. Bytes 0 are none, since the body is a string here.
static void mutate(char *body, dice *d) {
    const size_t size = strlen(body), at = throw_dice(d, size + 1);
    const size_t length = throw_dice(d, size - at + 1) % 16;
    char *rest = body + at;
    const char *part = odd[throw_dice(d, COUNT_OF(odd))];
    const size_t more = strlen(part);
    switch (throw_dice(d, 5)) {
    case 0: // another byte
        if (at < size) *rest = (char)(1 + throw_dice(d, 255));
        break;
    case 1: // fewer
        memmove(rest, rest + length, size - at - length + 1);
        break;
    case 2: // something odd between
        if (size + more >= BODY_MAX) break;
        memmove(rest + more, rest, size - at + 1);
        memcpy(rest, part, more);
        break;
    case 3: // or in the place of something
        if (size - length + more >= BODY_MAX) break;
        memmove(rest + more, rest + length, size - at - length + 1);
        memcpy(rest, part, more);
        break;
    default: // twice
        if (size + length >= BODY_MAX) break;
        memmove(rest + length, rest, size - at + 1);
    }
}

static bool is_json(const char *body) {
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL;
    json_t *root = json_loads(body, flags, NULL);
    const bool blank = body[strspn(body, " \n\r\t")] == '\0';
    const bool ok = json_is_object(root) || blank;
    json_decref(root);
    return ok;
}

// An error, in one of the three forms, that says something.
static bool says_why(const buf *body) {
    json_t *root = json_loads(buf_string(body), JSON_ALLOW_NUL, NULL);
    const json_t *error = json_object_get(root, "error");
    const char *text = json_string_value(error);
    if (!text) text = json_string_value(json_object_get(error, "message"));
    const bool ok = text && *text;
    json_decref(root);
    return ok;
}

static void check(const char *path, const char *body, const http_reply *reply) {
    const bool json = is_json(body);
    const int status = reply->status;
    // A deep or a large one may be JSON and be refused.
    const bool right = json ? status == 200 || status == 400 || status == 404 || status == 413
                            : status == 400 || status == 413;
    if (!right) fail_msg("%s: status %d for %s", path, status, body);
    if (status != 200 && !says_why(&reply->body))
        fail_msg("%s: %s\nfor %s", path, buf_string(&reply->body), body);
    if (!json || status != 200) return;
    json_t *root = json_loads(buf_string(&reply->body), JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    const char *type = http_reply_field(reply, "Content-Type");
    if (!root && strcmp(type, "application/json") == 0)
        fail_msg("%s: no JSON: %s\nfor %s", path, buf_string(&reply->body), body);
    json_decref(root);
}

// Texts that a change made long would take the test's time: the client leaves them.
static bool keep_some(void *ctx, const void *bytes, size_t size) {
    return buf_append(ctx, bytes, size) && ((buf *)ctx)->size < (size_t)1 << 16;
}

static void test_mutated(void **state) {
    (void)state;
    serve_box b;
    scratch box;
    scratch_make(&box);
    axl_server_options o = serve_options();
    o.host = NULL;
    o.socket = scratch_path(&box, "socket");
    serve_start(&b, &o);
    size_t answered[600] = {0};
    for (size_t i = 0; i < BODIES; i++) {
        dice d = {rng_key(20261122, i), 0};
        const size_t seed = throw_dice(&d, COUNT_OF(seeds));
        char body[BODY_MAX + 64];
        string_copy(body, sizeof body, seeds[seed].body);
        const size_t changes = 1 + throw_dice(&d, 4);
        for (size_t k = 0; k < changes; k++) mutate(body, &d);
        buf kept = {0};
        const serve_question q = {.method = "POST",
                                  .path = seeds[seed].path,
                                  .body = body,
                                  .sink = keep_some,
                                  .ctx = &kept};
        http_reply reply = serve_ask(&b, &q);
        reply.body = kept;
        if (!reply.hung) check(seeds[seed].path, body, &reply);
        answered[reply.status]++;
        http_reply_free(&reply);
    }
    // Both kinds occur, or the changes are not what they should be.
    assert_true(answered[200] > BODIES / 20);
    assert_true(answered[400] > BODIES / 2);
    http_reply reply = serve_ask(&b, &(serve_question){.method = "GET", .path = "/health"});
    assert_int_equal(reply.status, 200);
    http_reply_free(&reply);
    serve_stop(&b);
    scratch_remove(&box);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_mutated)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
