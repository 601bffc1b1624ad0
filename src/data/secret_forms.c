#include "data/secret_forms.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

const secret_form secret_forms[] = {
    {"aws-access-key", "AKIA", "[A-Z0-9]{16}", false},
    {"aws-access-key", "ASIA", "[A-Z0-9]{16}", false},
    {"github-token", "ghp_", "[A-Za-z0-9]{36}", false},
    {"github-token", "gho_", "[A-Za-z0-9]{36}", false},
    {"github-token", "ghu_", "[A-Za-z0-9]{36}", false},
    {"github-token", "ghs_", "[A-Za-z0-9]{36}", false},
    {"github-token", "ghr_", "[A-Za-z0-9]{36,76}", false},
    {"github-token", "github_pat_", "[A-Za-z0-9_]{82}", false},
    {"gitlab-token", "glpat-", "[A-Za-z0-9_-]{20,64}", false},
    {"slack-token", "xoxb-", "[A-Za-z0-9-]{20,200}", false},
    {"slack-token", "xoxp-", "[A-Za-z0-9-]{20,200}", false},
    {"slack-token", "xoxa-", "[A-Za-z0-9-]{20,200}", false},
    {"slack-token", "xoxs-", "[A-Za-z0-9-]{20,200}", false},
    {"slack-token", "xapp-", "[A-Za-z0-9-]{20,200}", false},
    {"slack-webhook", "hooks.slack.com/services/",
     "[A-Z0-9]{8,12}/[A-Z0-9]{8,12}/[A-Za-z0-9]{20,32}", false},
    {"google-key", "AIza", "[A-Za-z0-9_-]{35}", false},
    {"google-token", "ya29.", "[A-Za-z0-9_-]{20,}", false},
    {"google-secret", "GOCSPX-", "[A-Za-z0-9_-]{28}", false},
    {"stripe-key", "sk_live_", "[A-Za-z0-9]{16,128}", false},
    {"stripe-key", "sk_test_", "[A-Za-z0-9]{16,128}", false},
    {"stripe-key", "rk_live_", "[A-Za-z0-9]{16,128}", false},
    {"openai-key", "sk-", "[A-Za-z0-9_-]{32,200}", true},
    {"huggingface-token", "hf_", "[A-Za-z0-9]{34}", false},
    {"npm-token", "npm_", "[A-Za-z0-9]{36}", false},
    {"pypi-token", "pypi-", "[A-Za-z0-9_-]{64,}", false},
    {"sendgrid-key", "SG.", "[A-Za-z0-9_-]{22}.[A-Za-z0-9_-]{43}", false},
    {"digitalocean-token", "dop_v1_", "[a-f0-9]{64}", false},
    {"shopify-token", "shpat_", "[a-fA-F0-9]{32}", false},
    {"azure-key", "AccountKey=", "[A-Za-z0-9+/]{86}==", false},
    {"json-web-token", "eyJ", "[A-Za-z0-9_-]{10,}.eyJ[A-Za-z0-9_-]{10,}.[A-Za-z0-9_-]{10,}", false},
};
const size_t secret_form_count = sizeof secret_forms / sizeof *secret_forms;

// ---- matching ----

#define FORM_MOST 4096 // characters that "{n,}" stands for at most

// Whether c is in the class behind '[', which ends with ']'.
static bool in_class(const char *class, char c) {
    for (const char *s = class; *s != ']'; s++) {
        if (s[1] == '-' && s[2] != ']') {
            if (c >= s[0] && c <= s[2]) return true;
            s += 2;
        } else if (*s == c) {
            return true;
        }
    }
    return false;
}

static size_t read_number(const char **at) {
    size_t n = 0;
    for (; **at >= '0' && **at <= '9'; ++*at) n = n * 10 + (size_t)(**at - '0');
    return n;
}

// "{n}", "{n,m}" or "{n,}" at *at, which goes behind it.
static void read_range(const char **at, size_t *least, size_t *most) {
    ++*at;
    *least = *most = read_number(at);
    if (**at == ',') {
        ++*at;
        *most = **at == '}' ? FORM_MOST : read_number(at);
    }
    ++*at;
}

// Takes as many characters of the class as there are; more than the most is no match: it is
// something longer.
static bool take_class(const char **rest, const char *text, size_t bytes, size_t *at) {
    const char *class = *rest + 1;
    size_t least, most, count = 0;
    *rest = strchr(class, ']') + 1;
    read_range(rest, &least, &most);
    for (; *at < bytes && in_class(class, text[*at]) && count <= most; ++*at) count++;
    return count >= least && count <= most;
}

static bool is_mixed(const char *text, size_t bytes) {
    bool digit = false, small = false, capital = false;
    for (size_t i = 0; i < bytes; i++) {
        digit = digit || (text[i] >= '0' && text[i] <= '9');
        small = small || (text[i] >= 'a' && text[i] <= 'z');
        capital = capital || (text[i] >= 'A' && text[i] <= 'Z');
    }
    return digit && small && capital;
}

size_t secret_form_match(const secret_form *f, const char *text, size_t bytes) {
    size_t at = strlen(f->prefix);
    if (bytes <= at || memcmp(text, f->prefix, at) != 0) return 0;
    for (const char *rest = f->rest; *rest;) {
        if (*rest == '[') {
            if (!take_class(&rest, text, bytes, &at)) return 0;
        } else {
            if (at == bytes || text[at] != *rest) return 0;
            at++;
            rest++;
        }
    }
    return f->mixed && !is_mixed(text, at) ? 0 : at;
}

// ---- what looks random ----

typedef enum kind { SIGN, DIGIT, SMALL, CAPITAL } kind;

static kind kind_of(char c) {
    if (c >= '0' && c <= '9') return DIGIT;
    if (c >= 'a' && c <= 'z') return SMALL;
    return c >= 'A' && c <= 'Z' ? CAPITAL : SIGN;
}

static bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '-';
}

// Bits that a character carries, by how often each occurs.
static double entropy(const char *text, size_t bytes) {
    uint16_t count[256] = {0};
    double bits = 0;
    for (size_t i = 0; i < bytes; i++) count[(unsigned char)text[i]]++;
    for (size_t c = 0; c < 256; c++)
        if (count[c] > 0) bits -= count[c] * log2((double)count[c] / (double)bytes);
    return bits / (double)bytes;
}

bool secret_is_random(const char *text, size_t bytes) {
    if (bytes < SECRET_RANDOM_LEAST || bytes > SECRET_RANDOM_MOST) return false;
    size_t digits = 0, letters = 0, changes = 0;
    bool hex = true;
    kind last = SIGN;
    for (size_t i = 0; i < bytes; i++) {
        const kind k = kind_of(text[i]);
        hex = hex && is_hex(text[i]);
        digits += k == DIGIT;
        letters += k == SMALL || k == CAPITAL;
        if (k == SIGN) continue;
        changes += last != SIGN && k != last;
        last = k;
    }
    if (digits == 0 || letters == 0 || changes * 10 < (digits + letters) * 3) return false;
    return entropy(text, bytes) >= (hex ? 3.0 : 3.5);
}
