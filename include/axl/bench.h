// Measurements: the machine's peak, and the kernels' share of it.
//
// A speed is the median of several repetitions and quoted as a share of a peak that was measured in
// the same run, interleaved with it. G is 10^9. A figure of 0 says that it was not measured.
// Nothing here asserts a speed; the comments below define every figure.
#ifndef AXL_BENCH_H
#define AXL_BENCH_H

#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Called before each step on the thread that called the benchmark. what is valid during the call.
// Returning anything but 0 stops the benchmark, which then returns AXL_INTERRUPTED.
typedef int axl_bench_progress(void *ctx, const char *what, size_t done, size_t total);

// All zero is a good default. The strings and ctx stay the caller's and must live during the call.
typedef struct axl_bench_options {
    const char *level;            // of the kernels; NULL: the best that runs here
    size_t threads;               // 0: as many as the process may use
    bool quick;                   // few, short and small measurements: a smoke test, not a result
    axl_bench_progress *progress; // may be NULL
    void *progress_ctx;
} axl_bench_options;

typedef struct axl_bench_rate {
    double median, min, max; // of the repetitions, in G a second
} axl_bench_rate;

// ---- peak -------------------------------------------------------------------------------------

typedef enum axl_bench_peak_item {
    AXL_BENCH_F32,       // multiply-adds in registers, 2 operations each
    AXL_BENCH_BF16,      // products of bf16 numbers summed in f32
    AXL_BENCH_INT8,      // products of bytes summed in int32
    AXL_BENCH_L2_READ,   // a buffer of 3/4 of the L2 cache for each thread
    AXL_BENCH_L3_READ,   // a buffer for each thread that fits the L3 cache and not the L2
    AXL_BENCH_DRAM_READ, // a buffer far larger than the caches, each byte once
    AXL_BENCH_DRAM_COPY, // the same buffer, one half to the other; bytes read + bytes written
    AXL_BENCH_PEAK_ITEMS
} axl_bench_peak_item;

typedef struct axl_bench_peak_row {
    const char *name;        // "f32"; the strings are constants
    const char *unit;        // "GFLOP/s", "GOP/s" or "GB/s"
    const char *how;         // "vdpbf16ps", "as f32", ...; "" where there is nothing to say
    size_t bytes;            // of the buffers of all threads; 0 for rates of arithmetic
    axl_bench_rate one, all; // one thread, and all threads together
} axl_bench_peak_row;

typedef struct axl_bench_peak_result {
    const char *level; // a constant
    size_t threads;
    axl_bench_peak_row rows[AXL_BENCH_PEAK_ITEMS];
} axl_bench_peak_result;

// Fills *out, which the caller owns. options and err may be NULL. AXL_NO_MEMORY before anything is
// started when the buffers do not fit, with the bytes in the text.
AXL_API axl_status axl_bench_peak(const axl_bench_options *options, axl_bench_peak_result *out,
                                  axl_error *err);

// The f32 rate of all threads alone, in about a second: what an estimate of other speeds needs.
typedef struct axl_bench_f32_result {
    const char *level; // a constant
    size_t threads;
    axl_bench_rate all; // GFLOP/s
} axl_bench_f32_result;

// Fills *out, which the caller owns. options and err may be NULL.
AXL_API axl_status axl_bench_peak_f32(const axl_bench_options *options, axl_bench_f32_result *out,
                                      axl_error *err);

// ---- gemm -------------------------------------------------------------------------------------

typedef struct axl_bench_gemm_options {
    axl_bench_options common;
    bool all;      // also the layers of the other presets; the means stay those of the standard set
    bool no_peers; // do not load oneDNN and OpenBLAS
} axl_bench_gemm_options;

// The products of a linear layer Y [m, n] = X [m, k] W^T with W [n, k]:
//   forward  Y = X W^T        dX  dX [m, k] = dY [m, n] W        dW  dW [n, k] += dY^T X
// gflops counts 2 m n k operations and includes, in the forward and dX rows, the packing of W in
// every call; prepacked is without it. The peers' figures are those of the plain row-major weight
// and of a weight that oneDNN has brought into its own order beforehand.
typedef struct axl_bench_gemm_row {
    const char *dtype; // "f32" or "bf16"; the strings are constants
    const char *form;  // "forward", "dX" or "dW"
    size_t m, n, k;    // of the layer, whatever the form
    bool standard;     // counts in the means
    double gflops, prepacked;
    double share, prepacked_share; // of the peak of the row's dtype, looked at beside each turn
    double onednn, onednn_prepacked, openblas;
    double vs_onednn, vs_onednn_prepacked, vs_openblas; // medians of the rounds' ratios
} axl_bench_gemm_row;

// Geometric means over the standard rows of one dtype; worst is the smallest share. The ratios
// compare like with like: plain weights with packing included, prepacked with prepacked.
typedef struct axl_bench_gemm_mean {
    double share, prepacked_share, worst;
    double vs_onednn, vs_onednn_prepacked, vs_openblas;
} axl_bench_gemm_mean;

typedef struct axl_bench_gemm_result {
    const char *level; // a constant
    size_t threads;
    double peak_f32, peak_bf16; // GFLOP/s of all threads
    const char *bf16_how;       // as in the peak rows; a constant
    axl_bench_gemm_mean f32, bf16;
    char onednn[128]; // name and version, or why it was not measured
    char openblas[128];
    size_t row_count;
    axl_bench_gemm_row *rows; // owned by the result
} axl_bench_gemm_result;

// The caller owns *out and gives it back with axl_bench_gemm_free; on failure it is NULL. Products
// are checked, ours against a reference in double and the peers' against ours: AXL_NUMERIC when
// they differ. options and err may be NULL.
AXL_API axl_status axl_bench_gemm(const axl_bench_gemm_options *options,
                                  axl_bench_gemm_result **out, axl_error *err);
AXL_API void axl_bench_gemm_free(axl_bench_gemm_result *result); // NULL is fine

// ---- kernels ----------------------------------------------------------------------------------

#define AXL_BENCH_KERNELS_MAX 64

// A kernel that is bound by memory, on arrays of 16 MiB that no cache holds. The bytes are those
// that its formula reads and writes; copy is measured in turns with it, and share is the median of
// the ratios of neighbouring measurements.
typedef struct axl_bench_kernel_row {
    const char *name; // "rmsnorm_forward"; a constant
    double bytes;     // of one pass
    double gbytes;    // GB/s
    double copy;      // GB/s of the copy
    double share;     // gbytes / copy
} axl_bench_kernel_row;

// Causal attention, T = 256, 4 heads of 64, batch 16. Operations are those of the visible half: 2
// products in the forward pass and 4 in the backward pass, 2 * 64 operations for each pair of a
// query and a key that it sees.
typedef struct axl_bench_attention {
    double forward, backward, both; // GFLOP/s
    double peak;                    // f32, in turns with them
    double share;                   // both / peak
} axl_bench_attention;

typedef struct axl_bench_kernels_result {
    const char *level; // a constant
    size_t threads;
    double dispatch_us; // median time of a run of as many empty tasks as there are threads
    double handoff_us;  // the same where each thread must take one: all have to be awake
    axl_bench_attention attention;
    size_t row_count;
    axl_bench_kernel_row rows[AXL_BENCH_KERNELS_MAX];
} axl_bench_kernels_result;

// Fills *out, which the caller owns. options and err may be NULL. AXL_NO_MEMORY as for the peak.
AXL_API axl_status axl_bench_kernels(const axl_bench_options *options,
                                     axl_bench_kernels_result *out, axl_error *err);

// ---- models -----------------------------------------------------------------------------------

// What to measure: a model of random weights. All zero is a good default. The strings stay the
// caller's.
typedef struct axl_bench_model_options {
    axl_bench_options common;
    const char *preset;     // NULL: "micro-lion"
    const char *const *set; // [set_count] "field=value": changes of its configuration
    size_t set_count;
    // Of products and weights, "f32" or "bf16"; to decode and prefill also a type of
    // axl/quantize.h; NULL: "f32".
    const char *dtype;
    size_t batch;      // sequences of a training step; 0: 16
    size_t length;     // bytes of a sequence; 0: the model's context
    size_t streams;    // decoding: sequences that advance together; 0: 1
    bool recompute;    // training: keep less, compute twice
    double seconds;    // of measurement; 0: about 10
    const char *torch; // the script reference/bench_torch.py, run as a peer; NULL: none
    // Decoding: the folder of llama.cpp's libraries, run as a peer; NULL: none.
    const char *llama;
    const char *scratch; // a folder for the model that it runs; NULL: /tmp
} axl_bench_model_options;

// Another program that did the same work in the same run.
typedef struct axl_bench_peer {
    char name[64];     // "PyTorch 1.13.1"; "" when none was asked for
    char missing[160]; // why it was not measured; "" when it was
    double bytes_per_s;
    double rss_mib; // most memory it had resident; 0: not known
    double ratio;   // our bytes_per_s / its
    // llama.cpp: a dense model of its own, which reads all its parameters for a byte; 0: our model.
    uint64_t params;
    char dtype[16]; // "q4_k_m"; "": ours
} axl_bench_peer;

typedef struct axl_bench_model_result {
    const char *level; // of the kernels; a constant
    const char *dtype; // a constant
    char preset[32];   // with " changed" where a field was
    size_t threads;
    uint64_t params;
    size_t batch, length;
    size_t streams;             // decoding: sequences; their speeds are added up
    axl_bench_rate bytes_per_s; // of the repetitions
    size_t repetitions;
    double gflops; // operations that the mathematics needs, a second; see share
    double peak;   // the rate of the share, looked at beside every repetition
    // Training and prefill: gflops / the peak of the dtype. Decoding: read_bytes, a second, / the
    // read bandwidth of `memory`, where several streams are thought to share one reading.
    double share;
    uint64_t read_params; // decoding: parameters that one byte must read
    uint64_t read_bytes;  // and the bytes of the matrices among them
    const char *memory;   // decoding: "L3 cache" or "memory", what the model's matrices fit in
    double forward_bytes_per_s; // prefill: of the forward pass of training, batch as above
    double rss_mib;             // most memory that this process had resident
    double planned_mib; // weights, gradients, momentum and activations, or weights and caches
    axl_bench_peer peer;
} axl_bench_model_result;

// Steps of training: forward, backward, clipping and the update of the preset's optimizer.
AXL_API axl_status axl_bench_train(const axl_bench_model_options *options,
                                   axl_bench_model_result *out, axl_error *err);

// One byte after the other with a full context, the window sliding on. Several streams are as a
// server has them, each a byte further than the next. The peer's way, as in the
// original: a full forward pass over the context for each byte.
AXL_API axl_status axl_bench_decode(const axl_bench_model_options *options,
                                    axl_bench_model_result *out, axl_error *err);

// A full context in one pass into an empty session.
AXL_API axl_status axl_bench_prefill(const axl_bench_model_options *options,
                                     axl_bench_model_result *out, axl_error *err);

#ifdef __cplusplus
}
#endif

#endif
