#include "train/not_finite.h"

#include "base/error.h"
#include "base/json_out.h"
#include "base/strings.h"
#include "os/file.h"
#include "store/path_join.h"

#include <math.h>

// Of one tensor. Norm and largest are those of the finite numbers.
typedef struct figures {
    double norm, largest;
    uint64_t bad;  // not finite
    size_t bad_at; // the first of them
} figures;

static figures measure(const param *p, const float *block) {
    figures f = {0};
    double sum = 0;
    for (size_t i = 0; i < p->count; i++) {
        const double x = (double)block[p->offset + i];
        if (isfinite(x)) {
            sum += x * x;
            f.largest = fmax(f.largest, fabs(x));
        } else if (f.bad++ == 0) {
            f.bad_at = i;
        }
    }
    f.norm = sqrt(sum);
    return f;
}

typedef struct survey {
    size_t bad;         // tensors that hold something that is not finite
    const param *first; // of them
    size_t at;          // in it
    const param *most;  // the one with the largest number
    double largest;
} survey;

static survey look(const param_table *t, const float *block) {
    survey s = {0};
    for (size_t i = 0; i < t->count; i++) {
        const param *p = &t->list[i];
        const figures f = measure(p, block);
        if (f.bad > 0 && s.bad++ == 0) {
            s.first = p;
            s.at = f.bad_at;
        }
        if (!s.most || f.largest > s.largest) {
            s.most = p;
            s.largest = f.largest;
        }
    }
    return s;
}

void not_finite_text(const trainer *t, char out[NOT_FINITE_TEXT]) {
    const survey w = look(t->table, t->w), g = look(t->table, t->g);
    if (w.bad > 0)
        string_format(out, NOT_FINITE_TEXT, NULL, "weights of %zu tensors are not finite, %s[%zu]",
                      w.bad, w.first->name, w.at);
    else if (g.bad > 0)
        string_format(out, NOT_FINITE_TEXT, NULL,
                      "gradients of %zu tensors are not finite, %s[%zu]; largest weight %.3g in %s",
                      g.bad, g.first->name, g.at, w.largest, w.most->name);
    else
        string_format(out, NOT_FINITE_TEXT, NULL, "largest weight %.3g in %s, gradient %.3g in %s",
                      w.largest, w.most->name, g.largest, g.most->name);
}

static void put_tensor(json_out *j, const trainer *t, const param *p) {
    const figures w = measure(p, t->w), g = measure(p, t->g);
    json_out_flat_object(j, NULL);
    json_out_text(j, "name", p->name);
    json_out_number(j, "weights_norm", w.norm);
    json_out_number(j, "weights_largest", w.largest);
    json_out_count(j, "weights_not_finite", w.bad);
    json_out_number(j, "gradient_norm", g.norm);
    json_out_number(j, "gradient_largest", g.largest);
    json_out_count(j, "gradient_not_finite", g.bad);
    json_out_end(j);
}

axl_status not_finite_write(const char *folder, const trainer *t, uint64_t step,
                            const trainer_result *result, axl_error *err) {
    buf text = {0}, path = {0};
    json_out j = {.to = &text};
    json_out_object(&j, NULL);
    json_out_count(&j, "step", step);
    json_out_number(&j, "bpb", result->bits);
    json_out_number(&j, "exit_bpb", result->exit_bits);
    json_out_number(&j, "grad_norm", result->norm);
    json_out_number(&j, "learning_rate", result->rate);
    json_out_array(&j, "tensors");
    for (size_t i = 0; i < t->table->count; i++) put_tensor(&j, t, &t->table->list[i]);
    json_out_end(&j);
    json_out_end(&j);
    axl_status status = path_join(&path, folder, NOT_FINITE_FILE, err);
    if (status == AXL_OK && !buf_ok(&text)) status = error_no_memory(err, "figures", text.size);
    if (status == AXL_OK) status = os_file_replace(path.data, text.data, text.size, err);
    buf_free(&path);
    buf_free(&text);
    return status;
}
