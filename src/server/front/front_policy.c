#include "server/front/front_policy.h"

#include "base/strings.h"

#include <string.h>

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_hex(char c) {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
}

static bool same_text(const char *a, const char *b) {
    for (; *a && *b; a++, b++)
        if (lower(*a) != lower(*b)) return false;
    return *a == *b;
}

static bool starts_with(const char *text, const char *head) {
    for (; *head; text++, head++)
        if (lower(*text) != lower(*head)) return false;
    return true;
}

// ---- names ----

static bool is_name_byte(char c) {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '.' || c == '-' || c == '_';
}

// ":PORT", with any number of digits that a port has, or nothing.
static bool is_port(const char *text) {
    if (*text == '\0') return true;
    if (*text++ != ':') return false;
    const size_t digits = strspn(text, "0123456789");
    return digits <= 5 && text[digits] == '\0';
}

// The bytes of the name in text; 0: there is none. *from is its beginning, *behind what follows.
static size_t find_name(const char *text, const char **from, const char **behind) {
    size_t size = 0;
    *from = text;
    if (*text == '[') {
        *from = ++text;
        while (is_hex(text[size]) || text[size] == ':' || text[size] == '.') size++;
        if (text[size] != ']' || !memchr(text, ':', size)) return 0;
        *behind = text + size + 1;
        return size;
    }
    while (is_name_byte(text[size])) size++;
    *behind = text + size;
    if (size > 0 && text[size - 1] == '.') size--;
    return size;
}

bool host_name(char out[HOST_NAME_MAX_BYTES], const char *text) {
    const char *from, *behind;
    const size_t size = find_name(text, &from, &behind);
    out[0] = '\0';
    if (size == 0 || size >= HOST_NAME_MAX_BYTES || !is_port(behind)) return false;
    for (size_t i = 0; i < size; i++) out[i] = lower(from[i]);
    out[size] = '\0';
    return true;
}

unsigned host_port(const char *text) {
    const char *from, *behind;
    uint64_t port = 0;
    if (find_name(text, &from, &behind) == 0 || !is_port(behind) || *behind == '\0') return 0;
    return string_to_u64(behind + 1, &port) && port <= 65535 ? (unsigned)port : 0;
}

// Four decimal numbers, as browsers write addresses however they were typed. *first: the first one.
static bool is_four_numbers(const char *name, unsigned *first) {
    for (unsigned part = 0; part < 4; part++) {
        unsigned value = 0, digits = 0;
        for (; is_digit(*name) && digits < 4; digits++)
            value = value * 10 + (unsigned)(*name++ - '0');
        if (digits == 0 || digits > 3 || value > 255) return false;
        if (part == 0) *first = value;
        if (*name++ != (part < 3 ? '.' : '\0')) return false;
    }
    return true;
}

bool host_is_loopback(const char *name) {
    unsigned first = 0;
    if (strcmp(name, "localhost") == 0 || string_ends(name, ".localhost")) return true;
    if (strcmp(name, "::1") == 0) return true;
    return is_four_numbers(name, &first) && first == 127;
}

bool host_is_number(const char *name) {
    unsigned first;
    return strchr(name, ':') != NULL || is_four_numbers(name, &first);
}

// A host to listen at as host_name would leave it: numbers with colons come without brackets here.
static bool bound_name(char out[HOST_NAME_MAX_BYTES], const char *host) {
    if (!strchr(host, ':') || host[0] == '[') return host_name(out, host);
    char text[HOST_NAME_MAX_BYTES + 2];
    bool cut;
    string_format(text, sizeof text, &cut, "[%s]", host);
    return !cut && host_name(out, text);
}

bool host_is_open(const char *host) {
    char name[HOST_NAME_MAX_BYTES];
    if (!host || strchr(host, '/')) return false;
    return !bound_name(name, host) || !host_is_loopback(name);
}

// ---- host ----

static bool listens_everywhere(const char *name) {
    return strcmp(name, "0.0.0.0") == 0 || strcmp(name, "::") == 0;
}

bool policy_host(const front_policy *p, const char *host) {
    char name[HOST_NAME_MAX_BYTES], own[HOST_NAME_MAX_BYTES];
    if (host[0] == '\0') return true;
    if (!host_name(name, host)) return false;
    if (host_is_loopback(name)) return true;
    if (p->host && bound_name(own, p->host)) {
        if (strcmp(own, name) == 0) return true;
        // No name server has a part in an address, so that a stranger cannot make one point here.
        if (listens_everywhere(own) && host_is_number(name)) return true;
    }
    for (size_t i = 0; i < p->hosts.count; i++)
        if (bound_name(own, p->hosts.names[i]) && strcmp(own, name) == 0) return true;
    return false;
}

// ---- origin ----

// The host of "http://HOST" or "https://HOST"; NULL: it is another scheme.
static const char *web_host(const char *origin) {
    if (starts_with(origin, "http://")) return origin + strlen("http://");
    if (starts_with(origin, "https://")) return origin + strlen("https://");
    return NULL;
}

// Both without the '/' at the end that people write.
static bool same_origin(const char *listed, const char *origin) {
    const size_t size = strlen(listed);
    char text[HOST_NAME_MAX_BYTES + 16];
    bool cut;
    const size_t used = size > 0 && listed[size - 1] == '/' ? size - 1 : size;
    string_format(text, sizeof text, &cut, "%.*s", (int)used, listed);
    return !cut && same_text(text, origin);
}

bool policy_origin(const front_policy *p, const char *origin, const char *host) {
    char name[HOST_NAME_MAX_BYTES];
    const char *of = web_host(origin);
    if (of && host_name(name, of)) {
        if (host_is_loopback(name)) return true;
        if (same_text(of, host)) return true;
    }
    for (size_t i = 0; i < p->origins.count; i++) {
        const char *listed = p->origins.names[i];
        if (strcmp(listed, "*") == 0 || same_origin(listed, origin)) return true;
    }
    return false;
}

bool origin_is_valid(const char *text) {
    if (strcmp(text, "*") == 0 || strcmp(text, "null") == 0) return true;
    const char *host = strstr(text, "://");
    if (!host || host == text || strlen(text) > HOST_NAME_MAX_BYTES) return false;
    for (const char *c = text; c < host; c++)
        if (!is_name_byte(*c) && *c != '+') return false;
    host += strlen("://");
    const size_t size = strcspn(host, "/");
    if (size == 0 || (host[size] == '/' && host[size + 1] != '\0')) return false;
    for (size_t i = 0; i < size; i++)
        if (!is_name_byte(host[i]) && !strchr("[]:", host[i])) return false;
    return true;
}

// Pages of other sites say so with every request, also with those that have no Origin; a link to
// the page that somebody follows is the one thing of theirs that is let in.
static bool from_elsewhere(const http_request *r) {
    const char *site = http_field_of(r, "Sec-Fetch-Site");
    if (!site || strcmp(site, "cross-site") != 0) return false;
    const char *mode = http_field_of(r, "Sec-Fetch-Mode");
    const char *use = http_field_of(r, "Sec-Fetch-Dest");
    const bool reads = r->method == HTTP_GET || r->method == HTTP_HEAD;
    const bool follows =
        mode && strcmp(mode, "navigate") == 0 && use && strcmp(use, "document") == 0;
    return !(reads && follows);
}

// ---- keys ----

void policy_key_digest(uint8_t out[SHA256_BYTES], const char *key) {
    sha256 s;
    sha256_begin(&s);
    sha256_add(&s, key, strlen(key));
    sha256_end(&s, out);
}

// Looks at every byte of every digest.
static bool is_key(const front_policy *p, const char *key) {
    uint8_t digest[SHA256_BYTES];
    unsigned found = 0;
    policy_key_digest(digest, key);
    for (size_t i = 0; i < p->key_count; i++) {
        unsigned difference = 0;
        for (size_t k = 0; k < SHA256_BYTES; k++) difference |= p->keys[i][k] ^ digest[k];
        found |= difference == 0;
    }
    return found != 0;
}

bool policy_key(const front_policy *p, const char *authorization, const char *x_api_key) {
    if (p->key_count == 0) return true;
    bool found = false;
    if (authorization && starts_with(authorization, "Bearer ")) {
        const char *key = authorization + strlen("Bearer ");
        found |= is_key(p, key + strspn(key, " "));
    }
    if (x_api_key) found |= is_key(p, x_api_key);
    return found;
}

// ---- bodies ----

bool media_is_json(const char *type) {
    static const char json[] = "application/json";
    if (!starts_with(type, json)) return false;
    type += strlen(json);
    type += strspn(type, " \t");
    return *type == '\0' || *type == ';';
}

static bool check_body(const http_request *r, refusal *why) {
    if (r->method != HTTP_POST || r->size == 0) return true;
    const char *type = http_field_of(r, "Content-Type");
    if (!type || !media_is_json(type))
        return refuse(why, REFUSAL_MEDIA, NULL,
                      "the body should be JSON, with Content-Type: application/json");
    const char *coding = http_field_of(r, "Content-Encoding");
    if (coding && !same_text(coding, "identity"))
        return refuse(why, REFUSAL_MEDIA, NULL, "the body should not be compressed");
    return true;
}

// ---- all of it ----

bool policy_admit(const front_policy *p, const http_request *r, bool open, refusal *why) {
    const char *origin = http_field_of(r, "Origin");
    const bool unix_socket = strcmp(r->peer, "unix") == 0; // no name leads there
    if (!unix_socket && !policy_host(p, r->host))
        return refuse(why, REFUSAL_ORIGIN, NULL,
                      "the server is not called '%s'; it can be allowed with --allowed-host",
                      r->host);
    if (origin && !policy_origin(p, origin, r->host))
        return refuse(why, REFUSAL_ORIGIN, NULL,
                      "pages of '%s' may not ask; they can be allowed with --cors-origins", origin);
    if (!origin && from_elsewhere(r))
        return refuse(why, REFUSAL_ORIGIN, NULL, "pages of other sites may not ask");
    if (r->method == HTTP_OPTIONS) return true;
    if (!open && !policy_key(p, http_field_of(r, "Authorization"), http_field_of(r, "X-Api-Key")))
        return refuse(why, REFUSAL_KEY, NULL,
                      "a key is needed: Authorization: Bearer KEY, or X-Api-Key: KEY");
    return check_body(r, why);
}
