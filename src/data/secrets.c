#include "data/secrets.h"

#include "data/secret_forms.h"

#include <string.h>

// A secret is text[begin, end).
typedef struct span {
    size_t begin, end, kind;
} span;

// Kinds behind those of the forms.
enum { PRIVATE_KEY, URL_PASSWORD, AUTHORIZATION, ASSIGNMENT, OTHER_KINDS };
static const char *const other_names[OTHER_KINDS] = {"private-key", "url-password", "authorization",
                                                     "assignment"};

size_t secrets_kinds(void) {
    return secret_form_count + OTHER_KINDS;
}

const char *secrets_kind_name(size_t kind) {
    if (kind < secret_form_count) return secret_forms[kind].name;
    return kind < secrets_kinds() ? other_names[kind - secret_form_count] : "unknown";
}

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_base64(char c) {
    return is_word(c) || c == '+' || c == '/' || c == '=' || c == '-';
}

// Characters of that kind from `at` on, no more than `most`, which is what keeps a text that is one
// long run from costing more than others.
static size_t run_of(const char *text, size_t at, size_t most, bool (*in)(char c)) {
    size_t end = at;
    while (end < most && in(text[end])) end++;
    return end - at;
}

// The end of what is looked at: so many bytes from `at` on, if there are as many.
static size_t reach(size_t at, size_t bytes, size_t count) {
    return bytes - at < count ? bytes : at + count;
}

static bool stands_at(const char *text, size_t bytes, size_t at, const char *word) {
    const size_t length = strlen(word);
    return length <= bytes - at && memcmp(text + at, word, length) == 0;
}

// ---- forms with a prefix ----

// at is no part of a longer word, of which words with hyphens are one.
static bool find_form(const char *text, size_t bytes, size_t at, span *out) {
    for (size_t i = 0; i < secret_form_count; i++) {
        const size_t length = secret_form_match(&secret_forms[i], text + at, bytes - at);
        if (length == 0) continue;
        *out = (span){at, at + length, i};
        return true;
    }
    return false;
}

// ---- private keys ----

#define KEY_BYTES ((size_t)1 << 16) // longest block
#define KEY_RUN 24                  // shortest piece of a key that is masked
#define KEY_LINE 40                 // the same where the key has no end

// The inside of a block of a private key, as text[begin, end).
typedef struct key_body {
    size_t begin, end;
    size_t least; // bytes of a run that is masked
} key_body;

// From `at` on, the next run of base64. What is around it stays, so that a block in string literals
// keeps its quotes and its escapes, the letter of "\n" with them.
static bool find_key_run(const char *text, const key_body *b, size_t at, span *out) {
    while (at < b->end) {
        const size_t length = run_of(text, at, b->end, is_base64);
        if (length >= b->least) {
            *out = (span){at, at + length, secret_form_count + PRIVATE_KEY};
            return true;
        }
        at += length;
        at += at < b->end && text[at] == '\\' ? 2 : 1;
    }
    return false;
}

// Where a key ends of which the last lines are missing: before the first line without a long run.
// On the line that begins the key there may be none.
static size_t cut_end(const char *text, const key_body *b) {
    for (size_t at = b->begin; at < b->end;) {
        const char *newline = memchr(text + at, '\n', b->end - at);
        const key_body line = {at, newline ? (size_t)(newline - text) : b->end, b->least};
        span run;
        if (at > b->begin && !find_key_run(text, &line, at, &run)) return at;
        at = line.end + 1;
    }
    return b->end;
}

// The block whose "-----BEGIN " is at `at`.
static bool key_block(const char *text, size_t bytes, size_t at, key_body *out) {
    static const char begin[] = "-----BEGIN ", end[] = "-----END ";
    if (!stands_at(text, bytes, at, begin)) return false;
    const size_t most = reach(at, bytes, KEY_BYTES);
    size_t name = at + strlen(begin);
    bool secret = false;
    for (; name < most && text[name] != '-' && text[name] != '\n'; name++)
        secret = secret || stands_at(text, most, name, "PRIVATE KEY");
    if (!secret || !stands_at(text, most, name, "-----")) return false;
    *out = (key_body){name + 5, name + 5, KEY_RUN};
    // Another beginning ends the search, so that many of them cost no more than one.
    for (; out->end < most && !stands_at(text, most, out->end, begin); out->end++)
        if (text[out->end] == '-' && stands_at(text, most, out->end, end)) return true;
    out->least = KEY_LINE;
    out->end = cut_end(text, out);
    return true;
}

// ---- passwords in addresses ----

static bool in_password(char c) {
    return (unsigned char)c > 0x20 && !strchr("/@\"'`<>\\|^", c);
}

// Words and signs that stand for a password in examples.
static bool is_placeholder(const char *text, size_t bytes) {
    static const char *const words[] = {"password", "passwd", "pass",      "pwd",
                                        "secret",   "user",   SECRETS_MASK};
    if (bytes < 3 || strchr("{$%*[<", text[0]) || memchr(text, '{', bytes)) return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == bytes && memcmp(words[i], text, bytes) == 0) return true;
    return false;
}

// "://user:password@host", at the colon.
static bool find_url(const char *text, size_t bytes, size_t at, span *out) {
    if (!stands_at(text, bytes, at, "://")) return false;
    const size_t user = at + 3;
    size_t colon = user;
    const size_t most = reach(user, bytes, 129);
    while (colon < most && in_password(text[colon]) && text[colon] != ':') colon++;
    if (colon == user || colon >= most || text[colon] != ':') return false;
    const size_t password = run_of(text, colon + 1, reach(colon + 1, bytes, 257), in_password);
    const size_t end = colon + 1 + password;
    if (password > 256 || end + 1 >= bytes || text[end] != '@' || !is_word(text[end + 1]))
        return false;
    if (is_placeholder(text + colon + 1, password)) return false;
    *out = (span){colon + 1, end, secret_form_count + URL_PASSWORD};
    return true;
}

// ---- values that look random ----

static bool in_value(char c) {
    return is_base64(c) || c == '.' || c == '~' || c == '!' || c == '#' || c == '&' || c == '*';
}

#define VALUE_REACH (SECRET_RANDOM_MOST + 1) // one more than a value may have

static bool find_authorization(const char *text, size_t bytes, size_t at, span *out) {
    static const char *const schemes[] = {"Bearer ", "Basic ", "bearer ", "basic ", "token "};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (!stands_at(text, bytes, at, schemes[i])) continue;
        const size_t value = at + strlen(schemes[i]);
        const size_t length = run_of(text, value, reach(value, bytes, VALUE_REACH), in_value);
        if (!secret_is_random(text + value, length)) return false;
        *out = (span){value, value + length, secret_form_count + AUTHORIZATION};
        return true;
    }
    return false;
}

#define NAME_REACH 64 // bytes of a name that are looked at

// What a name has in it whose value must not be seen.
static bool is_secret_name(const char *name, size_t bytes) {
    static const char *const words[] = {
        "password",   "passwd",      "passphrase",    "pwd",        "secret",      "token",
        "apikey",     "api_key",     "api-key",       "accesskey",  "access_key",  "access-key",
        "privatekey", "private_key", "private-key",   "credential", "signing_key", "auth_key",
        "authkey",    "account_key", "encryption_key"};
    char small[NAME_REACH + 1];
    for (size_t i = 0; i < bytes; i++)
        small[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
    small[bytes] = '\0';
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(small, words[i])) return true;
    return false;
}

// The name in front of a '=' or ':' at `at`, in quotes and brackets or not.
static bool named_secret(const char *text, size_t at) {
    while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t')) at--;
    while (at > 0 && strchr("\"']", text[at - 1])) at--;
    size_t begin = at;
    const size_t first = at > NAME_REACH ? at - NAME_REACH : 0;
    while (begin > first && (is_word(text[begin - 1]) || text[begin - 1] == '-')) begin--;
    return at > begin && is_secret_name(text + begin, at - begin);
}

// Whether nothing but blanks follows on the line.
static bool ends_line(const char *text, size_t bytes, size_t at) {
    while (at < bytes && (text[at] == ' ' || text[at] == '\t' || text[at] == '\r')) at++;
    return at == bytes || text[at] == '\n';
}

// name = "value", name: value, NAME=value; `at` is at the sign.
static bool find_assignment(const char *text, size_t bytes, size_t at, span *out) {
    size_t value = at + 1;
    while (value < bytes && (text[value] == ' ' || text[value] == '\t')) value++;
    if (value < bytes && strchr("bru", text[value]) && value + 1 < bytes &&
        strchr("\"'", text[value + 1]))
        value++;
    const char quote = value < bytes && strchr("\"'`", text[value]) ? text[value] : '\0';
    if (quote) value++;
    // Most values are too short, and of most others the name is harmless.
    const size_t least = reach(value, bytes, SECRET_RANDOM_LEAST);
    if (run_of(text, value, least, in_value) < SECRET_RANDOM_LEAST) return false;
    if (!named_secret(text, at)) return false;
    const size_t length = run_of(text, value, reach(value, bytes, VALUE_REACH), in_value);
    const size_t end = value + length;
    if (quote ? end >= bytes || text[end] != quote : !ends_line(text, bytes, end)) return false;
    if (!secret_is_random(text + value, length)) return false;
    *out = (span){value, end, secret_form_count + ASSIGNMENT};
    return true;
}

// ---- all of them ----

// Whether a word can begin at `at`. The letter of an escape, as in "\nkey", is no part of one.
static bool begins_word(const char *text, size_t at) {
    if (at == 0 || (!is_word(text[at - 1]) && text[at - 1] != '-')) return true;
    return at > 1 && text[at - 2] == '\\' && strchr("nrt", text[at - 1]);
}

// The first secret that begins at `at` or is shown by what stands there.
static bool find_at(const char *text, size_t bytes, size_t at, span *out) {
    const char c = text[at];
    if (c == ':') return find_url(text, bytes, at, out) || find_assignment(text, bytes, at, out);
    if (c == '=') return find_assignment(text, bytes, at, out);
    if (!is_word(c) || !begins_word(text, at)) return false;
    return find_form(text, bytes, at, out) ||
           (strchr("Bbt", c) && find_authorization(text, bytes, at, out));
}

typedef struct masking {
    const char *text;
    size_t copied; // bytes that are in out, masked or not
    secrets_count *count;
    buf *out;
} masking;

static size_t mask(masking *m, const span *s) {
    buf_append(m->out, m->text + m->copied, s->begin - m->copied);
    buf_text(m->out, SECRETS_MASK);
    m->copied = s->end;
    m->count->kind[s->kind]++;
    m->count->all++;
    return s->end;
}

bool secrets_mask(const char *text, size_t bytes, secrets_count *count, buf *out) {
    masking m = {text, 0, count, out};
    const uint64_t before = count->all;
    for (size_t at = 0; at < bytes;) {
        span s;
        key_body body;
        if (text[at] == '-' && key_block(text, bytes, at, &body)) {
            for (at = body.begin; find_key_run(text, &body, at, &s);) at = mask(&m, &s);
            at = body.end;
        } else if (find_at(text, bytes, at, &s)) {
            at = mask(&m, &s);
        } else {
            at++;
        }
    }
    if (count->all > before) buf_append(out, text + m.copied, bytes - m.copied);
    return buf_ok(out);
}
