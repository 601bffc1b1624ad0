#include "bench/peer_openblas.h"

#include "base/error.h"
#include "base/strings.h"
#include "bench/peer_library.h"

enum { FN_SGEMM, FN_SET_THREADS, FN_CONFIG };
static const char *const function_names[OPENBLAS_FUNCTIONS] = {
    "cblas_sgemm", "openblas_set_num_threads", "openblas_get_config"};

// Of the CBLAS standard.
enum { CBLAS_ROW_MAJOR = 101, CBLAS_PLAIN = 111, CBLAS_TRANSPOSED = 112 };
typedef void sgemm_fn(int order, int a_form, int b_form, int m, int n, int k, float alpha,
                      const float *a, int lda, const float *b, int ldb, float beta, float *c,
                      int ldc);
typedef void set_threads_fn(int threads);
typedef char *config_fn(void);

axl_status openblas_open(openblas *out, size_t threads, axl_error *err) {
    os_library *library;
    FORWARD(peer_library_get(&library, PEER_OPENBLAS, err));
    FORWARD(peer_library_bind(library, function_names, OPENBLAS_FUNCTIONS, out->functions, err));
    ((set_threads_fn *)out->functions[FN_SET_THREADS])((int)threads);
    return AXL_OK;
}

void openblas_name(const openblas *peer, char *out, size_t size) {
    string_copy(out, size, ((config_fn *)peer->functions[FN_CONFIG])());
}

void openblas_job_run(void *ctx) {
    const openblas_job *job = ctx;
    const gemm_problem *p = job->problem;
    // A transposed array is a plain one whose rows are the columns.
    bool a_plain = p->a_col == 1, b_plain = p->b_col == 1;
    int lda = (int)(a_plain ? p->a_row : p->a_col), ldb = (int)(b_plain ? p->b_row : p->b_col);
    ((sgemm_fn *)job->peer->functions[FN_SGEMM])(
        CBLAS_ROW_MAJOR, a_plain ? CBLAS_PLAIN : CBLAS_TRANSPOSED,
        b_plain ? CBLAS_PLAIN : CBLAS_TRANSPOSED, (int)p->rows, (int)p->cols, (int)p->depth, 1.0f,
        p->a, lda, p->b, ldb, 0.0f, p->c, (int)p->cols);
}
