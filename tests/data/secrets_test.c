// Secrets: each form is masked, and ordinary code stays as it is. The keys are made up: their
// prefixes and their bodies stand apart, so that no scanner of source takes them for real ones.
#include "data/secret_forms.h"
#include "data/secrets.h"
#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

static buf out;
static secrets_count count;

// What becomes of the text; the text itself where nothing is masked.
static const char *mask(const char *text) {
    buf_clear(&out);
    memset(&count, 0, sizeof count);
    assert_true(secrets_mask(text, strlen(text), &count, &out));
    return count.all > 0 ? buf_string(&out) : text;
}

static int release(void **state) {
    (void)state;
    buf_free(&out);
    return 0;
}

// A text of the form: each class becomes its first range in turn, as often as the least count says.
static void put_example(buf *to, const secret_form *f) {
    static const char alphabet[] = "aB3cD4eF5gH6iJ7kL8mN9oP0";
    buf_text(to, f->prefix);
    for (const char *r = f->rest; *r;) {
        if (*r != '[') {
            buf_byte(to, (uint8_t)*r++);
            continue;
        }
        const char *close = strchr(r, ']');
        const unsigned long least = strtoul(close + 2, NULL, 10);
        for (unsigned long i = 0, k = 0; i < least; k++) {
            const char c = alphabet[k % (sizeof alphabet - 1)];
            const bool small = c >= 'a' && c <= 'z', big = c >= 'A' && c <= 'Z';
            const bool hex = strstr(r, "a-f") && strstr(r, "a-f") < close;
            if (small && !(strstr(r, "a-z") && strstr(r, "a-z") < close) && !(hex && c <= 'f'))
                continue;
            if (big && !(strstr(r, "A-Z") && strstr(r, "A-Z") < close)) continue;
            buf_byte(to, (uint8_t)c);
            i++;
        }
        r = strchr(close, '}') + 1;
    }
}

static void every_form_is_masked(void **state) {
    (void)state;
    buf text = {0}, wanted = {0};
    for (size_t i = 0; i < secret_form_count; i++) {
        buf_clear(&text);
        buf_clear(&wanted);
        buf_text(&text, "x = f(\"");
        put_example(&text, &secret_forms[i]);
        buf_text(&text, "\")  # what\n");
        buf_text(&wanted, "x = f(\"" SECRETS_MASK "\")  # what\n");
        if (strcmp(mask(buf_string(&text)), buf_string(&wanted)) != 0)
            fail_msg("%s became %s", buf_string(&text), buf_string(&out));
        assert_int_equal(count.all, 1);
        assert_int_equal(count.kind[i], 1);
    }
    buf_free(&text);
    buf_free(&wanted);
}

static void a_form_cut_short_or_inside_a_word_is_none(void **state) {
    (void)state;
    buf text = {0};
    for (size_t i = 0; i < secret_form_count; i++) {
        buf_clear(&text);
        put_example(&text, &secret_forms[i]);
        buf_truncate(&text, text.size - 1);
        const char *cut = buf_string(&text);
        if (mask(cut) != cut) fail_msg("%s is masked", cut);
        buf_clear(&text);
        buf_text(&text, "word");
        put_example(&text, &secret_forms[i]);
        assert_int_equal(secret_form_match(&secret_forms[i], buf_string(&text), text.size), 0);
    }
    buf_free(&text);
    // Longer than the form: something else.
    assert_string_equal(mask("AKIA"
                             "ABCDEFGHIJKLMNOPQRSTUV"),
                        "AKIA"
                        "ABCDEFGHIJKLMNOPQRSTUV");
}

#define BODY                                                                                       \
    "MIIEpAIBAAKCAQEA7bq3s0Yt2vPq1xWmZ\n"                                                          \
    "c9d8e7f6a5b4c3d2e1f0ABCDEFGHIJKLM\n"

static void private_keys_lose_their_body_only(void **state) {
    (void)state;
    assert_string_equal(
        mask("-----BEGIN RSA PRIVATE KEY-----\n" BODY "-----END RSA PRIVATE KEY-----\nafter\n"),
        "-----BEGIN RSA PRIVATE KEY-----\n" SECRETS_MASK "\n" SECRETS_MASK
        "\n"
        "-----END RSA PRIVATE KEY-----\nafter\n");
    assert_int_equal(count.all, 2);
    // In string literals the quotes stay where they are.
    assert_string_equal(mask("k = ('-----BEGIN PRIVATE KEY-----\\n'\n"
                             "     'MIIEpAIBAAKCAQEA7bq3s0Yt2vPq1xWm'\n"
                             "     '-----END PRIVATE KEY-----')\n"),
                        "k = ('-----BEGIN PRIVATE KEY-----\\n'\n     '" SECRETS_MASK
                        "'\n     '-----END PRIVATE KEY-----')\n");
    static const char public_key[] = "-----BEGIN PUBLIC KEY-----\n" BODY "-----END PUBLIC KEY-----";
    assert_ptr_equal(mask(public_key), public_key);
    static const char mention[] = "if '-----BEGIN PRIVATE KEY-----' in text:\n    return 1\n";
    assert_ptr_equal(mask(mention), mention);
}

#define LONG_LINE "MIIEpAIBAAKCAQEA7bq3s0Yt2vPq1xWmZc9d8e7f6a5b4c3d2e1f0ABCDEFGHIJK"

static void keys_that_were_cut_are_masked(void **state) {
    (void)state;
    assert_string_equal(mask("-----BEGIN PRIVATE KEY-----\n" LONG_LINE "\n" LONG_LINE
                             "\nrest of the text\n" LONG_LINE),
                        "-----BEGIN PRIVATE KEY-----\n" SECRETS_MASK "\n" SECRETS_MASK
                        "\nrest of the text\n" LONG_LINE);
    assert_string_equal(mask("k = \"-----BEGIN PRIVATE KEY-----\\n" LONG_LINE "\\n\"\nx = 1\n"),
                        "k = \"-----BEGIN PRIVATE KEY-----\\n" SECRETS_MASK "\\n\"\nx = 1\n");
}

static void escapes_stay_whole(void **state) {
    (void)state;
    assert_string_equal(mask("{\"k\": \"-----BEGIN PRIVATE KEY-----\\n" LONG_LINE "\\n" LONG_LINE
                             "\\n-----END PRIVATE KEY-----\\n\"}"),
                        "{\"k\": \"-----BEGIN PRIVATE KEY-----\\n" SECRETS_MASK "\\n" SECRETS_MASK
                        "\\n-----END PRIVATE KEY-----\\n\"}");
    assert_string_equal(mask("'first\\nAKIA"
                             "ABCDEFGHIJKLMNOP\\n'"),
                        "'first\\n" SECRETS_MASK "\\n'");
    assert_string_equal(mask("'\\tAKIA"
                             "ABCDEFGHIJKLMNOP'"),
                        "'\\t" SECRETS_MASK "'");
}

static void passwords_in_addresses_are_masked(void **state) {
    (void)state;
    assert_string_equal(mask("u = 'postgres://admin:s3cr3tpw@db.example.org/x'"),
                        "u = 'postgres://admin:" SECRETS_MASK "@db.example.org/x'");
    static const char *const plain[] = {
        "postgres://user:password@localhost/db",
        "https://{user}:{pw}@host",
        "http://host:8080/a@b",
        "ssh://git@host:22/x",
        "http://a/b:c@d",
        "redis://:%s@host",
    };
    for (size_t i = 0; i < COUNT_OF(plain); i++) assert_ptr_equal(mask(plain[i]), plain[i]);
}

#define RANDOM                                                                                     \
    "f3Kd9"                                                                                        \
    "Qz7Lm2"                                                                                       \
    "Xw8Rt5"                                                                                       \
    "Vb1"

static void random_values_of_secret_names_are_masked(void **state) {
    (void)state;
    static const char *const texts[][2] = {
        {"API_KEY = \"" RANDOM "\"\n", "API_KEY = \"" SECRETS_MASK "\"\n"},
        {"client_secret: '" RANDOM "',", "client_secret: '" SECRETS_MASK "',"},
        {"{\"access_token\": \"" RANDOM "\"}", "{\"access_token\": \"" SECRETS_MASK "\"}"},
        {"config['password'] = '" RANDOM "'", "config['password'] = '" SECRETS_MASK "'"},
        {"SECRET_KEY=" RANDOM "\nX=1\n", "SECRET_KEY=" SECRETS_MASK "\nX=1\n"},
        {"token=b'9f86d081884c7d659a2feaa0c55ad015'", "token=b'" SECRETS_MASK "'"},
        {"'Authorization': 'Bearer " RANDOM "'", "'Authorization': 'Bearer " SECRETS_MASK "'"},
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_string_equal(mask(texts[i][0]), texts[i][1]);
        assert_int_equal(count.all, 1);
    }
}

static void ordinary_code_stays_as_it_is(void **state) {
    (void)state;
    static const char *const plain[] = {
        "TOKEN = re.compile(r'[a-zA-Z_][a-zA-Z0-9_]*')\n",
        "password = getpass.getpass('Password: ')\n",
        "token = tokens[i + 1]  # the next one\n",
        "secret = compute_secret_2(first, second)\n",
        "password = 'correct-horse-battery-staple'\n",
        "content_token = \"application/x-www-form-urlencoded\"\n",
        "secret_path = '/oauth2/v1/token_endpoint/default'\n",
        "digest = '9f86d081884c7d659a2feaa0c55ad015'\n",
        "hash == 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'\n",
        "hf_hub_download_something_with_a_long_name(repo)\n",
        ".sk-folding-cube-with-a-very-long-name-2 { color: red }\n",
        "npm_config_registry_and_other_words_of_this_length = 1\n",
        "api_key: str = None\n",
        "token == other_token\n",
        "password = os.environ['DATABASE_PASSWORD_2']\n",
        "x = y if token else 'aaaaaaaaaaaaaaaaaaaaaaaaa1'\n",
        "================================================================\n",
        "eyJust a word\n",
        "SG.something\n",
        "def test_token(self):\n    self.assertEqual(self.token, 'abc123')\n",
    };
    for (size_t i = 0; i < COUNT_OF(plain); i++)
        if (mask(plain[i]) != plain[i]) fail_msg("%s became %s", plain[i], buf_string(&out));
}

static void masked_text_has_no_secrets(void **state) {
    (void)state;
    buf once = {0};
    buf_text(&once, mask("A_TOKEN = '" RANDOM "'\nu = 'x://me:s3cr3tpw@host'\n"
                         "-----BEGIN PRIVATE KEY-----\n" BODY "-----END PRIVATE KEY-----\n"));
    assert_int_equal(count.all, 4);
    assert_ptr_equal(mask(buf_string(&once)), buf_string(&once));
    buf_free(&once);
}

// Texts that make a careless search look at everything again and again. The bound is in steps of
// the machine, not in time: a quadratic search of these would not end within the test's limit.
static void long_runs_cost_no_more_than_others(void **state) {
    (void)state;
    static const char *const pieces[] = {"=",        "eyJ-",  "-----BEGIN PRIVATE KEY-----",
                                         "token=\"", "://a:", "sk-",
                                         "Bearer ",  "a",     "\"':=-"};
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        buf text = {0};
        while (text.size < (size_t)4 << 20) buf_text(&text, pieces[i]);
        assert_true(buf_ok(&text));
        buf_clear(&out);
        memset(&count, 0, sizeof count);
        assert_true(secrets_mask(text.data, text.size, &count, &out));
        assert_int_equal(count.all, 0);
        buf_free(&text);
    }
}

static void any_bytes_are_taken(void **state) {
    (void)state;
    char text[512];
    uint64_t seed = 1;
    for (int round = 0; round < 2000; round++) {
        for (size_t i = 0; i < sizeof text; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            static const char few[] = "=:\"'-\0 \nabBEGIN019_/@.";
            text[i] = round % 2 ? (char)(seed >> 56) : few[(seed >> 33) % sizeof few];
        }
        buf_clear(&out);
        memset(&count, 0, sizeof count);
        assert_true(secrets_mask(text, sizeof text, &count, &out));
        assert_true(count.all > 0 || out.size == 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_masked),
        cmocka_unit_test(a_form_cut_short_or_inside_a_word_is_none),
        cmocka_unit_test(private_keys_lose_their_body_only),
        cmocka_unit_test(keys_that_were_cut_are_masked),
        cmocka_unit_test(escapes_stay_whole),
        cmocka_unit_test(passwords_in_addresses_are_masked),
        cmocka_unit_test(random_values_of_secret_names_are_masked),
        cmocka_unit_test(ordinary_code_stays_as_it_is),
        cmocka_unit_test(masked_text_has_no_secrets),
        cmocka_unit_test(long_runs_cost_no_more_than_others),
        cmocka_unit_test(any_bytes_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
