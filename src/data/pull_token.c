// Who may see the token: Hugging Face, the endpoint that the user names, and this machine.
#include "data/pull_parts.h"

#include "base/strings.h"

#include <string.h>

#define HOST_MAX 256

// Where a URL leads, in small letters.
typedef struct origin {
    bool secure; // https
    char host[HOST_MAX];
    uint64_t port;
} origin;

// Where libcurl could read another host than this does, the answer is false: names with a user, an
// escape or a sign that no host has.
static bool read_origin(const char *url, origin *out) {
    out->secure = pull_begins(url, "https://");
    if (!out->secure && !pull_begins(url, "http://")) return false;
    const char *host = strstr(url, "://") + 3;
    const size_t length = strcspn(host, "/?#");
    if (length >= sizeof out->host) return false;
    for (size_t i = 0; i < length; i++) {
        const char c = host[i];
        const bool capital = c >= 'A' && c <= 'Z', digit = c >= '0' && c <= '9';
        const bool plain = (c >= 'a' && c <= 'z') || capital || digit || c == '-' || c == '.';
        if (!plain && c != ':' && c != '[' && c != ']') return false;
        out->host[i] = (char)(capital ? c + ('a' - 'A') : c);
    }
    out->host[length] = '\0';
    char *end = strchr(out->host, ']'), *colon = strchr(end ? end : out->host, ':');
    out->port = out->secure ? 443 : 80;
    if (!colon) return true;
    *colon = '\0';
    return string_to_u64(colon + 1, &out->port) && out->port <= UINT16_MAX;
}

// Names and numbers of this machine that nobody else can have.
static bool is_near(const origin *o) {
    static const char *const hosts[] = {"127.0.0.1", "localhost", "[::1]"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        if (strcmp(o->host, hosts[i]) == 0) return true;
    return false;
}

static bool is_hub(const origin *o) {
    return strcmp(o->host, "huggingface.co") == 0 || string_ends(o->host, ".huggingface.co");
}

const char *pull_token_for(const pull_place *p, const char *url) {
    origin to, home;
    if (!p->token || !read_origin(url, &to)) return NULL;
    if (is_near(&to)) return p->token;
    if (!to.secure) return NULL;
    const bool ours = p->endpoint && read_origin(p->endpoint, &home) && home.secure &&
                      home.port == to.port && strcmp(home.host, to.host) == 0;
    return ours || is_hub(&to) ? p->token : NULL;
}
