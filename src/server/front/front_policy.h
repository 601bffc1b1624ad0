// Who may ask. Browsers run pages of strangers beside ours, so that being on this machine is not
// enough: the name that a request calls the server by must be one of its own (a stranger's name
// that was made to point here is not), and a page that asks must be one that is allowed to.
//
// Pure functions: no socket, no clock.
#ifndef SERVER_FRONT_POLICY_H
#define SERVER_FRONT_POLICY_H

#include "base/sha256.h"
#include "server/http/http.h"
#include "server/refusal.h"

typedef struct name_list {
    const char *const *names; // [count]
    size_t count;
} name_list;

// {0}: this machine and its pages, without a key. Borrows everything.
typedef struct front_policy {
    const char *host;              // the server listens there; NULL: on this machine only
    name_list hosts;               // further names that it is called by
    name_list origins;             // further pages that may ask: "https://example.org"; "*": all
    uint8_t (*keys)[SHA256_BYTES]; // digests, [key_count]
    size_t key_count;              // 0: everybody may ask
} front_policy;

// ---- names ----

// The name of "NAME", "NAME:PORT", "[NUMBER]:PORT": lower case, without brackets and the dot of the
// root. False where text is none of these.
#define HOST_NAME_MAX_BYTES 256
bool host_name(char out[HOST_NAME_MAX_BYTES], const char *text);

// The number behind the name; 0: there is none.
unsigned host_port(const char *text);

// Of a name as host_name leaves it: this machine, whatever a name server says; an address.
bool host_is_loopback(const char *name);
bool host_is_number(const char *name);

// Whether a server that listens at this host (a name or number, or the path of a Unix socket; NULL:
// none) can be reached from other machines.
bool host_is_open(const char *host);

// ---- what is let in ----

// host: of the field Host; "" is no browser's.
bool policy_host(const front_policy *p, const char *host);

// origin: of the field Origin. Pages of this machine, those that the server itself has sent (host
// is let in), and those of the list.
bool policy_origin(const front_policy *p, const char *origin, const char *host);

// Whether text can be a row of origins: "*", or a scheme and a host without a path.
bool origin_is_valid(const char *text);

// Values of the fields; NULL: not there. The time it takes does not depend on what is right.
bool policy_key(const front_policy *p, const char *authorization, const char *x_api_key);
void policy_key_digest(uint8_t out[SHA256_BYTES], const char *key);

// Whether a field Content-Type says JSON. Forms and plain text, which a page of a stranger may send
// without asking, are none.
bool media_is_json(const char *type);

// All of it, for a request whose head is there, in the order in which a client should hear of it.
// open: a page, or what a watchdog asks for: no key is needed. False with *why filled in.
bool policy_admit(const front_policy *p, const http_request *r, bool open, refusal *why);

#endif
