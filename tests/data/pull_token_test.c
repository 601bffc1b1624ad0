// Where the token may go. Each URL that may not have it looks to some reader like one that may.
#include "data/pull_parts.h"
#include "support/unit.h"

static const char *const good[] = {
    "https://huggingface.co",        "https://huggingface.co/datasets/a/b/resolve/main/x.jsonl",
    "HTTPS://HuggingFace.CO:443/x",  "https://datasets-server.huggingface.co/rows?dataset=a",
    "https://rows.example.org/rows", "https://ROWS.example.org:443?x",
    "http://127.0.0.1:8080/x",       "http://localhost",
    "http://localhost/x@y",          "http://[::1]:9/x",
    "https://localhost:9/x",
};

static const char *const bad[] = {
    "https://example.org/x",
    "https://example.org/huggingface.co",
    "https://example.org?.huggingface.co",
    "https://example.org#.huggingface.co",
    "https://nothuggingface.co/x",
    "https://huggingface.co.example.org/x",
    "https://huggingface.co@example.org/x",
    "https://huggingface.co:x@example.org/x",
    "https://user@huggingface.co/x",
    "https://example.org\\.huggingface.co/x",
    "https://example.org%2f.huggingface.co/x",
    "https://example.org\t.huggingface.co/x",
    "http://huggingface.co/x",
    "http://rows.example.org/rows",
    "https://rows.example.org:444/rows",
    "https://other.rows.example.org/rows",
    "http://localhost:x@example.org/",
    "http://localhost@example.org/",
    "http://localhost:80x/",
    "http://localhost:/",
    "http://localhost:99999/",
    "http://localhost.example.org/",
    "http://127.0.0.1.example.org/",
    "http://[::1].example.org/",
    "http://[::1]x:9/",
    "http:///localhost/",
    "http:/localhost/",
    "ftp://localhost/",
    "https://",
    "",
};

static void it_goes_to_known_hosts_only(void **state) {
    (void)state;
    const pull_place p = {.token = "secret", .endpoint = "https://rows.example.org"};
    for (size_t i = 0; i < COUNT_OF(good); i++)
        if (pull_token_for(&p, good[i]) != p.token) fail_msg("%s is not told", good[i]);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (pull_token_for(&p, bad[i])) fail_msg("%s is told", bad[i]);
}

// An endpoint is no reason to send it in the open, and one of no sense is none.
static void endpoints_are_looked_at_too(void **state) {
    (void)state;
    static const char *const endpoints[] = {"http://example.org", "example.org", "",
                                            "https://x@example.org"};
    pull_place p = {.token = "secret"};
    for (size_t i = 0; i < COUNT_OF(endpoints); i++) {
        p.endpoint = endpoints[i];
        assert_null(pull_token_for(&p, "http://example.org/x"));
        assert_null(pull_token_for(&p, "https://example.org/x"));
    }
    p.endpoint = "https://example.org:8443/api";
    assert_non_null(pull_token_for(&p, "https://example.org:8443/rows"));
    assert_null(pull_token_for(&p, "https://example.org/rows"));
    p.token = NULL;
    assert_null(pull_token_for(&p, "https://huggingface.co/x"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_goes_to_known_hosts_only),
        cmocka_unit_test(endpoints_are_looked_at_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
