// Who is let in: names, pages, keys and bodies, each as a table.
#include "support/unit.h"

#include "server/front/front_policy.h"

#include <string.h>

typedef struct host_case {
    const char *bound, *host;
    bool allowed;
} host_case;

static const char *const more_hosts[] = {"axl.example.org", "fd00::7"};

static const host_case hosts[] = {
    {NULL, "", true},
    {NULL, "localhost", true},
    {NULL, "LOCALHOST", true},
    {NULL, "localhost.", true},
    {NULL, "localhost:8880", true},
    {NULL, "localhost.:8880", true},
    {NULL, "localhost:", true},
    {NULL, "a.localhost:1", true},
    {NULL, "127.0.0.1", true},
    {NULL, "127.0.0.1:11434", true},
    {NULL, "127.255.255.255", true},
    {NULL, "[::1]", true},
    {NULL, "[::1]:8880", true},
    {NULL, "axl.example.org", true},
    {NULL, "AXL.Example.org.:443", true},
    {NULL, "[FD00::7]:8880", true},
    // What a stranger's name server can make point here, and what only looks like this machine.
    {NULL, "evil.example", false},
    {NULL, "evil.example:8880", false},
    {NULL, "localhost.evil.example", false},
    {NULL, "127.0.0.1.evil.example", false},
    {NULL, "127.evil.example", false},
    {NULL, "notlocalhost", false},
    {NULL, "localhost..", false},
    {NULL, "127.0.0.256", false},
    {NULL, "127.0.0", false},
    {NULL, "127.0.0.1.", true},
    {NULL, "1270.0.0.1", false},
    {NULL, "10.0.0.1", false},
    {NULL, "[::2]", false},
    {NULL, "::1", false},
    {NULL, "[::1", false},
    {NULL, "[1]", false},
    {NULL, "[::1]x", false},
    {NULL, "localhost:x", false},
    {NULL, "localhost:123456", false},
    {NULL, "localhost:8880:1", false},
    {NULL, "user@localhost", false},
    {NULL, "localhost/", false},
    {NULL, ".", false},
    {NULL, ":8880", false},
    {NULL, "axl.example.org.evil.example", false},
    // The bound one.
    {"192.168.1.5", "192.168.1.5:8880", true},
    {"192.168.1.5", "192.168.1.6", false},
    {"192.168.1.5", "evil.example", false},
    {"box.lan", "BOX.lan:8880", true},
    {"box.lan", "other.lan", false},
    {"fe80::1", "[fe80::1]:8880", true},
    {"[fe80::1]", "[fe80::1]", true},
    // Listening everywhere: by any address, but by no name.
    {"0.0.0.0", "192.168.1.5:8880", true},
    {"0.0.0.0", "[2001:db8::1]", true},
    {"::", "10.1.2.3", true},
    {"0.0.0.0", "evil.example", false},
    {"0.0.0.0", "1.2.3.4.evil.example", false},
};

static void test_hosts(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        const front_policy p = {.host = hosts[i].bound, .hosts = {more_hosts, 2}};
        if (policy_host(&p, hosts[i].host) != hosts[i].allowed)
            fail_msg("row %zu: host '%s' should be %s", i, hosts[i].host,
                     hosts[i].allowed ? "allowed" : "refused");
    }
}

static void test_long_host(void **state) {
    (void)state;
    char text[2 * HOST_NAME_MAX_BYTES], name[HOST_NAME_MAX_BYTES];
    memset(text, 'a', sizeof text);
    text[HOST_NAME_MAX_BYTES - 1] = '\0';
    assert_true(host_name(name, text));
    assert_string_equal(name, text);
    text[HOST_NAME_MAX_BYTES - 1] = 'a';
    text[HOST_NAME_MAX_BYTES] = '\0';
    assert_false(host_name(name, text));
}

static void test_ports(void **state) {
    (void)state;
    assert_int_equal(host_port("localhost:11434"), 11434);
    assert_int_equal(host_port("[::1]:1"), 1);
    assert_int_equal(host_port("localhost"), 0);
    assert_int_equal(host_port("localhost:"), 0);
    assert_int_equal(host_port("localhost:65536"), 0);
    assert_int_equal(host_port("localhost:8880x"), 0);
}

static void test_open(void **state) {
    (void)state;
    static const char *const closed[] = {"127.0.0.1",  "localhost",     "::1", "[::1]",
                                         "127.0.0.53", "/run/axl.sock", "./s"};
    static const char *const open[] = {"0.0.0.0", "::", "192.168.1.5", "box.lan", "", "fe80::1"};
    assert_false(host_is_open(NULL));
    for (size_t i = 0; i < COUNT_OF(closed); i++)
        if (host_is_open(closed[i])) fail_msg("'%s' is this machine", closed[i]);
    for (size_t i = 0; i < COUNT_OF(open); i++)
        if (!host_is_open(open[i])) fail_msg("'%s' is open", open[i]);
}

// ---- pages ----

typedef struct origin_case {
    const char *origin, *host;
    bool allowed;
} origin_case;

static const char *const listed[] = {"https://app.example.org", "http://Dev.example.org:3000/",
                                     "vscode-webview://abc"};

static const origin_case origins[] = {
    {"http://localhost:3000", "127.0.0.1:8880", true},
    {"https://localhost", "127.0.0.1:8880", true},
    {"http://127.0.0.1:8880", "127.0.0.1:8880", true},
    {"http://[::1]:8880", "[::1]:8880", true},
    {"HTTP://LOCALHOST", "localhost", true},
    {"http://192.168.1.5:8880", "192.168.1.5:8880", true},
    {"https://box.lan", "box.lan", true},
    {"https://app.example.org", "127.0.0.1", true},
    {"http://dev.example.org:3000", "127.0.0.1", true},
    {"vscode-webview://abc", "127.0.0.1", true},
    {"http://192.168.1.5:8880", "192.168.1.5:8881", false},
    {"http://192.168.1.5", "127.0.0.1:8880", false},
    {"null", "127.0.0.1:8880", false},
    {"", "127.0.0.1:8880", false},
    {"", "", false},
    {"http://", "", false},
    {"https://evil.example", "127.0.0.1:8880", false},
    {"http://app.example.org", "127.0.0.1", false},
    {"https://app.example.org:444", "127.0.0.1", false},
    {"https://app.example.org.evil.example", "127.0.0.1", false},
    {"https://xapp.example.org", "127.0.0.1", false},
    {"http://localhost.evil.example", "127.0.0.1", false},
    {"http://localhost@evil.example", "127.0.0.1", false},
    {"http://evil.example#localhost", "127.0.0.1", false},
    {"ftp://localhost", "127.0.0.1", false},
    {"localhost", "127.0.0.1", false},
    {"file://", "127.0.0.1", false},
    {"vscode-webview://abcd", "127.0.0.1", false},
};

static void test_origins(void **state) {
    (void)state;
    const front_policy p = {.origins = {listed, COUNT_OF(listed)}};
    for (size_t i = 0; i < COUNT_OF(origins); i++)
        if (policy_origin(&p, origins[i].origin, origins[i].host) != origins[i].allowed)
            fail_msg("row %zu: '%s' should be %s", i, origins[i].origin,
                     origins[i].allowed ? "allowed" : "refused");
    static const char *const all[] = {"*"};
    const front_policy every = {.origins = {all, 1}};
    assert_true(policy_origin(&every, "https://evil.example", "127.0.0.1"));
    assert_true(policy_origin(&every, "null", "127.0.0.1"));
}

static void test_valid_origins(void **state) {
    (void)state;
    static const char *const good[] = {"*",
                                       "null",
                                       "https://example.org",
                                       "http://[::1]:80",
                                       "vscode-webview://a-b",
                                       "http://example.org:3000/"};
    static const char *const bad[] = {"",
                                      "example.org",
                                      "https://",
                                      "://example.org",
                                      "https://example.org/page",
                                      "https://a b",
                                      "https://*",
                                      "ht tp://example.org"};
    for (size_t i = 0; i < COUNT_OF(good); i++)
        if (!origin_is_valid(good[i])) fail_msg("'%s' is an origin", good[i]);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (origin_is_valid(bad[i])) fail_msg("'%s' is no origin", bad[i]);
}

// ---- keys ----

static void test_keys(void **state) {
    (void)state;
    uint8_t digests[2][SHA256_BYTES];
    policy_key_digest(digests[0], "first");
    policy_key_digest(digests[1], "second");
    const front_policy p = {.keys = digests, .key_count = 2};
    assert_true(policy_key(&(front_policy){0}, NULL, NULL));
    assert_true(policy_key(&p, "Bearer first", NULL));
    assert_true(policy_key(&p, "bearer  second", NULL));
    assert_true(policy_key(&p, NULL, "second"));
    assert_true(policy_key(&p, "Bearer wrong", "first"));
    assert_true(policy_key(&p, "Bearer first", "wrong"));
    assert_false(policy_key(&p, NULL, NULL));
    assert_false(policy_key(&p, "", ""));
    assert_false(policy_key(&p, "first", NULL));
    assert_false(policy_key(&p, "Basic first", NULL));
    assert_false(policy_key(&p, "Bearer", NULL));
    assert_false(policy_key(&p, "Bearer ", NULL));
    assert_false(policy_key(&p, "Bearer First", NULL));
    assert_false(policy_key(&p, "Bearer firs", "secon"));
    assert_false(policy_key(&p, "Bearer firstsecond", NULL));
}

// ---- bodies, and all of it ----

static void test_media(void **state) {
    (void)state;
    static const char *const good[] = {"application/json", "Application/JSON",
                                       "application/json; charset=utf-8", "application/json ;x"};
    static const char *const bad[] = {"",
                                      "text/plain",
                                      "application/x-www-form-urlencoded",
                                      "multipart/form-data; boundary=x",
                                      "application/jsonp",
                                      "application/json-seq",
                                      "text/plain; application/json",
                                      " application/json"};
    for (size_t i = 0; i < COUNT_OF(good); i++)
        if (!media_is_json(good[i])) fail_msg("'%s' is JSON", good[i]);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (media_is_json(bad[i])) fail_msg("'%s' is not JSON", bad[i]);
}

typedef struct admit_case {
    http_method method;
    const char *host, *peer;
    http_field fields[3];
    size_t size;
    bool open;
    int status; // 200: let in
} admit_case;

#define JSON                                                                                       \
    { "content-type", "application/json" }
#define KEY                                                                                        \
    { "X-API-KEY", "k" }
#define HERE "127.0.0.1:8880", "127.0.0.1:50000"
#define CROSS                                                                                      \
    { "Sec-Fetch-Site", "cross-site" }

static const admit_case admissions[] = {
    {HTTP_POST, HERE, {JSON, KEY}, 5, false, 200},
    {HTTP_GET, HERE, {KEY}, 0, false, 200},
    {HTTP_GET, HERE, {{0}}, 0, true, 200},
    {HTTP_GET, HERE, {{0}}, 0, false, 401},
    {HTTP_POST, HERE, {JSON}, 5, false, 401},
    {HTTP_POST, HERE, {KEY}, 5, false, 415},
    {HTTP_POST, HERE, {KEY}, SIZE_MAX, false, 415},
    {HTTP_POST, HERE, {KEY}, 0, false, 200},
    {HTTP_POST, HERE, {KEY, {"Content-Type", "text/plain"}}, 5, false, 415},
    {HTTP_POST, HERE, {KEY, JSON, {"Content-Encoding", "gzip"}}, 5, false, 415},
    {HTTP_POST, HERE, {KEY, JSON, {"Content-Encoding", "identity"}}, 5, false, 200},
    {HTTP_GET, "evil.example", "127.0.0.1:1", {KEY}, 0, true, 403},
    {HTTP_GET, "axl.example.org", "unix", {KEY}, 0, false, 200},
    {HTTP_GET, "evil.example", "unix", {{"Origin", "https://other.example"}}, 0, true, 403},
    {HTTP_GET, HERE, {KEY, {"Origin", "https://evil.example"}}, 0, false, 403},
    {HTTP_GET, HERE, {KEY, {"Origin", "http://localhost:3000"}, CROSS}, 0, false, 200},
    {HTTP_GET, HERE, {KEY, CROSS}, 0, false, 403},
    {HTTP_GET, HERE, {KEY, {"Sec-Fetch-Site", "same-site"}}, 0, false, 200},
    {HTTP_OPTIONS, HERE, {{"Origin", "http://localhost:3000"}}, 0, false, 200},
    {HTTP_OPTIONS, HERE, {{"Origin", "https://evil.example"}}, 0, false, 403},
    {HTTP_GET,
     HERE,
     {CROSS, {"Sec-Fetch-Mode", "navigate"}, {"Sec-Fetch-Dest", "document"}},
     0,
     true,
     200},
    {HTTP_GET,
     HERE,
     {CROSS, {"Sec-Fetch-Mode", "navigate"}, {"Sec-Fetch-Dest", "iframe"}},
     0,
     true,
     403},
    {HTTP_POST,
     HERE,
     {CROSS, {"Sec-Fetch-Mode", "navigate"}, {"Sec-Fetch-Dest", "document"}},
     0,
     true,
     403},
};

static void test_admit(void **state) {
    (void)state;
    uint8_t digest[1][SHA256_BYTES];
    policy_key_digest(digest[0], "k");
    const front_policy p = {.keys = digest, .key_count = 1};
    for (size_t i = 0; i < COUNT_OF(admissions); i++) {
        const admit_case *c = &admissions[i];
        refusal why = {0};
        http_request r = {.method = c->method,
                          .path = "/",
                          .host = c->host,
                          .fields = c->fields,
                          .size = c->size,
                          .peer = c->peer,
                          .near = true};
        while (r.field_count < COUNT_OF(c->fields) && c->fields[r.field_count].name)
            r.field_count++;
        const bool in = policy_admit(&p, &r, c->open, &why);
        if (in != (c->status == 200) || refusal_http(&why) != c->status)
            fail_msg("row %zu: %d, not %d: %s", i, refusal_http(&why), c->status, why.message);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts),   cmocka_unit_test(test_long_host),
        cmocka_unit_test(test_ports),   cmocka_unit_test(test_open),
        cmocka_unit_test(test_origins), cmocka_unit_test(test_valid_origins),
        cmocka_unit_test(test_keys),    cmocka_unit_test(test_media),
        cmocka_unit_test(test_admit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
