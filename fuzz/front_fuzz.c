// Any texts as Host, Origin, Authorization and Content-Type: a name that is let in is one of ours,
// and who is refused where nobody needs a key and strangers are listed is refused where they are
// not. And any bytes as a server's answer to the doctor.
//
// Input: host, zero, origin, zero, authorization, zero, type, zero, the answer.
#include "fuzz_target.h"
#include "server/doctor/doctor_answers.h"
#include "server/front/front_policy.h"

#include <string.h>

static const char *const hosts[] = {"axl.example.org"};
static const char *const origins[] = {"https://app.example.org"};

// Bytes up to the next zero, as a string.
static void next_text(const uint8_t **at, size_t *left, char *out, size_t size) {
    size_t used = 0;
    while (*left > 0 && **at != 0) {
        if (used + 1 < size) out[used++] = (char)**at;
        ++*at;
        --*left;
    }
    out[used] = '\0';
    if (*left > 0) {
        ++*at;
        --*left;
    }
}

static void check_host(const front_policy *p, const char *host) {
    char name[HOST_NAME_MAX_BYTES], again[HOST_NAME_MAX_BYTES + 2] = "[";
    const bool known = host_name(name, host);
    (void)host_port(host);
    (void)host_is_open(host);
    if (policy_host(p, host) && *host)
        FUZZ_CHECK(known && (host_is_loopback(name) || strcmp(name, hosts[0]) == 0));
    if (!known) return;
    FUZZ_CHECK(strlen(name) > 0 && strlen(name) <= strlen(host));
    // A name is its own name.
    const bool bracketed = strchr(name, ':') != NULL;
    if (bracketed) strcat(strcat(again, name), "]");
    char twice[HOST_NAME_MAX_BYTES];
    const bool same = host_name(twice, bracketed ? again : name);
    // But for a second dot at the end, which was a part of the name.
    FUZZ_CHECK(same ? strncmp(name, twice, strlen(twice)) == 0 : strchr(name, '.') != NULL);
}

static void check_admission(const front_policy *p, const http_request *r) {
    refusal why = {0}, stricter = {0};
    const bool in = policy_admit(p, r, false, &why);
    FUZZ_CHECK(in == (why.kind == REFUSAL_NONE));
    uint8_t digest[1][SHA256_BYTES];
    policy_key_digest(digest[0], "key");
    const front_policy keyed = {.keys = digest, .key_count = 1};
    if (!in) FUZZ_CHECK(!policy_admit(&keyed, r, false, &stricter));
}

static void check_answer(const uint8_t *data, size_t size) {
    static const doctor_form forms[] = {FORM_BODY, FORM_EVENTS, FORM_LINES};
    buf body = {0};
    buf_append(&body, data, size);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        char found[64] = "";
        json_t *all = answer_documents(forms[i], &body, found, sizeof found);
        FUZZ_CHECK((all != NULL) == (found[0] == '\0'));
        if (all) FUZZ_CHECK(json_array_size(all) > 0);
        for (size_t k = 0; k < json_array_size(all); k++)
            if (!needs_met(json_array_get(all, k), "id:s ?choices.0.text:s error:*", found,
                           sizeof found))
                FUZZ_CHECK(found[0] != '\0');
        json_decref(all);
    }
    char found[64] = "status 400";
    answer_error(&body, found, sizeof found);
    FUZZ_CHECK(strlen(found) < sizeof found);
    buf_free(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char host[512], origin[512], key[512], type[512];
    const front_policy p = {.hosts = {hosts, 1}, .origins = {origins, 1}};
    const uint8_t *at = data;
    next_text(&at, &size, host, sizeof host);
    next_text(&at, &size, origin, sizeof origin);
    next_text(&at, &size, key, sizeof key);
    next_text(&at, &size, type, sizeof type);
    const http_field fields[] = {
        {"Origin", origin}, {"Authorization", key}, {"Content-Type", type}};
    const http_request r = {.method = HTTP_POST,
                            .path = "/v1/completions",
                            .host = host,
                            .fields = fields,
                            .field_count = sizeof fields / sizeof *fields,
                            .size = 1,
                            .peer = "127.0.0.1:1"};
    check_host(&p, host);
    check_host(&p, origin);
    (void)origin_is_valid(origin);
    (void)policy_origin(&p, origin, host);
    check_admission(&p, &r);
    check_answer(at, size);
    return 0;
}
