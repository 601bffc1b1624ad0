#include "bench/peer_onednn.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "bench/peer_library.h"

#include <stdint.h>

// The part of the C interface of oneDNN 2.x that is used here: values and layouts as published by
// the oneAPI specification. Descriptors are opaque to us; ONEDNN_DESC bytes hold any of them.
enum {
    ONEDNN_OK = 0,
    ONEDNN_CPU = 1,
    ONEDNN_DEFAULT_STREAM = 1,
    ONEDNN_BF16 = 2,
    ONEDNN_F32 = 3,
    ONEDNN_ANY = 1, // format tag: the primitive may choose
    ONEDNN_SRC = 1, // arguments of a primitive
    ONEDNN_DST = 17,
    ONEDNN_WEIGHTS = 33,
    ONEDNN_QUERY_WEIGHTS = 131,
    ONEDNN_DIMS = 12,
    ONEDNN_DESC = 8192
};

typedef int64_t onednn_dims[ONEDNN_DIMS];

typedef union onednn_desc {
    unsigned char bytes[ONEDNN_DESC];
    int64_t align;
} onednn_desc;

typedef struct onednn_arg {
    int arg;
    void *memory;
} onednn_arg;

typedef struct onednn_release {
    int major, minor, patch;
} onednn_release; // the first fields of the library's struct

// X(name, result, parameters)
#define ONEDNN_FUNCTIONS(X)                                                                        \
    X(version, const onednn_release *, (void))                                                     \
    X(engine_create, int, (void **engine, int kind, size_t index))                                 \
    X(engine_destroy, int, (void *engine))                                                         \
    X(stream_create, int, (void **stream, void *engine, unsigned flags))                           \
    X(stream_wait, int, (void *stream))                                                            \
    X(stream_destroy, int, (void *stream))                                                         \
    X(memory_desc_init_by_strides, int,                                                            \
      (onednn_desc * desc, int ndims, const int64_t *dims, int type, const int64_t *strides))      \
    X(memory_desc_init_by_tag, int,                                                                \
      (onednn_desc * desc, int ndims, const int64_t *dims, int type, int tag))                     \
    X(memory_create, int, (void **memory, const void *desc, void *engine, void *handle))           \
    X(memory_destroy, int, (void *memory))                                                         \
    X(matmul_desc_init, int,                                                                       \
      (onednn_desc * desc, const void *src, const void *weights, const void *bias,                 \
       const void *dst))                                                                           \
    X(primitive_desc_create, int,                                                                  \
      (void **pd, const void *op, const void *attr, void *engine, const void *hint))               \
    X(primitive_desc_query_md, const void *, (const void *pd, int what, int index))                \
    X(primitive_desc_destroy, int, (void *pd))                                                     \
    X(reorder_primitive_desc_create, int,                                                          \
      (void **pd, const void *from, void *from_engine, const void *to, void *to_engine,            \
       const void *attr))                                                                          \
    X(primitive_create, int, (void **primitive, const void *pd))                                   \
    X(primitive_destroy, int, (void *primitive))                                                   \
    X(primitive_execute, int,                                                                      \
      (const void *primitive, void *stream, int count, const onednn_arg *args))

#define ONEDNN_TYPE(name, result, parameters) typedef result fn_##name parameters;
ONEDNN_FUNCTIONS(ONEDNN_TYPE)
#define ONEDNN_INDEX(name, result, parameters) FN_##name,
enum { ONEDNN_FUNCTIONS(ONEDNN_INDEX) FN_COUNT };
#define ONEDNN_NAME(name, result, parameters) "dnnl_" #name,
static const char *const function_names[FN_COUNT] = {ONEDNN_FUNCTIONS(ONEDNN_NAME)};

struct onednn {
    os_function *functions[FN_COUNT];
    void *engine, *stream;
};

#define CALL(peer, name) ((fn_##name *)(peer)->functions[FN_##name])

typedef void set_threads_fn(int threads);

// Debian's oneDNN works with the threads of libgomp, whose number is a property of the calling
// thread.
static axl_status set_threads(size_t threads, axl_error *err) {
    static const char *const name[1] = {"omp_set_num_threads"};
    os_library *openmp;
    os_function *function;
    FORWARD(peer_library_get(&openmp, PEER_OPENMP, err));
    FORWARD(peer_library_bind(openmp, name, 1, &function, err));
    ((set_threads_fn *)function)((int)threads);
    return AXL_OK;
}

axl_status onednn_open(onednn **out, size_t threads, axl_error *err) {
    *out = NULL;
    os_library *library;
    FORWARD(peer_library_get(&library, PEER_ONEDNN, err));
    FORWARD(set_threads(threads, err));
    onednn *peer = mem_zalloc(sizeof *peer);
    if (!peer) return error_no_memory(err, "oneDNN", sizeof *peer);
    axl_status status = peer_library_bind(library, function_names, FN_COUNT, peer->functions, err);
    if (status == AXL_OK && (CALL(peer, engine_create)(&peer->engine, ONEDNN_CPU, 0) != ONEDNN_OK ||
                             CALL(peer, stream_create)(&peer->stream, peer->engine,
                                                       ONEDNN_DEFAULT_STREAM) != ONEDNN_OK))
        status = error_set(err, AXL_UNSUPPORTED, "it cannot make an engine for this processor");
    if (status != AXL_OK) {
        onednn_close(peer);
        return status;
    }
    *out = peer;
    return AXL_OK;
}

void onednn_close(onednn *peer) {
    if (!peer) return;
    if (peer->stream) CALL(peer, stream_destroy)(peer->stream);
    if (peer->engine) CALL(peer, engine_destroy)(peer->engine);
    mem_free(peer);
}

void onednn_name(const onednn *peer, char *out, size_t size) {
    const onednn_release *release = CALL(peer, version)();
    string_format(out, size, NULL, "oneDNN %d.%d.%d", release->major, release->minor,
                  release->patch);
}

// The descriptors of one product.
typedef struct job_descs {
    onednn_desc src, weights, dst, op;
    onednn_desc weights_any;
} job_descs;

static bool describe(job_descs *d, const onednn *peer, const gemm_problem *p) {
    const int64_t rows = (int64_t)p->rows, cols = (int64_t)p->cols, depth = (int64_t)p->depth;
    const int type = p->bf16 ? ONEDNN_BF16 : ONEDNN_F32;
    const onednn_dims a = {rows, depth}, b = {depth, cols}, c = {rows, cols};
    const onednn_dims a_strides = {(int64_t)p->a_row, (int64_t)p->a_col};
    const onednn_dims b_strides = {(int64_t)p->b_row, (int64_t)p->b_col};
    const onednn_dims c_strides = {cols, 1};
    fn_memory_desc_init_by_strides *init = CALL(peer, memory_desc_init_by_strides);
    return init(&d->src, 2, a, type, a_strides) == ONEDNN_OK &&
           init(&d->weights, 2, b, type, b_strides) == ONEDNN_OK &&
           init(&d->dst, 2, c, ONEDNN_F32, c_strides) == ONEDNN_OK &&
           CALL(peer, memory_desc_init_by_tag)(&d->weights_any, 2, b, type, ONEDNN_ANY) ==
               ONEDNN_OK;
}

static void execute(const onednn *peer, const void *primitive, const onednn_arg *args, int count) {
    CALL(peer, primitive_execute)(primitive, peer->stream, count, args);
    CALL(peer, stream_wait)(peer->stream);
}

// Puts the weights into the order of primitive descriptor pd: job->weights becomes the copy.
static bool reorder(onednn_job *job, const job_descs *d, const void *pd) {
    const onednn *peer = job->peer;
    const void *wanted = CALL(peer, primitive_desc_query_md)(pd, ONEDNN_QUERY_WEIGHTS, 0);
    void *copy = NULL, *reorder_pd = NULL, *primitive = NULL;
    // A handle of all ones lets oneDNN allocate the memory.
    bool ok =
        wanted &&
        CALL(peer, memory_create)(&copy, wanted, peer->engine, (void *)UINTPTR_MAX) == ONEDNN_OK &&
        CALL(peer, reorder_primitive_desc_create)(&reorder_pd, &d->weights, peer->engine, wanted,
                                                  peer->engine, NULL) == ONEDNN_OK &&
        CALL(peer, primitive_create)(&primitive, reorder_pd) == ONEDNN_OK;
    if (ok) {
        const onednn_arg args[2] = {{ONEDNN_SRC, job->weights}, {ONEDNN_DST, copy}};
        execute(peer, primitive, args, 2);
        CALL(peer, memory_destroy)(job->weights);
        job->weights = copy;
        copy = NULL;
    }
    if (primitive) CALL(peer, primitive_destroy)(primitive);
    if (reorder_pd) CALL(peer, primitive_desc_destroy)(reorder_pd);
    if (copy) CALL(peer, memory_destroy)(copy);
    return ok;
}

static bool make_memory(void **out, const onednn *peer, const onednn_desc *desc, const void *data) {
    return CALL(peer, memory_create)(out, desc, peer->engine, (void *)(uintptr_t)data) == ONEDNN_OK;
}

bool onednn_job_begin(onednn_job *job, onednn *peer, const gemm_problem *p, bool prepacked) {
    *job = (onednn_job){.peer = peer};
    job_descs *d = mem_zalloc(sizeof *d);
    if (!d) return false;
    void *pd = NULL;
    const onednn_desc *weights = prepacked ? &d->weights_any : &d->weights;
    bool ok =
        describe(d, peer, p) &&
        CALL(peer, matmul_desc_init)(&d->op, &d->src, weights, NULL, &d->dst) == ONEDNN_OK &&
        CALL(peer, primitive_desc_create)(&pd, &d->op, NULL, peer->engine, NULL) == ONEDNN_OK &&
        make_memory(&job->src, peer, &d->src, p->a) &&
        make_memory(&job->weights, peer, &d->weights, p->b) &&
        make_memory(&job->dst, peer, &d->dst, p->c) && (!prepacked || reorder(job, d, pd)) &&
        CALL(peer, primitive_create)(&job->primitive, pd) == ONEDNN_OK;
    if (pd) CALL(peer, primitive_desc_destroy)(pd);
    mem_free(d);
    if (!ok) onednn_job_end(job);
    return ok;
}

void onednn_job_end(onednn_job *job) {
    const onednn *peer = job->peer;
    if (!peer) return;
    if (job->primitive) CALL(peer, primitive_destroy)(job->primitive);
    if (job->src) CALL(peer, memory_destroy)(job->src);
    if (job->weights) CALL(peer, memory_destroy)(job->weights);
    if (job->dst) CALL(peer, memory_destroy)(job->dst);
    *job = (onednn_job){0};
}

void onednn_job_run(void *ctx) {
    const onednn_job *job = ctx;
    const onednn_arg args[3] = {
        {ONEDNN_SRC, job->src}, {ONEDNN_WEIGHTS, job->weights}, {ONEDNN_DST, job->dst}};
    execute(job->peer, job->primitive, args, 3);
}
