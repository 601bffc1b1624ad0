// Serving models over HTTP, in the dialects of OpenAI, llama.cpp and Ollama, and looking at a
// server as the clients that people use would.
//
//   axl_server_options o;     axl_server_defaults(&o);
//   o.models = (axl_server_model[]){{"my-model", NULL}}; o.model_count = 1;
//   axl_server *server;       axl_server_create(&server, &o, &err);
//   axl_server_listen(server, &err);
//   axl_server_run(server, &err);
//   axl_server_free(server);
#ifndef AXL_SERVE_H
#define AXL_SERVE_H

#include <axl/bench.h>
#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct axl_server axl_server;

typedef struct axl_server_model {
    const char *path; // a directory, .safetensors, .gguf or .pt
    const char *name; // letters, digits, . _ -; NULL: the last part of the path
} axl_server_model;

// A request that is over. What clients wrote and read is no part of it, neither are keys. Strings
// live during the call.
typedef struct axl_server_event {
    uint64_t wall_ns;   // when it ended, since 1970
    const char *client; // "127.0.0.1:50312", or "unix"
    const char *method; // "POST"
    const char *path;   // without its query; any bytes but 0
    const char *model;  // NULL: none took part
    const char *id;     // of the request; the answer's X-Request-Id
    int status;         // of HTTP
    uint64_t read;      // bytes of its body
    uint64_t written;   // bytes of the answer's body
    double seconds;
} axl_server_event;

// May be called from any thread, and from several at once.
typedef void axl_server_log(void *ctx, const axl_server_event *event);

// axl_server_defaults fills all in. Strings are copied by axl_server_create, the rest is read.
typedef struct axl_server_options {
    const axl_server_model *models; // [model_count], the first is the standard one
    size_t model_count;
    const char *host;     // a name or number; NULL: none, only the socket
    unsigned port;        // 0: any that is free
    unsigned ollama_port; // of the same host, for clients that know no other; 0: none
    const char *socket;   // path of a Unix socket; NULL: none

    const char *const *keys; // [key_count] one of which requests must have; none: everybody may ask
    size_t key_count;
    const char *const *hosts; // [host_count] further names that the server is called by
    size_t host_count;
    const char *const *origins; // [origin_count] further pages that may ask; "*": all
    size_t origin_count;

    const char *level;    // of the kernels; NULL: the best that runs here
    size_t threads;       // 0: as many as the process may use
    size_t slots;         // texts that are written at the same time
    size_t queue;         // requests that may wait
    uint64_t cache_bytes; // of memory for texts that have been read
    uint64_t body_bytes;  // of a request
    double hold_ms;       // small pieces of a stream are held together so long
    double drain_seconds; // after axl_server_stop, for what runs

    axl_server_log *log; // may be NULL
    void *log_ctx;
} axl_server_options;
AXL_API void axl_server_defaults(axl_server_options *out);

// Checks the options and looks at the models, of which none is loaded yet: that is done when the
// first request asks for one. AXL_BAD_ARGUMENT for a host that other machines reach where there is
// no key. The caller owns *out; NULL on failure.
AXL_API axl_status axl_server_create(axl_server **out, const axl_server_options *options,
                                     axl_error *err);
AXL_API void axl_server_free(axl_server *server); // NULL is fine; not while it runs

// Lets the process have as many files open as a server has connections at most, where the system
// allows it: for programs, since it changes the whole process. Without it, clients that hang may
// take the descriptors that others need.
AXL_API void axl_server_allow_files(void);

// A model of the server; false: there is no such number. Strings live as long as the server.
typedef struct axl_server_model_info {
    const char *name;
    const char *path;
    const char *type; // of most weights: "F32", "Q4_K_M"
    uint64_t params;
    uint64_t file_bytes;
    size_t context; // bytes
    bool infill;    // it was trained to fill in the middle
} axl_server_model_info;
AXL_API bool axl_server_describe(const axl_server *server, size_t number,
                                 axl_server_model_info *out);

// Takes the places to listen at. AXL_IO where one is taken or not ours.
AXL_API axl_status axl_server_listen(axl_server *server, axl_error *err);

// The ports that it has; 0: none.
AXL_API unsigned axl_server_port(const axl_server *server);
AXL_API unsigned axl_server_ollama_port(const axl_server *server);

// Serves, on the thread of the caller and on others of its own, until axl_server_stop. Once only.
AXL_API axl_status axl_server_run(axl_server *server, axl_error *err);

// From any thread, and from signal handlers: takes no new requests; what runs may go on for
// drain_seconds.
AXL_API void axl_server_stop(axl_server *server);

// ---- a look at a server -----------------------------------------------------------------------

// One request as a client sends it, and whether that client gets what it needs.
typedef struct axl_doctor_check {
    const char *client; // "Continue, provider openai"
    const char *what;   // "completes a line"
    const char *path;   // that was asked for
    bool ok;
    bool needless; // the client goes on without it
    int status;    // of HTTP; 0: there was no answer
    double seconds;
    const char *found;  // what is wrong; "": nothing
    const char *advice; // what to do; "": nothing
} axl_doctor_check;

// All zero is a good default.
typedef struct axl_doctor_options {
    const char *key;              // NULL: none
    const char *model;            // NULL: the first that the server has
    double seconds;               // that an answer may take; 0: 30
    axl_bench_progress *progress; // called before each check; may be NULL
    void *progress_ctx;
} axl_doctor_options;

typedef struct axl_doctor_result {
    const char *url;
    const char *model;              // that was asked for
    const axl_doctor_check *checks; // [check_count]
    size_t check_count;
    size_t failed; // of them, those that a client can do without not counted
} axl_doctor_result;

// Sends to the server at url ("http://127.0.0.1:8880", with or without "/v1"; "unix:PATH") what
// each of the clients sends that people use. AXL_IO where nobody answers. *out is the caller's, to
// be freed with axl_doctor_free; NULL on failure. options may be NULL.
AXL_API axl_status axl_doctor(axl_doctor_result **out, const char *url,
                              const axl_doctor_options *options, axl_error *err);
AXL_API void axl_doctor_free(axl_doctor_result *result); // NULL is fine

#ifdef __cplusplus
}
#endif

#endif
