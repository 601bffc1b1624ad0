// The parts of a step and its working memory. Internal to the step_*.c files.
#ifndef MODEL_STEP_PARTS_H
#define MODEL_STEP_PARTS_H

#include "model/product.h"
#include "model/step.h"
#include "model/timeline.h"
#include "model/views.h"
#include "tensor/op_attend.h"

// The new states of one sequence at each scale. They are rows first .. first+count-1 of the step's
// matrices of that scale, and states before .. before+count-1 of the sequence.
typedef struct step_sequence {
    size_t first[MODEL_SCALES], count[MODEL_SCALES], before[MODEL_SCALES];
} step_sequence;

// One scale of a step. rows <= room.
typedef struct step_scale {
    size_t rows, room;
    uint32_t *position;              // [rows]
    uint32_t *visible[MODEL_SCALES]; // [rows]: states of each scale that a row sees
    float *h;                        // [rows, d]: states, in place through stack and rounds
    float *wide;                     // [rows, 6d]: queries, keys, values
} step_scale;

struct stepper {
    const frozen *m;
    step_spec spec;
    exec ex;
    step_observe_fn *observe; // or NULL
    void *observe_ctx;
    rope_table rope;
    products product; // of many rows
    plan plan;
    const step_item *items; // of this call
    size_t count;
    step_sequence *sequences; // [spec.sequences]
    attend_sequence *attends; // [spec.sequences], or [spec.bytes] of a step apart
    step_scale scale[MODEL_SCALES];
    float *norm, *gained, *o, *mid[2]; // [most rows, d]
    float *hidden, *swiglu;            // [most rows, 2f and 4d], [most rows, f]
    float *u[MODEL_SCALES];            // [bytes, d]: what the gate mixes
    float *g;                          // [bytes, 3]
    uint16_t *ids;                     // [bytes]
    float *logits;                     // [bytes, V]
};

// Sets the plan and, after plan_allocate, lets the pointers point into it.
axl_status step_memory_plan(stepper *s, const plan_memory *memory, axl_error *err);
axl_status step_memory_take(stepper *s, size_t limit, axl_error *err);

// y [rows, n] = scale * (x W^T)  (+= with add); scale [n] or NULL.
typedef struct step_linear {
    const frozen_matrix *w; // [n, k]
    const float *scale;
    const float *x; // [rows, k]
    float *y;       // [rows, ldy]
    size_t rows, ldy;
    bool add;
} step_linear;
axl_status step_linear_run(stepper *s, const step_linear *a, axl_error *err);

// y = RMS(x) * gain, [rows, d]; y may be x.
axl_status step_norm(stepper *s, const float *gain, const view *x, float *y, axl_error *err);

// Embedding rows of symbols as f32.
void step_embed(const stepper *s, const uint16_t *ids, size_t count, float *out);

// From the new symbols to the states before the cross rounds.
axl_status step_stacks(stepper *s, axl_error *err);

// All cross rounds, then the final states of the upper scales into the caches.
axl_status step_rounds(stepper *s, axl_error *err);

// Attention of the new states of scale a over scale b, and the way back into mid with the
// feed-forward: shared by stacks (a = b) and rounds.
typedef struct step_look {
    size_t a, b;
    size_t lane;    // index into cache.self (a = b) or cache.cross
    const float *q; // [rows of a, ldq]
    size_t ldq;
    const float *null_k, *null_v; // [d] or NULL
} step_look;
axl_status step_look_run(stepper *s, const step_look *a, axl_error *err);
axl_status step_core(stepper *s, const frozen_core *core, float *mid, size_t rows, axl_error *err);

// Copies the new keys and values of scale b, columns of rows [rows of b, ld], into the caches.
void step_publish(stepper *s, size_t b, size_t lane, bool cross, const float *k);

// Upsampling, gate, fusion and head of the symbols whose logits are wanted.
axl_status step_finish(stepper *s, axl_error *err);

#endif
